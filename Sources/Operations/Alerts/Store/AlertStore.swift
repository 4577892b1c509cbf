import Rollouts
import Storage

/// The alerts of all environments, what was told of them, and the outbox of what is still to be sent. A change of state and
/// what is to be sent for it are one transaction, so that there is one notification per change, whoever is ended when, and
/// however many control planes look.
package struct AlertStore: Sendable {
    package static let migrator = Migrator(
        owner: "alerts",
        migrations: [
            Migration("0001_alerts") { _ in
                [
                    """
                    CREATE TABLE alerts (
                        key TEXT PRIMARY KEY, name TEXT NOT NULL, environment TEXT NOT NULL, service TEXT, release TEXT,
                        severity TEXT NOT NULL, summary TEXT NOT NULL, action TEXT NOT NULL, runbook TEXT NOT NULL,
                        state TEXT NOT NULL, since BIGINT NOT NULL, ended_at BIGINT, changes BIGINT NOT NULL)
                    """,
                    """
                    CREATE TABLE notifications (
                        id TEXT PRIMARY KEY, receiver TEXT NOT NULL, payload TEXT NOT NULL, created_at BIGINT NOT NULL,
                        due_at BIGINT NOT NULL, attempts BIGINT NOT NULL, delivered_at BIGINT, failure TEXT)
                    """,
                    "CREATE INDEX notifications_due ON notifications (delivered_at, due_at)",
                ]
            },
            // Rules, groups and receivers by name take the place of fixed conditions and addresses. What fires is found
            // again in the first round.
            Migration("0002_rules") { _ in AlertTables.statements },
        ])

    let database: any Database

    package init(database: any Database) { self.database = database }

    /// Looks once at one environment, and records what has become of its alerts with what is to be sent. Control planes that
    /// look at the same time do so one after the other.
    /// - Parameter input: its silences are those on record.
    /// - Returns: alerts that began or ceased to fire.
    @discardableResult
    package func step(
        _ environment: String, _ input: AlertBoard.Input, now: Timestamp
    ) async throws -> [Alert] {
        try await database.write(.readCommitted) { connection in
            try AlertTables.takeTurn(environment, connection)
            var input = input
            input.silences = try AlertTables.silences(environment, endingAfter: now, connection)
            let before = try AlertTables.board(environment, connection)
            var board = before
            let notifications = board.step(input, now: now)
            try AlertTables.save(board, before: before, now: board.lastStep ?? now, connection)
            try AlertTables.queue(notifications, now: now, connection)
            return board.alerts.sorted { $0.key < $1.key }.compactMap { id, alert in
                let was = before.alerts[id]?.state == .firing
                return alert.isFiring == was ? nil : alert
            }
        }
    }

    /// What fires now: critical first, then the latest.
    package func firing(environment: String? = nil) async throws -> [Alert] {
        try await database.read { connection in
            try AlertTables.alerts(environment, state: .firing, limit: 10_000, connection)
        }.sorted { ($0.severity == "critical" ? 0 : 1, $1.since) < ($1.severity == "critical" ? 0 : 1, $0.since) }
    }

    /// Everything that fires, is pending, or ever fired, the latest first, at most `limit`.
    package func list(environment: String? = nil, limit: Int = 100) async throws -> [Alert] {
        try await database.read { connection in
            try AlertTables.alerts(environment, state: nil, limit: limit, connection)
        }
    }

    /// The same, so that what is over takes no place from what fires, and what is pending none either.
    /// - Parameters:
    ///   - limit: so many of those that fire, and of those that are pending.
    ///   - over: so many of those that are over.
    package func list(environment: String? = nil, limit: Int, over: Int) async throws -> [Alert] {
        try await database.read(.eachStatement) { connection in
            try [(Alert.State.firing, limit), (.pending, limit), (.resolved, over)].flatMap { state, limit in
                try AlertTables.alerts(environment, state: state, limit: limit, connection)
            }
        }
    }

    /// All that is known of an environment, for explanations.
    package func board(_ environment: String) async throws -> AlertBoard {
        try await database.read { try AlertTables.board(environment, $0) }
    }

    /// Removes alerts of the environment that ended before, and notifications that were delivered or given up before.
    /// - Returns: how many.
    package func removeSettled(environment: String, before: Timestamp) async throws -> Int {
        try await database.write { connection in
            let alerts = try connection.execute(
                "DELETE FROM alert_states WHERE environment = ? AND settled = 1 AND ended_at < ?",
                [environment, before.microseconds])
            let sent = try connection.execute(
                "DELETE FROM alert_notifications WHERE environment = ? AND ended_at IS NOT NULL AND ended_at < ?",
                [environment, before.microseconds])
            let silences = try connection.execute(
                "DELETE FROM alert_silences WHERE environment = ? AND ends_at < ?",
                [environment, before.microseconds])
            return alerts + sent + silences
        }
    }
}
