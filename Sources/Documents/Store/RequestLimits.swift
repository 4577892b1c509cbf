import Storage

/// Counts requests in fixed windows, in the database, so that a limit is shared by all replicas.
package enum RequestLimits {
    package enum Decision: Sendable, Equatable {
        case allowed(remaining: Int)
        case refused(retryAfterSeconds: Int)
    }

    /// The window of requests of a user, in microseconds.
    package static let hour: Int64 = 3_600_000_000

    /// Counts one request under `key` (`poll:JOB`, `requests:USER`).
    /// - Parameters:
    ///   - window: microseconds.
    package static func count(
        _ key: String, limit: Int, window: Int64, now: Int64, on connection: any Connection
    ) throws -> Decision {
        let start = now - now % window
        try connection.execute(
            """
            INSERT INTO request_counts (name, window_start, count) VALUES (?, ?, 1)
            ON CONFLICT (name, window_start) DO UPDATE SET count = request_counts.count + 1
            """, [key, start])
        let rows = try connection.query(
            "SELECT count FROM request_counts WHERE name = ? AND window_start = ?", [key, start])
        let count = try rows.first?.get("count", as: Int.self) ?? 1
        guard count <= limit else {
            return .refused(retryAfterSeconds: Int((start + window - now + 999_999) / 1_000_000))
        }
        return .allowed(remaining: limit - count)
    }

    /// Removes windows that began before `limit`.
    package static func prune(before limit: Int64, on connection: any Connection) throws {
        try connection.execute("DELETE FROM request_counts WHERE window_start < ?", [limit])
    }
}
