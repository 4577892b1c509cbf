import Storage

extension RequestLimits {
    /// Takes up to `amount` requests of a window at once, for a replica that counts them itself.
    /// - Parameter window: microseconds.
    /// - Returns: how many were granted; all replicas' grants together never exceed `limit`.
    package static func reserve(
        _ key: String, amount: Int, limit: Int, window: Int64, now: Int64, on connection: any Connection
    ) throws -> Int {
        let start = now - now % window
        try connection.execute(
            """
            INSERT INTO request_counts (name, window_start, count) VALUES (?, ?, ?)
            ON CONFLICT (name, window_start) DO UPDATE SET count = request_counts.count + ?
            """, [key, start, amount, amount])
        let rows = try connection.query(
            "SELECT count FROM request_counts WHERE name = ? AND window_start = ?", [key, start])
        let before = (try rows.first?.get("count", as: Int.self) ?? amount) - amount
        return max(0, min(amount, limit - before))
    }
}
