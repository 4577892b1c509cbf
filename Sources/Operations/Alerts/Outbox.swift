import FoundationEssentials
import HTTPClient
import Logging
import Rollouts
import Storage

/// Delivers what `AlertStore` queued: at least once, in order of creation, with back-off. A receiver tells doubles by
/// the header `Idempotency-Key`.
package struct Outbox: Sendable {
    /// After so many failures a notification is given up; it stays listed with its failure.
    package static let maximumAttempts = 20

    private let database: any Database
    private let http: any HTTPSending
    private let clock: any WallClock
    private let log: Logger

    package init(database: any Database, http: any HTTPSending, clock: any WallClock, log: Logger) {
        self.database = database
        self.http = http
        self.clock = clock
        self.log = log
    }

    /// Sends what is due, once each.
    /// - Returns: when the next one is due, if any waits.
    package func deliver() async throws -> Timestamp? {
        let now = clock.now
        for notification in try await due(now) {
            let failure = await send(notification)
            try await database.write { connection in
                try Self.settle(notification, failure: failure, now: now, connection)
            }
            if let failure {
                log.warning("alert not delivered", metadata: ["id": "\(notification.id)", "why": "\(failure)"])
            }
        }
        return try await next()
    }

    private struct Notification: Sendable {
        var id: String
        var receiver: String
        var payload: String
        var attempts: Int
    }

    private func due(_ now: Timestamp) async throws -> [Notification] {
        try await database.read { connection in
            try connection.query(
                """
                SELECT id, receiver, payload, attempts FROM notifications
                WHERE delivered_at IS NULL AND due_at <= ? AND attempts < ? ORDER BY created_at, id LIMIT 100
                """, [now.microseconds, Self.maximumAttempts]
            ).map { row in
                Notification(
                    id: try row.get("id"), receiver: try row.get("receiver"), payload: try row.get("payload"),
                    attempts: try row.get("attempts"))
            }
        }
    }

    private func next() async throws -> Timestamp? {
        try await database.read { connection in
            let rows = try connection.query(
                "SELECT MIN(due_at) AS due FROM notifications WHERE delivered_at IS NULL AND attempts < ?",
                [Self.maximumAttempts])
            return try rows.first?.get("due", as: Int64?.self).map(Timestamp.init(microseconds:))
        }
    }

    /// - Returns: why it was not taken; nil when it was.
    private func send(_ notification: Notification) async -> String? {
        let request = HTTPRequest(
            "POST", notification.receiver,
            headers: [("Content-Type", "application/json"), ("Idempotency-Key", notification.id)],
            body: .bytes(Array(notification.payload.utf8)), timeout: .seconds(5))
        do {
            let response = try await http.send(request)
            return (200..<300).contains(response.status) ? nil : "the receiver answered \(response.status)"
        } catch {
            return "\(error)"
        }
    }

    private static func settle(
        _ notification: Notification, failure: String?, now: Timestamp, _ connection: any Connection
    ) throws {
        guard let failure else {
            try connection.execute(
                "UPDATE notifications SET delivered_at = ?, attempts = attempts + 1, failure = NULL WHERE id = ?",
                [now.microseconds, notification.id])
            return
        }
        let wait = Duration.seconds(min(300, 1 << min(notification.attempts, 9)))
        try connection.execute(
            "UPDATE notifications SET due_at = ?, attempts = attempts + 1, failure = ? WHERE id = ?",
            [(now + wait).microseconds, failure, notification.id])
    }
}
