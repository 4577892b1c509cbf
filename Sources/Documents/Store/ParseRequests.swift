import Storage

/// A document that lies with the parser, so that whoever has its job next asks for the result instead of sending it again.
package struct ParseRequest: Sendable, Equatable {
    package var ticket: ParseTicket
    /// The purchase that pays for it.
    package var paymentKey: String
    /// As far as one knew before it was parsed.
    package var pages: Int
    /// Times are microseconds since 1970.
    package var heldAt: Int64
    package var submittedAt: Int64
    /// When it is given up.
    package var deadline: Int64
    /// How often its job waited for it without a worker.
    package var waits: Int

    package init(
        ticket: ParseTicket, paymentKey: String, pages: Int, heldAt: Int64, submittedAt: Int64, deadline: Int64,
        waits: Int = 0
    ) {
        self.ticket = ticket
        self.paymentKey = paymentKey
        self.pages = pages
        self.heldAt = heldAt
        self.submittedAt = submittedAt
        self.deadline = deadline
        self.waits = waits
    }
}

package enum ParseRequests {
    package static func find(job: String, on connection: any Connection) throws -> ParseRequest? {
        try connection.first("SELECT * FROM parse_requests WHERE job_id = ?", [job]).map { row in
            ParseRequest(
                ticket: ParseTicket(text: try row.get("ticket")), paymentKey: try row.get("payment_key"),
                pages: try row.get("pages"), heldAt: try row.get("held_at"), submittedAt: try row.get("submitted_at"),
                deadline: try row.get("deadline_at"), waits: try row.get("waits"))
        }
    }

    /// Records where the document lies, if the lease still holds.
    package static func store(
        _ request: ParseRequest, _ lease: JobLease, on connection: any Connection
    ) throws {
        _ = try JobCommits.held(lease, on: connection)
        try connection.execute(
            """
            INSERT INTO parse_requests (job_id, ticket, payment_key, pages, held_at, submitted_at, deadline_at, waits)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (job_id) DO UPDATE SET ticket = excluded.ticket, payment_key = excluded.payment_key,
                pages = excluded.pages, held_at = excluded.held_at, submitted_at = excluded.submitted_at,
                deadline_at = excluded.deadline_at, waits = excluded.waits
            """,
            [
                lease.jobID, request.ticket.text, request.paymentKey, request.pages, request.heldAt,
                request.submittedAt,
                request.deadline, request.waits,
            ])
    }

    package static func remove(job: String, on connection: any Connection) throws {
        try connection.execute("DELETE FROM parse_requests WHERE job_id = ?", [job])
    }

    /// Lets go of a job whose document the parser is still at: nobody works on it until `time`, or until the parser says that
    /// it is done. When it said so while the job was in hand, the job is there for the next worker at once.
    package static func wait(
        _ lease: JobLease, until time: Int64, now: Int64, on connection: any Connection
    ) throws {
        let job = try JobCommits.held(lease, on: connection)
        guard let request = try find(job: job.id, on: connection) else { return }
        var machine = job.machine
        _ = try machine.handle(.handedBack)
        try JobRows.update(job, to: machine, now: now, on: connection)
        try connection.execute(
            "UPDATE jobs SET available_at = ? WHERE id = ?", [min(time, request.deadline), job.id])
        try connection.execute("UPDATE parse_requests SET waits = waits + 1 WHERE job_id = ?", [job.id])
        // The claim was the last change of the job.
        guard try WebhookDeliveries.isFinal(job: job.id, since: job.updatedAt, on: connection) else { return }
        try connection.execute("UPDATE jobs SET available_at = ? WHERE id = ?", [now, job.id])
        try JobTopics.announceJobs(on: connection)
    }

    /// Ends the wait of jobs whose parser has said, since they began to wait, that it is done. What else a job does, it goes on
    /// doing, however often and late the parser says it.
    static func wakeHeard(now: Int64, on connection: any Connection) throws {
        let count = try connection.execute(
            """
            UPDATE jobs SET available_at = ? WHERE state = 'queued' AND status = 'parse_queued' AND available_at > ?
            AND id IN (SELECT p.job_id FROM parse_requests p JOIN webhook_deliveries w ON w.job_id = p.job_id
                WHERE w.status <> 'pending' AND w.received_at >= jobs.updated_at)
            """, [now, now])
        if count > 0 { try JobTopics.announceJobs(on: connection) }
    }
}
