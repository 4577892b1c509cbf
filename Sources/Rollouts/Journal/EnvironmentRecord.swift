import Definitions
import Storage

/// What each environment runs, changed by outcomes only.
package enum EnvironmentRecord {
    package struct Row: Sendable, Equatable {
        package var current: Digest?
        package var previous: Digest?
        package var warmUntil: Timestamp?
        package var rollout: String?
        package var last: String?
    }

    package static func row(_ environment: String, _ connection: any Connection) throws -> Row {
        guard let row = try connection.first("SELECT * FROM environments WHERE name = ?", [environment]) else {
            return Row()
        }
        return Row(
            current: try row.get("current_bundle", as: String?.self).flatMap { Digest($0) },
            previous: try row.get("previous_bundle", as: String?.self).flatMap { Digest($0) },
            warmUntil: try row.get("warm_until", as: Int64?.self).map { Timestamp(microseconds: $0) },
            rollout: try row.get("rollout"), last: try row.get("last_rollout"))
    }

    package static func state(_ environment: String, _ connection: any Connection) throws -> EnvironmentState {
        let row = try row(environment, connection)
        return EnvironmentState(
            environment: environment, current: try row.current.map { try BundleStore.bundle($0, connection) },
            previous: try row.previous.map { try BundleStore.bundle($0, connection) }, warmUntil: row.warmUntil,
            rollout: row.rollout, last: row.last)
    }

    static func begin(_ rollout: Rollout, _ connection: any Connection) throws {
        try connection.execute(
            """
            INSERT INTO environments (name, rollout) VALUES (?, ?)
            ON CONFLICT (name) DO UPDATE SET rollout = excluded.rollout
            """, [rollout.environment, rollout.id])
    }

    /// Records what an outcome means: the bundle that runs, the one kept warm, the block, the baselines.
    static func apply(_ rollout: Rollout, now: Timestamp, _ connection: any Connection) throws {
        try connection.execute(
            "UPDATE environments SET rollout = NULL, last_rollout = ? WHERE name = ?",
            [rollout.id, rollout.environment])
        guard let course = rollout.course else { return }
        switch (rollout.kind, rollout.outcome) {
        case (.rollout, .succeeded) where course.from != course.to:
            try set(
                rollout.environment, current: course.to, previous: course.from, warmUntil: rollout.warmUntil, connection
            )
            try BaselineRecord.record(rollout, now, connection)
            try recordProof(rollout, course, now, connection)
        case (.rollback, .rolledBack), (.rollback, .rollbackFailed):
            guard rollout.restoredAll else { break }
            try set(rollout.environment, current: course.from, previous: nil, warmUntil: nil, connection)
        default: break
        }
        if rollout.kind == .rollout, rollout.turn?.cause == .verdict {
            let why = "taken back from \(rollout.environment): \(rollout.turn?.why ?? "")"
            let block = ReleaseBlock(
                release: rollout.release, why: why, at: now, by: "a verdict", environment: rollout.environment,
                rollout: rollout.id)
            try GateRecord.block(block, now: now, connection)
        }
        if let incident = Incident(rollout, now: now) { try IncidentRecord.open(incident, connection) }
    }

    /// The previous bundle is gone, unless the environment has moved on since.
    static func retirePrevious(_ rollout: Rollout, _ connection: any Connection) throws {
        try connection.execute(
            """
            UPDATE environments SET previous_bundle = NULL, warm_until = NULL
            WHERE name = ? AND current_bundle = ? AND previous_bundle = ?
            """, [rollout.environment, rollout.course?.to.text, rollout.course?.from?.text])
    }

    private static func set(
        _ environment: String, current: Digest?, previous: Digest?, warmUntil: Timestamp?, _ connection: any Connection
    ) throws {
        try connection.execute(
            "UPDATE environments SET current_bundle = ?, previous_bundle = ?, warm_until = ? WHERE name = ?",
            [current?.text, previous?.text, warmUntil?.microseconds, environment])
    }

    /// What a success settles: the smoke tests that it took are evidence, and what went wrong before is mended.
    private static func recordProof(
        _ rollout: Rollout, _ course: Course, _ now: Timestamp, _ connection: any Connection
    ) throws {
        if course.smokesTo, let release = try ReleaseRecord.find(rollout.release, connection) {
            let evidence = GateFacts.Evidence(
                kind: .smoke, passed: true, at: now, by: "rollout \(rollout.id)", environment: rollout.environment)
            try GateRecord.add(evidence, id: "smoke-\(rollout.id)", release: release, connection)
        }
        while let incident = try IncidentRecord.open(rollout.environment, connection) {
            let note = "\(rollout.release) has succeeded since\(rollout.reason.map { ": \($0)" } ?? "")"
            _ = try IncidentRecord.close(
                incident.id, by: "rollout \(rollout.id)", note: note, now: now, connection)
        }
    }
}

extension Rollout {
    /// True when every service whose split was touched is back at the old bundle.
    var restoredAll: Bool { unrestored.isEmpty && touched.allSatisfy { weights[$0] == 0 } }
}

/// The bundles that were ever rolled out.
package enum BundleStore {
    package static func save(_ bundle: Bundle, _ connection: any Connection) throws {
        try connection.execute(
            """
            INSERT INTO bundles (digest, environment, release_version, document, created_at) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (digest) DO NOTHING
            """,
            [
                bundle.digest.text, bundle.environment, bundle.release, try CanonicalJSON.encode(bundle),
                bundle.createdAt.microseconds,
            ])
    }

    /// - Throws: `RolloutError.unknownBundle`.
    package static func bundle(_ digest: Digest, _ connection: any Connection) throws -> Bundle {
        guard let row = try connection.first("SELECT document FROM bundles WHERE digest = ?", [digest.text]) else {
            throw RolloutError.unknownBundle(environment: "this project", bundle: digest)
        }
        return try CanonicalJSON.decode(Bundle.self, try row.get("document"))
    }
}
