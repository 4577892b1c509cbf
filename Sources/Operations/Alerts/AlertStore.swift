import Rollouts
import Storage

/// The alerts of all environments and the outbox of their notifications: an alert's change of state and what is to be
/// sent for it are one transaction, so that there is exactly one notification per change.
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
            }
        ])

    private let database: any Database

    package init(database: any Database) { self.database = database }

    /// Removes alerts of the environment that ended before, and notifications that were delivered before.
    /// - Returns: how many.
    package func removeSettled(environment: String, before: Timestamp) async throws -> Int {
        try await database.write { connection in
            let alerts = try connection.execute(
                "DELETE FROM alerts WHERE environment = ? AND ended_at IS NOT NULL AND ended_at < ?",
                [environment, before.microseconds])
            // Notifications do not say whose they are; what was delivered is of no use to anybody.
            let sent = try connection.execute(
                "DELETE FROM notifications WHERE delivered_at IS NOT NULL AND delivered_at < ?", [before.microseconds])
            return alerts + sent
        }
    }

    /// Makes the alerts of one environment what the facts say: raises what fires anew or more urgently, resolves what does not any more,
    /// and queues one notification per change and receiver. Nothing changes for alerts that the facts do not decide.
    /// - Returns: the alerts that changed.
    @discardableResult
    package func settle(_ facts: AlertFacts, receivers: [String], now: Timestamp) async throws -> [Alert] {
        let firing = AlertConditions.firing(facts, now: now)
        let decidable = Set(AlertConditions.decidable(facts).map(\.rawValue))
        return try await database.write { connection in
            let known = try Self.alerts(facts.environment, connection)
            var changed: [Alert] = []
            for alert in firing {
                guard let before = known[alert.key], before.state == .firing else {
                    changed.append(alert)
                    continue
                }
                guard before.severity == .warning, alert.severity == .critical else { continue }
                var risen = alert
                risen.since = before.since
                changed.append(risen)
            }
            let keys = Set(firing.map(\.key))
            for (key, alert) in known
            where alert.state == .firing && !keys.contains(key) && decidable.contains(alert.name) {
                var ended = alert
                ended.state = .resolved
                ended.endedAt = now
                changed.append(ended)
            }
            for alert in changed { try Self.record(alert, receivers: receivers, now: now, connection) }
            for alert in firing {
                // What is the matter has grown or shrunk; that it fires is no news.
                guard let before = known[alert.key], before.state == .firing, before.summary != alert.summary
                else { continue }
                try connection.execute("UPDATE alerts SET summary = ? WHERE key = ?", [alert.summary, alert.key])
            }
            return changed
        }
    }

    /// What fires now, the latest first.
    package func firing(environment: String? = nil) async throws -> [Alert] {
        try await database.read { connection in
            try connection.query(
                "SELECT * FROM alerts WHERE state = ? ORDER BY since DESC", [Alert.State.firing.rawValue]
            )
            .map(Self.alert).filter { environment == nil || $0.environment == environment }
        }
    }

    /// Everything that ever fired, the latest first, at most `limit`.
    package func list(environment: String? = nil, limit: Int = 100) async throws -> [Alert] {
        try await database.read { connection in
            try connection.query("SELECT * FROM alerts ORDER BY since DESC LIMIT ?", [limit])
                .map(Self.alert).filter { environment == nil || $0.environment == environment }
        }
    }

    private static func alerts(_ environment: String, _ connection: any Connection) throws -> [String: Alert] {
        let rows = try connection.query("SELECT * FROM alerts WHERE environment = ?", [environment])
        return Dictionary(uniqueKeysWithValues: try rows.map { (try $0.get("key"), try alert($0)) })
    }

    private static func record(
        _ alert: Alert, receivers: [String], now: Timestamp, _ connection: any Connection
    ) throws {
        try connection.execute(
            """
            INSERT INTO alerts (key, name, environment, service, release, severity, summary, action, runbook, state, since,
                ended_at, changes)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)
            ON CONFLICT (key) DO UPDATE SET severity = excluded.severity, summary = excluded.summary,
                action = excluded.action, runbook = excluded.runbook, state = excluded.state, since = excluded.since,
                ended_at = excluded.ended_at, changes = alerts.changes + 1
            """,
            [
                alert.key, alert.name, alert.environment, alert.service, alert.release, alert.severity.rawValue,
                alert.summary,
                alert.action, alert.runbook, alert.state.rawValue, alert.since.microseconds,
                alert.endedAt?.microseconds,
            ])
        let changes: Int64 =
            try connection.query("SELECT changes FROM alerts WHERE key = ?", [alert.key]).first?.get("changes") ?? 0
        for receiver in receivers {
            // The id is the receiver's idempotency key: the same change is the same notification, however often sent.
            let id = "\(alert.key)#\(changes)@\(receiver)"
            try connection.execute(
                """
                INSERT INTO notifications (id, receiver, payload, created_at, due_at, attempts)
                VALUES (?, ?, ?, ?, ?, 0)
                """,
                [
                    id, receiver, try WebhookPayload(alert, receiver: receiver).json(), now.microseconds,
                    now.microseconds,
                ])
        }
        try connection.announce("notifications")
    }

    private static func alert(_ row: Row) throws -> Alert {
        Alert(
            name: try row.get("name"), environment: try row.get("environment"), service: try row.get("service"),
            release: try row.get("release"),
            severity: Alert.Severity(rawValue: try row.get("severity")) ?? .critical, summary: try row.get("summary"),
            action: try row.get("action"), runbook: try row.get("runbook"),
            state: Alert.State(rawValue: try row.get("state")) ?? .firing,
            since: Timestamp(microseconds: try row.get("since")),
            endedAt: try row.get("ended_at", as: Int64?.self).map(Timestamp.init(microseconds:)))
    }
}
