import Definitions
import Storage

/// What gates are about, as rows: freezes, evidence, blocks.
package enum GateRecord {
    // MARK: Freezes

    package static func add(_ freeze: Freeze, _ connection: any Connection) throws {
        try connection.execute(
            """
            INSERT INTO freezes (id, environment, from_at, until_at, reason, by_name, at) VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            [
                freeze.id, freeze.environment, freeze.from.microseconds, freeze.until.microseconds, freeze.reason,
                freeze.by, freeze.at.microseconds,
            ])
    }

    /// - Parameter now: leaves out those that are over or lifted; nil for all of them.
    package static func freezes(
        _ environment: String, after now: Timestamp?, _ connection: any Connection
    ) throws -> [Freeze] {
        let rows = try connection.query(
            "SELECT * FROM freezes WHERE environment = ? ORDER BY from_at, id", [environment])
        return try rows.map(freeze).filter { freeze in
            now.map { freeze.liftedAt == nil && freeze.until > $0 } ?? true
        }
    }

    /// Ends a freeze, or takes back one that is to come; one that is over or lifted stays as it is.
    /// - Throws: `GateError.unknownFreeze`, `.notInForce`.
    package static func lift(
        _ id: String, environment: String, by actor: String, reason: String, now: Timestamp,
        _ connection: any Connection
    ) throws -> Freeze {
        let row = try connection.first("SELECT * FROM freezes WHERE id = ? AND environment = ?", [id, environment])
        guard var found = try row.map(freeze) else { throw GateError.unknownFreeze(id, environment: environment) }
        guard found.liftedAt == nil, found.until > now else { throw GateError.notInForce(id) }
        try connection.execute(
            "UPDATE freezes SET lifted_at = ?, lifted_by = ?, lift_reason = ? WHERE id = ?",
            [now.microseconds, actor, reason, id])
        (found.liftedAt, found.liftedBy, found.liftReason) = (now, actor, reason)
        return found
    }

    private static func freeze(_ row: Row) throws -> Freeze {
        var freeze = Freeze(
            id: try row.get("id"), environment: try row.get("environment"), from: try time(row, "from_at"),
            until: try time(row, "until_at"), reason: try row.get("reason"), by: try row.get("by_name"),
            at: try time(row, "at"))
        freeze.liftedAt = try optionalTime(row, "lifted_at")
        freeze.liftedBy = try row.get("lifted_by")
        freeze.liftReason = try row.get("lift_reason")
        return freeze
    }

    // MARK: Evidence

    /// The same id again changes nothing.
    package static func add(
        _ evidence: GateFacts.Evidence, id: String, release: Release, _ connection: any Connection
    ) throws {
        try connection.execute(
            """
            INSERT INTO evidence (id, release_digest, release_version, kind, at, document) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO NOTHING
            """,
            [
                id, release.digest.text, release.version, evidence.kind.rawValue, evidence.at.microseconds,
                try CanonicalJSON.encode(evidence),
            ])
    }

    /// Newest first. What was recorded for the same content under another version counts as well.
    package static func evidence(of release: Digest, _ connection: any Connection) throws -> [GateFacts.Evidence] {
        let rows = try connection.query(
            "SELECT document FROM evidence WHERE release_digest = ? ORDER BY at DESC, id DESC LIMIT 200",
            [release.text])
        return try rows.map { try CanonicalJSON.decode(GateFacts.Evidence.self, try $0.get("document")) }
    }

    // MARK: Blocks

    /// Blocks a release; one that is blocked already stays blocked for the first reason.
    package static func block(_ block: ReleaseBlock, now: Timestamp, _ connection: any Connection) throws {
        guard try open(block.release, connection) == nil else { return }
        try ReleaseRecord.setBlocked(block.release, block.why, connection)
        try connection.execute(
            "INSERT INTO release_blocks (release_version, at, lifted_at, document) VALUES (?, ?, NULL, ?)",
            [block.release, now.microseconds, try CanonicalJSON.encode(block)])
    }

    package static func unblock(
        _ version: String, by actor: String, reason: String, now: Timestamp, _ connection: any Connection
    ) throws {
        try ReleaseRecord.setBlocked(version, nil, connection)
        guard var block = try open(version, connection) else { return }
        (block.liftedAt, block.liftedBy, block.liftReason) = (now, actor, reason)
        try connection.execute(
            "UPDATE release_blocks SET lifted_at = ?, document = ? WHERE release_version = ? AND lifted_at IS NULL",
            [now.microseconds, try CanonicalJSON.encode(block), version])
    }

    /// All blocks of a release, oldest first.
    package static func blocks(_ version: String, _ connection: any Connection) throws -> [ReleaseBlock] {
        let rows = try connection.query(
            "SELECT document FROM release_blocks WHERE release_version = ? ORDER BY at", [version])
        return try rows.map { try CanonicalJSON.decode(ReleaseBlock.self, try $0.get("document")) }
    }

    /// What blocks the release now. Of blocks that an older version of this program recorded only the reason is known.
    static func inForce(_ release: Release, _ connection: any Connection) throws -> ReleaseBlock? {
        guard let why = release.blocked else { return nil }
        return try open(release.version, connection) ?? ReleaseBlock(release: release.version, why: why)
    }

    private static func open(_ version: String, _ connection: any Connection) throws -> ReleaseBlock? {
        let row = try connection.first(
            "SELECT document FROM release_blocks WHERE release_version = ? AND lifted_at IS NULL", [version])
        return try row.map { try CanonicalJSON.decode(ReleaseBlock.self, try $0.get("document")) }
    }

    private static func time(_ row: Row, _ name: String) throws -> Timestamp {
        Timestamp(microseconds: try row.get(name))
    }

    private static func optionalTime(_ row: Row, _ name: String) throws -> Timestamp? {
        try row.get(name, as: Int64?.self).map { Timestamp(microseconds: $0) }
    }
}

/// What cannot be done with the record of gates.
package enum GateError: Error, Sendable, Equatable, CustomStringConvertible {
    case unknownFreeze(String, environment: String)
    case notInForce(String)
    case unknownIncident(String)
    case endsBeforeItBegins

    package var description: String {
        switch self {
        case .unknownFreeze(let id, let environment):
            "\(environment) has no freeze \(id): see tidegate freeze list \(environment)"
        case .notInForce(let id): "freeze \(id) is over or lifted already: nothing to lift"
        case .endsBeforeItBegins: "a freeze has to end after it begins, and after now: --until TIME"
        case .unknownIncident(let id): "there is no incident \(id): see tidegate incident list"
        }
    }
}
