import Storage

/// What users see of their jobs. Every function takes the user, and shows nobody else's.
package enum JobList {
    package struct Page: Sendable, Equatable {
        package var jobs: [JobRecord]
        package var total: Int
    }

    package static func job(_ id: String, user: String, on connection: any Connection) throws -> JobRecord? {
        guard let job = try JobRows.find(id, on: connection), job.userID == user else { return nil }
        return job
    }

    /// A job by its id alone, for whoever holds its signed URL or its webhook key.
    package static func job(_ id: String, on connection: any Connection) throws -> JobRecord? {
        try JobRows.find(id, on: connection)
    }

    /// A user's jobs, newest first.
    /// - Parameters:
    ///   - limit: clamped to 1…100.
    ///   - offset: negative counts as 0.
    package static func page(
        user: String, state: JobState? = nil, limit: Int, offset: Int, on connection: any Connection
    ) throws -> Page {
        let filter = state == nil ? "" : " AND j.state = ?"
        let arguments: [any SQLConvertible] = state.map { [user, $0.rawValue] } ?? [user]
        let count = try connection.query("SELECT COUNT(*) AS n FROM jobs j WHERE j.user_id = ?\(filter)", arguments)
        let rows = try connection.query(
            """
            SELECT \(JobRecord.columns) FROM \(JobRecord.tables) WHERE j.user_id = ?\(filter)
            ORDER BY j.created_at DESC, j.id LIMIT ? OFFSET ?
            """, arguments + [min(max(limit, 1), 100), max(offset, 0)])
        return Page(jobs: try rows.map { row in try JobRecord(row: row) }, total: try count[0].get("n"))
    }

    /// The newest job of a document.
    package static func latest(document: String, on connection: any Connection) throws -> JobRecord? {
        try connection.query(
            """
            SELECT \(JobRecord.columns) FROM \(JobRecord.tables) WHERE j.document_id = ?
            ORDER BY j.created_at DESC, j.id LIMIT 1
            """, [document]
        ).first.map { row in try JobRecord(row: row) }
    }

    /// How many jobs wait or run, and how old (in microseconds) the oldest claimable one is: the queue's signals.
    package static func queue(now: Int64, on connection: any Connection) throws -> QueueFigures {
        let rows = try connection.query(
            """
            SELECT COUNT(*) AS waiting, MIN(available_at) AS oldest FROM jobs
            WHERE state IN ('queued', 'retryable') AND status <> 'uploaded' AND available_at <= ?
            """, [now])
        let working = try connection.query("SELECT COUNT(*) AS n FROM jobs WHERE state = 'working'", [])
        let oldest = try rows[0].get("oldest", as: Int64?.self)
        return QueueFigures(
            waiting: try rows[0].get("waiting"), working: try working[0].get("n"),
            oldestAge: oldest.map { max(0, now - $0) } ?? 0)
    }
}

package struct QueueFigures: Sendable, Equatable {
    package var waiting: Int
    package var working: Int
    /// Microseconds.
    package var oldestAge: Int64
}
