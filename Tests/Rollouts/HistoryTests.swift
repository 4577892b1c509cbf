import Rollouts
import Storage
import TestSupport
import Testing

@Suite struct HistoryTests {
    private let folder: TemporaryFolder
    private let database: any Database
    private let now = Timestamp(microseconds: 7_200_000_000)

    init() throws {
        folder = try TemporaryFolder()
        database = try Databases.open(address: "sqlite:\(folder.file("history.sqlite"))")
    }

    /// Begins a rollout and ends it before it has touched anything.
    private func pass(_ id: String, at now: Timestamp, _ connection: any Connection) throws {
        let lease = try Lease.acquire(
            environment: "dev", holder: "a", purpose: id, for: .seconds(60), now: now, connection)
        let requested = Event.requested(
            .init(
                environment: "dev", kind: .rollout, release: "v1", actor: "me", reason: nil, strategy: nil,
                machine: Rollout.machineVersion, target: nil, tick: .seconds(2)))
        let begun = try Journal.step(Rollout(id: id), requested, at: now, lease: lease, connection).rollout
        let abort = Event.abortRequested(.init(by: "me", reason: nil))
        let ended = try Journal.step(begun, abort, at: now, lease: lease, connection).rollout
        #expect(ended.outcome == .aborted || ended.outcome == .refused)
    }

    @Test func `the newest rollout comes first, though the clock was stepped back before it began`() async throws {
        try await RolloutSchema.migrator.migrate(database, now: 0)
        let now = now
        try await database.write { connection in
            try pass("r1", at: now, connection)
            try pass("r2", at: now - .seconds(3_600), connection)
            try pass("r0", at: now - .seconds(60), connection)
            #expect(try Journal.history("dev", limit: 10, connection).map(\.id) == ["r0", "r2", "r1"])
            #expect(try Journal.history("dev", limit: 1, connection).map(\.id) == ["r0"])
            #expect(try Journal.history("staging", limit: 10, connection).isEmpty)
        }
    }

    @Test func `rollouts that were recorded before they had numbers keep their order`() async throws {
        let migrations = RolloutSchema.migrator.migrations
        let before = try #require(migrations.firstIndex { $0.id == "008-rollout-numbers" })
        try await Migrator(owner: "rollouts", migrations: Array(migrations[..<before])).migrate(database, now: 0)
        try await database.write { connection in
            for (id, environment, at) in [("c", "dev", 1), ("a", "dev", 2), ("b", "dev", 2), ("d", "staging", 3)] {
                try connection.execute(
                    "INSERT INTO rollouts (id, environment, outcome, started_at, document) VALUES (?, ?, NULL, ?, '{}')",
                    [id, environment, at])
            }
        }
        try await RolloutSchema.migrator.migrate(database, now: 0)
        let rows = try await database.read { connection in
            try connection.query("SELECT id, number FROM rollouts ORDER BY environment, number").map {
                "\(try $0.get("id", as: String.self))\(try $0.get("number", as: Int64.self))"
            }
        }
        #expect(rows == ["c1", "a2", "b3", "d1"])
    }
}
