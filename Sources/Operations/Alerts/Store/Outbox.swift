import Logging
import Rollouts
import Storage

/// What came of one attempt to tell a receiver.
package enum SendOutcome: Sendable, Equatable {
    case delivered
    /// It did not work, and may later.
    case later(String)
    /// It will never work: the receiver does not want this message.
    case refused(String)
}

/// Delivers what `AlertStore` queued: each receiver's in order, one after the other, again and again with back-off until it
/// is taken. Several control planes may do so at once: what one has claimed, no other sends. Whoever is ended between
/// sending and writing it down sends again, with the same idempotency key.
package struct Outbox: Sendable {
    /// What could not be delivered for so long is given up; it stays listed with its failure.
    package static let patience = Duration.seconds(3 * 86_400)
    /// How long an attempt may take before somebody else may make one.
    static let claim = Duration.seconds(90)
    static let longestWait = Duration.seconds(60)

    package typealias Send = @Sendable (AlertNotification) async -> SendOutcome

    private let database: any Database
    private let clock: any WallClock
    private let holder: String
    private let log: Logger
    private let send: Send

    /// - Parameter holder: who claims, such as an engine's own id.
    package init(
        database: any Database, clock: any WallClock, holder: String, log: Logger, send: @escaping Send
    ) {
        self.database = database
        self.clock = clock
        self.holder = holder
        self.log = log
        self.send = send
    }

    /// Emits when there may be something to send.
    package var hints: AsyncStream<Void> { database.hints(topic: AlertTables.topic) }

    /// Sends what is due, until nothing is: receivers at the same time, the messages of each one after the other.
    package func deliver() async throws {
        while true {
            let claimed = try await claim()
            if claimed.isEmpty { return }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (notification, attempts) in claimed {
                    group.addTask { try await attempt(notification, attempts: attempts) }
                }
                try await group.waitForAll()
            }
        }
    }

    private func attempt(_ notification: AlertNotification, attempts: Int) async throws {
        let now = clock.now
        let isStale = notification.expires.map { $0 <= now } ?? false
        let outcome = isStale ? .refused("it came too late to be of use") : await send(notification)
        let end = clock.now
        try await database.write { connection in
            try Self.settle(notification, outcome, attempts: attempts + 1, now: end, connection)
        }
        switch outcome {
        case .delivered: break
        case .later(let why), .refused(let why):
            log.warning(
                "alert not delivered",
                metadata: ["id": "\(notification.id)", "why": "\(why)", "try": "\(attempts + 1)"])
        }
    }

    /// The first open message of each receiver, if it is due and nobody has it.
    private func claim() async throws -> [(AlertNotification, Int)] {
        let (now, holder) = (clock.now, holder)
        let isAnything = try await database.read { connection in
            try connection.first("SELECT 1 AS found FROM alert_notifications WHERE ended_at IS NULL LIMIT 1") != nil
        }
        guard isAnything else { return [] }
        return try await database.write { connection in
            let heads = try connection.query(
                """
                SELECT id, document, due_at, attempts, claimed_until FROM alert_notifications WHERE seq IN (
                    SELECT MIN(seq) FROM alert_notifications WHERE ended_at IS NULL GROUP BY environment, receiver)
                """)
            return try heads.compactMap { row in
                let due = Timestamp(microseconds: try row.get("due_at"))
                let claimed = try row.get("claimed_until", as: Int64?.self).map(Timestamp.init(microseconds:))
                // Farther ahead than any wait is long: the clock was set back.
                guard due <= now || due > now + Self.longestWait,
                    claimed.map({ $0 <= now || $0 > now + Self.claim }) ?? true
                else { return nil }
                try connection.execute(
                    "UPDATE alert_notifications SET claimed_by = ?, claimed_until = ? WHERE id = ?",
                    [holder, (now + Self.claim).microseconds, try row.get("id", as: String.self)])
                let notification = try CanonicalJSON.decode(AlertNotification.self, try row.get("document"))
                return (notification, try row.get("attempts"))
            }
        }
    }

    private static func settle(
        _ notification: AlertNotification, _ outcome: SendOutcome, attempts: Int, now: Timestamp,
        _ connection: any Connection
    ) throws {
        let isHopeless = now - notification.at >= patience
        switch outcome {
        case .delivered:
            try connection.execute(
                """
                UPDATE alert_notifications SET ended_at = ?, delivered = 1, attempts = ?, failure = NULL,
                    claimed_until = NULL WHERE id = ? AND ended_at IS NULL
                """, [now.microseconds, attempts, notification.id])
        case .later(let why) where !isHopeless:
            let wait = min(longestWait, .seconds(1 << min(attempts - 1, 10)))
            try connection.execute(
                """
                UPDATE alert_notifications SET due_at = ?, attempts = ?, failure = ?, claimed_until = NULL
                WHERE id = ? AND ended_at IS NULL
                """, [(now + wait).microseconds, attempts, why, notification.id])
        case .later(let why), .refused(let why):
            try connection.execute(
                """
                UPDATE alert_notifications SET ended_at = ?, attempts = ?, failure = ?, claimed_until = NULL
                WHERE id = ? AND ended_at IS NULL
                """, [now.microseconds, attempts, why, notification.id])
        }
    }
}

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
    package func sent(_ environment: String, limit: Int = 200) async throws -> [Sent] {
        try await database.read { connection in
            try connection.query(
                "SELECT * FROM alert_notifications WHERE environment = ? ORDER BY seq DESC LIMIT ?",
                [environment, limit]
            ).map { row in
                Sent(
                    notification: try CanonicalJSON.decode(AlertNotification.self, try row.get("document")),
                    attempts: try row.get("attempts"), isDelivered: try row.get("delivered", as: Int64.self) == 1,
                    endedAt: try row.get("ended_at", as: Int64?.self).map(Timestamp.init(microseconds:)),
                    dueAt: Timestamp(microseconds: try row.get("due_at")), failure: try row.get("failure"))
            }
        }
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
        try await database.write { try AlertTables.queue([notification], now: now, $0) }
    }
}
