import Rollouts
import Storage
import TestSupport

/// Real SQL in real transactions on one SQLite database, with its faults on demand.
// Only the thread that runs the simulation ever touches it.
final class SimulatedDatabase: Database, @unchecked Sendable {
    let store: Store
    let incarnation: Incarnation

    init(_ store: Store, _ incarnation: Incarnation) {
        self.store = store
        self.incarnation = incarnation
    }

    var dialect: Dialect { .sqlite }

    func write<T: Sendable>(_ body: @Sendable @escaping (any Connection) throws -> T) async throws -> T {
        try await turn()
        if let error = store.trouble(of: incarnation.holder) {
            incarnation.timeline.note(incarnation.name, "the database answers \(error)")
            throw error
        }
        let before = store.records
        let result = try store.memory.write { connection in
            let result = try body(connection)
            try store.watch(connection, incarnation)
            return result
        }
        let isEvent = store.records > before
        store.committed(by: incarnation, isEvent: isEvent)
        try await incarnation.exist()
        if isEvent, store.losesAnswer() {
            incarnation.timeline.note(incarnation.name, "the answer of a commit is lost")
            throw DatabaseError.connectionLost("simulation", reason: "it broke after the commit")
        }
        return result
    }

    func read<T: Sendable>(_ body: @Sendable @escaping (any Connection) throws -> T) async throws -> T {
        try await turn()
        if let error = store.trouble(of: incarnation.holder), case .unreachable = error { throw error }
        return try store.memory.read { try body($0) }
    }

    /// A transaction waits for its turn, and does not begin when it was cancelled before.
    private func turn() async throws {
        try await incarnation.exist()
        await incarnation.timeline.travel(store.delay())
        try await incarnation.exist()
        try Task.checkCancellation()
    }

    func hints(topic: String) -> AsyncStream<Void> { AsyncStream { $0.finish() } }

    func close() async {}
}

/// The database itself, which all engines share.
// Only the thread that runs the simulation ever touches it.
final class Store: @unchecked Sendable {
    let memory: SQLiteMemory
    private let timeline: Timeline
    private var random: SplitMix
    /// From when until when it refuses, whom, and how.
    var troubles: [(from: Int64, to: Int64, holder: String?, error: DatabaseError)] = []
    /// How many answers of commits may yet be lost.
    var lostAnswers = 0
    /// How many journal records were seen.
    private(set) var records = 0
    private var lastRow: Int64 = 0
    private var tokens: [String: Int64] = [:]
    /// Who has the lease of each environment.
    private(set) var holders: [String: String] = [:]
    /// Sees each new record, in the transaction that made it.
    var onRecord: (JournalEntry, any Connection, Incarnation) throws -> Void = { _, _, _ in }
    /// After a commit with records in it.
    var onCommit: (Incarnation) -> Void = { _ in }

    init(_ timeline: Timeline, seed: UInt64) throws {
        memory = try SQLiteMemory()
        self.timeline = timeline
        random = SplitMix(seed: seed)
        try memory.write { connection in
            for migration in RolloutSchema.migrator.migrations {
                for statement in migration.statements(.sqlite) { try connection.execute(statement) }
            }
        }
    }

    func delay() -> Int64 { Int64.random(in: 0...3_000, using: &random) }

    func trouble(of holder: String) -> DatabaseError? {
        troubles.first { $0.from <= timeline.now && timeline.now < $0.to && ($0.holder ?? holder) == holder }?.error
    }

    func losesAnswer() -> Bool {
        guard lostAnswers > 0, random.chance(0.05) else { return false }
        lostAnswers -= 1
        return true
    }

    /// Reads what the transaction added to the journal, and looks at the leases.
    func watch(_ connection: any Connection, _ incarnation: Incarnation) throws {
        for row in try connection.query("SELECT environment, token, holder FROM leases") {
            let environment: String = try row.get("environment")
            let token: Int64 = try row.get("token")
            if token < tokens[environment] ?? 0 { timeline.forbid("the token of \(environment)'s lease went back") }
            if token > tokens[environment] ?? 0 { timeline.note(incarnation.name, "takes lease \(token)") }
            tokens[environment] = token
            holders[environment] = try row.get("holder")
        }
        let rows = try connection.query(
            "SELECT rowid AS row, rollout, seq FROM journal WHERE rowid > ? ORDER BY rowid", [lastRow])
        for row in rows {
            let seq: Int = try row.get("seq")
            let entries = try Journal.entries(try row.get("rollout"), after: seq - 1, connection)
            guard let entry = entries.first else { continue }
            try onRecord(entry, connection, incarnation)
            lastRow = try row.get("row")
            records += 1
        }
    }

    func committed(by incarnation: Incarnation, isEvent: Bool) {
        if isEvent { onCommit(incarnation) }
    }
}
