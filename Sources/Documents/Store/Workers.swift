import Storage

/// A worker as it last reported itself. Times are microseconds since 1970.
package struct WorkerRecord: Sendable, Equatable {
    package var instance: String
    package var release: String
    package var share: JobBuckets
    package var inFlight: Int
    package var startedAt: Int64
    package var seenAt: Int64

    package init(
        instance: String, release: String, share: JobBuckets, inFlight: Int, startedAt: Int64, seenAt: Int64
    ) {
        self.instance = instance
        self.release = release
        self.share = share
        self.inFlight = inFlight
        self.startedAt = startedAt
        self.seenAt = seenAt
    }
}

/// The workers' heartbeats, and which buckets they cover.
package enum Workers {
    /// Records that a worker lives and covers its share.
    package static func beat(_ worker: WorkerRecord, on connection: any Connection) throws {
        try connection.execute(
            """
            INSERT INTO workers (instance, release, share_from, share_to, in_flight, started_at, seen_at)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (instance) DO UPDATE SET release = excluded.release, share_from = excluded.share_from,
                share_to = excluded.share_to, in_flight = excluded.in_flight, seen_at = excluded.seen_at
            """,
            [
                worker.instance, worker.release, worker.share.lower, worker.share.upper, worker.inFlight,
                worker.startedAt, worker.seenAt,
            ])
        guard !worker.share.isEmpty else { return }
        try connection.execute(
            "UPDATE job_buckets SET covered_at = ? WHERE bucket >= ? AND bucket < ? AND covered_at < ?",
            [worker.seenAt, worker.share.lower, worker.share.upper, worker.seenAt])
    }

    /// Removes a worker that leaves in order.
    package static func leave(_ instance: String, on connection: any Connection) throws {
        try connection.execute("DELETE FROM workers WHERE instance = ?", [instance])
    }

    /// Forgets workers that have not been seen since `limit`.
    package static func forget(before limit: Int64, on connection: any Connection) throws {
        try connection.execute("DELETE FROM workers WHERE seen_at < ?", [limit])
    }

    /// All workers on record, the most recently seen first.
    package static func all(on connection: any Connection) throws -> [WorkerRecord] {
        try connection.query("SELECT * FROM workers ORDER BY seen_at DESC, instance", []).map { row in
            let from = try row.get("share_from", as: Int.self)
            let to = try row.get("share_to", as: Int.self)
            return WorkerRecord(
                instance: try row.get("instance"), release: try row.get("release"),
                share: JobBuckets(from: from, to: to) ?? .none, inFlight: try row.get("in_flight"),
                startedAt: try row.get("started_at"), seenAt: try row.get("seen_at"))
        }
    }
}
