import Storage

/// What users see of their jobs. Every function takes the user, and shows nobody else's.
package enum JobList {
    /// A job in a list.
    package struct Line: Sendable, Equatable {
        package var id: String
        package var status: JobStatus
        package var state: JobState
        package var retryCount: Int
        package var documentID: String
        package var filename: String
        package var bytesLength: Int
        /// Microseconds since 1970.
        package var createdAt: Int64
        package var updatedAt: Int64

        static let columns = """
            j.id, j.status, j.state, j.retry_count, j.document_id, d.filename, d.bytes_len, j.created_at, j.updated_at
            """

        init(row: Row) throws(DatabaseError) {
            id = try row.get("id")
            status = try row.name("status")
            state = try row.name("state")
            retryCount = try row.get("retry_count")
            documentID = try row.get("document_id")
            filename = try row.get("filename")
            bytesLength = try row.get("bytes_len")
            createdAt = try row.get("created_at")
            updatedAt = try row.get("updated_at")
        }
    }

    package struct Page: Sendable, Equatable {
        package var jobs: [Line]
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

    /// A user's jobs, newest first, in one statement as a rule.
    /// - Parameters:
    ///   - limit: clamped to 1…100.
    ///   - offset: negative counts as 0.
    package static func page(
        user: String, state: JobState? = nil, limit: Int, offset: Int, on connection: any Connection
    ) throws -> Page {
        let filter = state == nil ? "" : " AND j.state = ?"
        let arguments: [any SQLConvertible] = state.map { [user, $0.rawValue] } ?? [user]
        let count = "SELECT COUNT(*) AS total FROM jobs j WHERE j.user_id = ?\(filter)"
        // What the statement names its plan can count with, so that the first page, which is asked for most, is planned once.
        let start: [any SQLConvertible] = offset > 0 ? [offset] : []
        let rows = try connection.query(
            """
            SELECT \(Line.columns), (\(count)) AS total FROM \(JobRecord.tables) WHERE j.user_id = ?\(filter)
            ORDER BY j.created_at DESC, j.id LIMIT \(min(max(limit, 1), 100))\(start.isEmpty ? "" : " OFFSET ?")
            """, arguments + arguments + start)
        // Beyond the last page no row tells how many there are.
        let total = try rows.first ?? connection.query(count, arguments)[0]
        return Page(jobs: try rows.map { row in try Line(row: row) }, total: try total.get("total"))
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
