import Definitions
import Storage

/// What people put on record for gates, and read of them.
package struct GateBook: Sendable {
    private let database: any Database
    private let clock: any WallClock
    private let newID: @Sendable () -> String

    /// - Parameter newID: makes an id that nobody has used.
    package init(database: any Database, clock: any WallClock, newID: @Sendable @escaping () -> String) {
        self.database = database
        self.clock = clock
        self.newID = newID
    }

    /// - Parameter from: nil begins now.
    package func freeze(
        _ environment: String, from: Timestamp?, until: Timestamp, reason: String, by actor: String
    ) async throws -> Freeze {
        let now = clock.now
        let freeze = Freeze(
            id: "f-\(newID())", environment: environment, from: from ?? now, until: until, reason: reason, by: actor,
            at: now)
        guard freeze.until > max(freeze.from, now) else { throw GateError.endsBeforeItBegins }
        try await database.write { try GateRecord.add(freeze, $0) }
        return freeze
    }

    package func freezes(_ environment: String, all: Bool) async throws -> [Freeze] {
        let now = clock.now
        return try await database.read { try GateRecord.freezes(environment, after: all ? nil : now, $0) }
    }

    package func lift(_ id: String, environment: String, reason: String, by actor: String) async throws -> Freeze {
        let now = clock.now
        return try await database.write {
            try GateRecord.lift(id, environment: environment, by: actor, reason: reason, now: now, $0)
        }
    }

    /// - Throws: `RolloutError.unknownRelease`.
    package func add(_ evidence: GateFacts.Evidence, to version: String) async throws {
        let id = "e-\(newID())"
        try await database.write { connection in
            let release = try ReleaseRecord.release(version, connection)
            try GateRecord.add(evidence, id: id, release: release, connection)
        }
    }

    package func evidence(_ version: String) async throws -> [GateFacts.Evidence] {
        try await database.read { connection in
            try GateRecord.evidence(of: try ReleaseRecord.release(version, connection).digest, connection)
        }
    }

    package func blocks(_ version: String) async throws -> [ReleaseBlock] {
        try await database.read { try GateRecord.blocks(version, $0) }
    }

    package func incidents(_ environment: String) async throws -> [Incident] {
        try await database.read { try IncidentRecord.list(environment, $0) }
    }

    package func incident(_ id: String) async throws -> Incident {
        try await database.read { try IncidentRecord.incident(id, $0) }
    }

    package func openIncident(_ environment: String) async throws -> Incident? {
        try await database.read { try IncidentRecord.open(environment, $0) }
    }

    package func close(_ id: String, note: String, by actor: String) async throws -> Incident {
        let now = clock.now
        return try await database.write { try IncidentRecord.close(id, by: actor, note: note, now: now, $0) }
    }

    /// How a rollout's release did afterwards; nil as long as it is watched.
    package func watch(of rollout: String) async throws -> WatchSummary? {
        try await database.read { try WatchRecord.summary(of: rollout, $0) }
    }
}
