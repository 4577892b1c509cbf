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
    /// - Parameter events: their ids; nil for all of them.
    /// - Returns: how many dead letters are on their way again.
    package static func replay(_ events: Set<String>?, now: Int64, on connection: any Connection) throws -> Int {
        let chosen = try list(limit: .max, on: connection).filter { events?.contains($0.event) ?? true }
        let streams = Dictionary(grouping: chosen) { StreamName(receiver: $0.receiver, job: $0.job) }
        var count = 0
        for (stream, letters) in streams {
            guard let first = letters.map(\.sequence).min() else { continue }
            try rewind(stream, to: first - 1, now: now, on: connection)
            count += try connection.execute(
                "DELETE FROM event_dead_letters WHERE receiver = ? AND job_id = ? AND sequence >= ?",
                [stream.receiver, stream.job, first])
        }
        return count
    }

    private struct StreamName: Hashable {
        var receiver: String
        var job: String
    }

    /// A new epoch, so that whoever is sending the stream's events now records nothing.
    private static func rewind(
        _ stream: StreamName, to position: Int, now: Int64, on connection: any Connection
    ) throws {
        try connection.execute(
            """
            INSERT INTO event_streams (receiver, job_id, position, available_at, updated_at) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (receiver, job_id) DO UPDATE SET position = excluded.position, attempts = 0,
                available_at = excluded.available_at, lease_epoch = event_streams.lease_epoch + 1,
                updated_at = excluded.updated_at
            """, [stream.receiver, stream.job, position, now, now])
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
