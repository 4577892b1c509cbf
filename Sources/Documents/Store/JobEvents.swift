import Storage

/// Something that happened to a job, written with the change that it tells of.
package struct JobEvent: Sendable, Hashable {
    package enum Kind: String, Sendable, Codable {
        case uploaded, stageStarted = "stage_started", stageDone = "stage_done", retry, error, finalized
    }

    package enum Severity: String, Sendable, Codable {
        case info, warning, error
    }

    package var kind: Kind
    package var severity: Severity
    /// A short name that programs may compare: `parse`, `lease_expired`, `rate_limited`.
    package var code: String
    package var detail: String?

    package init(_ kind: Kind, code: String, severity: Severity = .info, detail: String? = nil) {
        self.kind = kind
        self.severity = severity
        self.code = code
        self.detail = detail
    }
}

/// An event as the outbox has it. `sequence` counts a job's events from 1 without gaps; `id` follows from both, so a
/// receiver may drop what it has seen.
package struct StoredJobEvent: Sendable, Equatable {
    package var id: String
    package var jobID: String
    package var sequence: Int
    package var event: JobEvent
    package var correlationID: String
    package var createdAt: Int64
    /// Its job's; nil when that is gone, or when it was not asked for.
    package var trace: TraceContext?

    init(row: Row) throws(DatabaseError) {
        id = try row.get("id")
        jobID = try row.get("job_id")
        sequence = try row.get("sequence")
        event = JobEvent(
            try row.name("kind"), code: try row.get("code"), severity: try row.name("severity"),
            detail: try row.get("detail"))
        correlationID = try row.get("correlation_id")
        createdAt = try row.get("created_at")
        guard row.columns.contains("trace_context") else { return }
        trace = TraceContext(stored: try row.get("trace_context", as: String?.self))
    }
}

package enum JobEvents {
    /// Adds to the outbox, in the transaction of the change.
    static func append(_ event: JobEvent, to job: JobRecord, now: Int64, on connection: any Connection) throws {
        let rows = try connection.query(
            "UPDATE jobs SET event_count = event_count + 1 WHERE id = ? RETURNING event_count", [job.id])
        guard let sequence = try rows.first?.get("event_count", as: Int.self) else { return }
        try connection.execute(
            """
            INSERT INTO job_events (id, job_id, sequence, kind, severity, code, detail, correlation_id, created_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                "\(job.id):\(sequence)", job.id, sequence, event.kind.rawValue, event.severity.rawValue, event.code,
                event.detail, job.correlationID, now,
            ])
    }

    /// A job's events, in order.
    package static func of(job: String, on connection: any Connection) throws -> [StoredJobEvent] {
        try connection.query("SELECT * FROM job_events WHERE job_id = ? ORDER BY sequence", [job])
            .map { row in try StoredJobEvent(row: row) }
    }
}
