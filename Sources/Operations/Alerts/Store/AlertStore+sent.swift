import Rollouts
import Storage

extension AlertStore {
    /// What was sent to a receiver, or is to be.
    package struct Sent: Sendable, Equatable {
        package var notification: AlertNotification
        package var attempts: Int
        package var isDelivered: Bool
        package var endedAt: Timestamp?
        package var dueAt: Timestamp
        package var failure: String?
    }

    /// The environment's notifications, the latest first.
    /// - Parameter name: of the alerts that are asked for; nil for all. Without it, those of a dead man's switch soon leave room
    ///   for nothing else.
    package func sent(_ environment: String, naming name: String? = nil, limit: Int = 200) async throws -> [Sent] {
        // As an alert's labels are written in the document; what a name stands for in a pattern stands for itself.
        let pattern = try name.map { try Self.pattern("alertname", $0) } ?? "%"
        return try await sent(environment, like: pattern, limit: limit)
    }

    /// The environment's notifications about a group, the latest first.
    package func sent(_ environment: String, about groupKey: String, limit: Int = 200) async throws -> [Sent] {
        try await sent(environment, like: Self.pattern("groupKey", groupKey), limit: limit)
    }

    private func sent(_ environment: String, like pattern: String, limit: Int) async throws -> [Sent] {
        try await database.read { connection in
            try connection.query(
                """
                SELECT * FROM alert_notifications WHERE environment = ? AND document LIKE ? ESCAPE '!'
                ORDER BY seq DESC LIMIT ?
                """, [environment, pattern, limit]
            ).map { row in
                Sent(
                    notification: try CanonicalJSON.decode(AlertNotification.self, try row.get("document")),
                    attempts: try row.get("attempts"), isDelivered: try row.get("delivered", as: Int64.self) == 1,
                    endedAt: try row.get("ended_at", as: Int64?.self).map(Timestamp.init(microseconds:)),
                    dueAt: Timestamp(microseconds: try row.get("due_at")), failure: try row.get("failure"))
            }
        }
    }

    private static func pattern(_ key: String, _ value: String) throws -> String {
        "%\"\(key)\":\(plain(try CanonicalJSON.encode(value)))%"
    }

    private static func plain(_ text: String) -> String {
        text.replacing("!", with: "!!").replacing("%", with: "!%").replacing("_", with: "!_")
    }

    /// Receivers of the environment for which something waits after a failure.
    package func waiting(_ environment: String) async throws -> [AlertFacts.Waiting] {
        try await database.read { connection in
            try connection.query(
                """
                SELECT receiver, created_at, failure FROM alert_notifications WHERE seq IN (
                    SELECT MIN(seq) FROM alert_notifications WHERE ended_at IS NULL AND environment = ? GROUP BY receiver)
                    AND failure IS NOT NULL
                """, [environment]
            ).map {
                AlertFacts.Waiting(
                    receiver: try $0.get("receiver"), since: Timestamp(microseconds: try $0.get("created_at")),
                    failure: try $0.get("failure"))
            }
        }
    }

    /// Queues a message that somebody asked for, so that it goes the way of all others.
    package func queue(_ notification: AlertNotification, now: Timestamp) async throws {
        try await database.write(.readCommitted) { try AlertTables.queue([notification], now: now, $0) }
    }
}
