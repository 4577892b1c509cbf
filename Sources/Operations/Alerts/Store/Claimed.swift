import Rollouts
import Storage
import Synchronization

/// A message of the outbox that is in somebody's hands. All statements check what they depend on in the row that they change,
/// so that they are right at read committed, whoever else is at it.
struct Claimed: Sendable {
    var notification: AlertNotification
    /// How often it was tried before.
    var attempts: Int

    /// The first open message of each receiver.
    /// - Parameter last: of whose receiver alone; nil for all of them.
    static func heads(after last: AlertNotification?, _ connection: any Connection) throws -> [Claimed] {
        let own = last == nil ? "" : " AND environment = ? AND receiver = ?"
        return try connection.query(
            """
            SELECT document, attempts FROM alert_notifications WHERE seq IN (
                SELECT MIN(seq) FROM alert_notifications WHERE ended_at IS NULL\(own) GROUP BY environment, receiver)
            ORDER BY seq
            """, last.map { [$0.environment, $0.receiver] } ?? []
        ).map { row in
            Claimed(
                notification: try CanonicalJSON.decode(AlertNotification.self, try row.get("document")),
                attempts: try row.get("attempts"))
        }
    }

    /// - Returns: whether it was open, due and nobody's.
    func take(for holder: String, now: Timestamp, _ connection: any Connection) throws -> Bool {
        // Farther ahead than any wait is long: the clock was set back.
        try connection.execute(
            """
            UPDATE alert_notifications SET claimed_by = ?, claimed_until = ?
            WHERE id = ? AND ended_at IS NULL AND (due_at <= ? OR due_at > ?)
                AND (claimed_until IS NULL OR claimed_until <= ? OR claimed_until > ?)
            """,
            [
                holder, (now + Outbox.claim).microseconds, notification.id, now.microseconds,
                (now + Outbox.longestWait).microseconds, now.microseconds, (now + Outbox.claim).microseconds,
            ]) == 1
    }

    /// Writes down what came of the attempt. What was delivered is, even when the claim has run out meanwhile; a failure
    /// counts only for whoever still has it.
    func settle(_ outcome: SendOutcome, holder: String, now: Timestamp, _ connection: any Connection) throws {
        switch outcome {
        case .delivered:
            try connection.execute(
                """
                UPDATE alert_notifications SET ended_at = ?, delivered = 1, attempts = ?, failure = NULL,
                    claimed_until = NULL WHERE id = ? AND ended_at IS NULL
                """, [now.microseconds, attempts + 1, notification.id])
        case .later(let why) where now - notification.at < Outbox.patience:
            let wait = min(Outbox.longestWait, .seconds(1 << min(attempts, 10)))
            try connection.execute(
                """
                UPDATE alert_notifications SET due_at = ?, attempts = ?, failure = ?, claimed_until = NULL
                WHERE id = ? AND ended_at IS NULL AND claimed_by = ?
                """, [(now + wait).microseconds, attempts + 1, why, notification.id, holder])
        case .later(let why), .refused(let why):
            try connection.execute(
                """
                UPDATE alert_notifications SET ended_at = ?, attempts = ?, failure = ?, claimed_until = NULL
                WHERE id = ? AND ended_at IS NULL AND claimed_by = ?
                """, [now.microseconds, attempts + 1, why, notification.id, holder])
        }
    }
}

/// Whether the outbox is to come to its end.
final class Ending: Sendable {
    private let state = Mutex(false)

    var hasBegun: Bool { state.withLock { $0 } }
    func begin() { state.withLock { $0 = true } }
}
