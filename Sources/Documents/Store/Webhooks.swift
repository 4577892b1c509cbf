import Storage

/// What a provider says of a document's parsing. The raw values are those of LlamaCloud's events `parse.…`.
package enum ParseNotice: String, Sendable, CaseIterable {
    case pending, success, partialSuccess = "partial_success", error, cancelled

    /// From an event's type (`parse.success`) or a job's status (`SUCCESS`); nil when it is neither.
    package init?(_ text: String) {
        var word = text.lowercased()
        if word.hasPrefix("parse.") { word = String(word.dropFirst(6)) }
        if word == "canceled" { word = "cancelled" }
        self.init(rawValue: word)
    }

    /// Nothing follows: the result can be fetched, or there is none.
    package var isFinal: Bool { self != .pending }
}

/// What providers delivered to a job's webhook. A delivery is a hint and nothing more: it moves no job, so that none
/// that comes early, late or twice can undo what a worker wrote.
package enum WebhookDeliveries {
    /// Records a delivery, and wakes the workers when it is new and final: whoever waits for the result asks now.
    /// - Parameter digest: of the raw body, in hex.
    /// - Returns: whether it is new; a replay is counted, and changes nothing else.
    package static func receive(
        _ notice: ParseNotice, job: String, digest: String, now: Int64, on connection: any Connection
    ) throws -> Bool {
        let isNew = try record(job: job, digest: digest, status: notice.rawValue, now: now, on: connection)
        if isNew, notice.isFinal { try ParseRequests.wakeHeard(now: now, on: connection) }
        return isNew
    }

    /// Whether the provider has said, at `since` or later, that it is done with the job.
    package static func isFinal(job: String, since: Int64, on connection: any Connection) throws -> Bool {
        let rows = try connection.query(
            "SELECT status FROM webhook_deliveries WHERE job_id = ? AND received_at >= ?", [job, since])
        return try rows.contains { row in
            try ParseNotice(row.get("status", as: String.self))?.isFinal == true
        }
    }

    /// - Returns: whether the delivery is new.
    private static func record(
        job: String, digest: String, status: String, now: Int64, on connection: any Connection
    ) throws -> Bool {
        let inserted = try connection.execute(
            """
            INSERT INTO webhook_deliveries (job_id, digest, status, received_at) VALUES (?, ?, ?, ?)
            ON CONFLICT (job_id, digest) DO NOTHING
            """, [job, digest, status, now])
        if inserted == 1 { return true }
        try connection.execute(
            "UPDATE webhook_deliveries SET replays = replays + 1 WHERE job_id = ? AND digest = ?", [job, digest])
        return false
    }
}
