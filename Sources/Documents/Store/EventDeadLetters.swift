import Storage

/// An event that a receiver did not take, however often it was sent.
package struct EventDeadLetter: Sendable, Equatable, Codable {
    package var receiver: String
    package var event: String
    package var job: String
    package var sequence: Int
    package var attempts: Int
    package var reason: String
    /// Microseconds since 1970.
    package var diedAt: Int64

    init(row: Row) throws(DatabaseError) {
        receiver = try row.get("receiver")
        event = try row.get("event_id")
        job = try row.get("job_id")
        sequence = try row.get("sequence")
        attempts = try row.get("attempts")
        reason = try row.get("reason")
        diedAt = try row.get("died_at")
    }

    private enum CodingKeys: String, CodingKey {
        case receiver, event, job, sequence, attempts, reason
        case diedAt = "died_at"
    }
}

package enum EventDeadLetters {
    /// The oldest first.
    package static func list(limit: Int, on connection: any Connection) throws -> [EventDeadLetter] {
        try connection.query(
            "SELECT * FROM event_dead_letters ORDER BY died_at, receiver, job_id, sequence LIMIT ?", [limit]
        ).map { row in try EventDeadLetter(row: row) }
    }

    /// Sends dead letters again: their jobs' streams go back to before them, so that order holds. What came after them, and
    /// has arrived, is sent once more; its id is the same.
    /// - Parameters:
    ///   - events: their ids; nil for all of them.
    ///   - target: who gets them instead of the receivers that they died at, which nobody serves any more; it then gets what is
    ///     still on its way to those as well. Nil to send them where they were to go.
    /// - Returns: how many dead letters are on their way again.
    /// - Throws: `EventReplayError`, `DatabaseError`.
    package static func replay(
        _ events: Set<String>?, to target: String? = nil, now: Int64, on connection: any Connection
    ) throws -> Int {
        let served = try EventStreams.served(now: now, on: connection)
        if let target, !served.contains(target) { throw EventReplayError(receiver: target, served: served) }
        let chosen = try list(limit: .max, on: connection).filter { events?.contains($0.event) ?? true }
        let streams = Dictionary(grouping: chosen) { StreamName(receiver: $0.receiver, job: $0.job) }
        var count = 0
        for (stream, letters) in streams {
            guard let first = letters.map(\.sequence).min() else { continue }
            let moves = !served.contains(stream.receiver)
            guard !moves || target != nil else { throw EventReplayError(receiver: stream.receiver, served: served) }
            let receiver = moves ? target : nil
            try rewind(stream, to: first - 1, movingTo: receiver, now: now, on: connection)
            count += try connection.execute(
                "DELETE FROM event_dead_letters WHERE receiver = ? AND job_id = ? AND sequence >= ?",
                [stream.receiver, stream.job, first])
        }
        if let target, events == nil { try move(to: target, served: served, now: now, on: connection) }
        return count
    }

    private struct StreamName: Hashable {
        var receiver: String
        var job: String
    }

    /// Hands over what is still on its way to receivers that nobody serves.
    private static func move(
        to target: String, served: [String], now: Int64, on connection: any Connection
    ) throws {
        let rows = try connection.query(
            """
            SELECT receiver, job_id, position FROM event_streams
            WHERE available_at IS NOT NULL AND receiver NOT IN \(Placeholders.list(served.count)) ORDER BY receiver, job_id
            """, served)
        for row in rows {
            let stream = StreamName(receiver: try row.get("receiver"), job: try row.get("job_id"))
            try rewind(stream, to: try row.get("position"), movingTo: target, now: now, on: connection)
        }
    }

    /// A new epoch, so that whoever is sending the stream's events now records nothing.
    private static func rewind(
        _ stream: StreamName, to position: Int, movingTo target: String?, now: Int64, on connection: any Connection
    ) throws {
        try connection.execute(
            """
            INSERT INTO event_streams (receiver, job_id, position, available_at, updated_at, since) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (receiver, job_id) DO UPDATE SET
                position = CASE WHEN excluded.position < event_streams.position THEN excluded.position
                    ELSE event_streams.position END,
                attempts = 0, available_at = excluded.available_at, lease_epoch = event_streams.lease_epoch + 1,
                updated_at = excluded.updated_at, since = COALESCE(excluded.since, event_streams.since)
            """, [target ?? stream.receiver, stream.job, position, now, now, target == nil ? nil : 0])
        guard target != nil else { return }
        try connection.execute(
            "DELETE FROM event_streams WHERE receiver = ? AND job_id = ?", [stream.receiver, stream.job])
    }

    static func bury(
        _ event: StoredJobEvent, _ stream: EventStream, _ attempts: Int, _ reason: String, now: Int64,
        on connection: any Connection
    ) throws {
        try connection.execute(
            """
            INSERT INTO event_dead_letters (receiver, event_id, job_id, sequence, attempts, reason, died_at)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (receiver, event_id) DO UPDATE
            SET attempts = excluded.attempts, reason = excluded.reason, died_at = excluded.died_at
            """, [stream.receiver, event.id, event.jobID, event.sequence, attempts, reason, now])
    }
}

/// Dead letters of a receiver that no worker serves go nowhere when they are sent again.
package struct EventReplayError: Error, Sendable, Equatable, CustomStringConvertible {
    package let receiver: String
    package let served: [String]

    package var description: String {
        let others =
            served.isEmpty
            ? "no worker serves any" : "workers serve \(served.joined(separator: ", ")): name it with --to"
        return "No worker has served the receiver \(receiver) for a day; \(others)."
    }
}
