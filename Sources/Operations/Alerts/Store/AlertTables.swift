import Rollouts
import Storage

/// How boards lie in the database: a row for each alert, each group and each environment's round.
enum AlertTables {
    static let statements = [
        "DROP TABLE alerts",
        "DROP TABLE notifications",
        """
        CREATE TABLE alert_states (
            environment TEXT NOT NULL, id TEXT NOT NULL, state TEXT NOT NULL, settled BIGINT NOT NULL,
            since BIGINT NOT NULL, ended_at BIGINT, document TEXT NOT NULL, PRIMARY KEY (environment, id))
        """,
        "CREATE INDEX alert_states_since ON alert_states (settled, since)",
        """
        CREATE TABLE alert_groups (
            environment TEXT NOT NULL, key TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (environment, key))
        """,
        "CREATE TABLE alert_rounds (environment TEXT PRIMARY KEY, stepped_at BIGINT NOT NULL, document TEXT NOT NULL)",
        """
        CREATE TABLE alert_silences (
            id TEXT PRIMARY KEY, environment TEXT NOT NULL, ends_at BIGINT NOT NULL, document TEXT NOT NULL)
        """,
        """
        CREATE TABLE alert_notifications (
            id TEXT PRIMARY KEY, seq BIGINT NOT NULL UNIQUE, environment TEXT NOT NULL, receiver TEXT NOT NULL,
            group_key TEXT NOT NULL, document TEXT NOT NULL, created_at BIGINT NOT NULL, due_at BIGINT NOT NULL,
            expires_at BIGINT, attempts BIGINT NOT NULL, claimed_by TEXT, claimed_until BIGINT, ended_at BIGINT,
            delivered BIGINT NOT NULL, failure TEXT)
        """,
        "CREATE INDEX alert_notifications_open ON alert_notifications (ended_at, environment, receiver, seq)",
        """
        CREATE TABLE alert_heartbeats (
            environment TEXT NOT NULL, name TEXT NOT NULL, expected_at BIGINT NOT NULL, reported_at BIGINT,
            PRIMARY KEY (environment, name))
        """,
    ]

    /// The topic that tells of notifications to send.
    static let topic = "alert_notifications"

    /// Until this transaction ends, nobody else changes the environment's board. It comes first in a transaction at read
    /// committed, whose statements then see what the one before has written.
    static func takeTurn(_ environment: String, _ connection: any Connection) throws {
        try connection.takeTurns(["alerts:\(environment)"])
    }

    // MARK: Reading

    static func board(_ environment: String, _ connection: any Connection) throws -> AlertBoard {
        var board = AlertBoard(environment: environment)
        for row in try connection.query(
            "SELECT id, document FROM alert_states WHERE environment = ? AND settled = 0", [environment])
        {
            board.alerts[try row.get("id")] = try CanonicalJSON.decode(Alert.self, try row.get("document"))
        }
        for row in try connection.query("SELECT key, document FROM alert_groups WHERE environment = ?", [environment]) {
            board.groups[try row.get("key")] = try CanonicalJSON.decode(AlertGroup.self, try row.get("document"))
        }
        if let row = try connection.first(
            "SELECT stepped_at, document FROM alert_rounds WHERE environment = ?", [environment])
        {
            board.lastStep = Timestamp(microseconds: try row.get("stepped_at"))
            board.blindness = try CanonicalJSON.decode(
                [String: AlertBoard.Blindness].self, try row.get("document"))
        }
        return board
    }

    static func alerts(
        _ environment: String?, state: Alert.State?, limit: Int, _ connection: any Connection
    ) throws -> [Alert] {
        var (conditions, arguments) = ([String](), [any SQLConvertible]())
        if let environment {
            conditions.append("environment = ?")
            arguments.append(environment)
        }
        if let state {
            conditions.append("state = ?")
            arguments.append(state.rawValue)
        }
        let filter = conditions.isEmpty ? "" : "WHERE \(conditions.joined(separator: " AND ")) "
        return try connection.query(
            "SELECT document FROM alert_states \(filter)ORDER BY settled, since DESC LIMIT ?", arguments + [limit]
        ).map { try CanonicalJSON.decode(Alert.self, try $0.get("document")) }
    }

    static func silences(
        _ environment: String, endingAfter: Timestamp, _ connection: any Connection
    ) throws -> [Silence] {
        try connection.query(
            "SELECT document FROM alert_silences WHERE environment = ? AND ends_at > ? ORDER BY ends_at",
            [environment, endingAfter.microseconds]
        ).map { try CanonicalJSON.decode(Silence.self, try $0.get("document")) }
    }

    // MARK: Writing

    /// Writes what has changed.
    static func save(
        _ board: AlertBoard, before: AlertBoard, now: Timestamp, _ connection: any Connection
    ) throws {
        for (id, alert) in board.alerts where before.alerts[id] != alert { try save(alert, board, connection) }
        for id in before.alerts.keys where board.alerts[id] == nil {
            try connection.execute(
                "DELETE FROM alert_states WHERE environment = ? AND id = ?", [board.environment, id])
        }
        for (key, group) in board.groups where before.groups[key] != group {
            try connection.execute(
                """
                INSERT INTO alert_groups (environment, key, document) VALUES (?, ?, ?)
                ON CONFLICT (environment, key) DO UPDATE SET document = excluded.document
                """, [board.environment, key, try CanonicalJSON.encode(group)])
        }
        for key in before.groups.keys where board.groups[key] == nil {
            try connection.execute(
                "DELETE FROM alert_groups WHERE environment = ? AND key = ?", [board.environment, key])
        }
        try connection.execute(
            """
            INSERT INTO alert_rounds (environment, stepped_at, document) VALUES (?, ?, ?)
            ON CONFLICT (environment) DO UPDATE SET stepped_at = excluded.stepped_at, document = excluded.document
            """, [board.environment, now.microseconds, try CanonicalJSON.encode(board.blindness)])
    }

    private static func save(_ alert: Alert, _ board: AlertBoard, _ connection: any Connection) throws {
        try connection.execute(
            """
            INSERT INTO alert_states (environment, id, state, settled, since, ended_at, document)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (environment, id) DO UPDATE SET state = excluded.state, settled = excluded.settled,
                since = excluded.since, ended_at = excluded.ended_at, document = excluded.document
            """,
            [
                board.environment, alert.id, alert.state.rawValue, alert.isSettled ? 1 : 0, alert.since.microseconds,
                alert.endedAt?.microseconds, try CanonicalJSON.encode(alert),
            ])
    }

    /// Numbers notifications in the order in which they are to arrive, in a transaction at read committed. Whoever numbers
    /// is alone until it has committed, so that a lower number never comes to light after a higher one.
    static func queue(_ notifications: [AlertNotification], now: Timestamp, _ connection: any Connection) throws {
        guard !notifications.isEmpty else { return }
        try connection.takeTurns([topic])
        let last: Int64 =
            try connection.first("SELECT COALESCE(MAX(seq), 0) AS last FROM alert_notifications")?.get("last") ?? 0
        for (index, notification) in notifications.enumerated() {
            try connection.execute(
                """
                INSERT INTO alert_notifications (id, seq, environment, receiver, group_key, document, created_at, due_at,
                    expires_at, attempts, delivered)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0)
                """,
                [
                    notification.id, last + Int64(index) + 1, notification.environment, notification.receiver,
                    notification.groupKey, try CanonicalJSON.encode(notification), now.microseconds, now.microseconds,
                    notification.expires?.microseconds,
                ])
        }
        try connection.announce(topic)
    }
}
