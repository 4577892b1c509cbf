import Storage

/// One job's next events for one receiver, in the hands of one worker.
package struct EventStream: Sendable, Equatable {
    package let receiver: String
    package let jobID: String
    /// How often the first of the events has failed so far.
    package let attempts: Int
    /// Fences out whoever held the stream before.
    package let epoch: Int
    /// In order, without gaps; never empty.
    package let events: [StoredJobEvent]

    /// How often the event after the first `delivered` has failed, with this time.
    package func failures(after delivered: Int) -> Int { (delivered == 0 ? attempts : 0) + 1 }
}

/// What became of a stream's events.
package struct EventStreamOutcome: Sendable, Equatable {
    /// The first so many have arrived.
    package var delivered: Int
    /// Why the next one has not, if it was tried.
    package var failure: String?
    /// When that one is tried again (microseconds since 1970); nil when it is given up and becomes a dead letter.
    package var retryAt: Int64?

    package init(delivered: Int, failure: String? = nil, retryAt: Int64? = nil) {
        self.delivered = delivered
        self.failure = failure
        self.retryAt = retryAt
    }
}

/// The outbox's way out: events to receivers, each job's in order, at least once. A receiver gets what was written since it
/// was first known.
package enum EventStreams {
    /// How many events of a job are handed out at once.
    static let batch = 20

    /// Whether `relay` or `claim` would find something. Cheap, and takes no lock.
    package static func hasWork(for receiver: String, now: Int64, on connection: any Connection) throws -> Bool {
        let rows = try connection.query(
            """
            SELECT 1 FROM event_streams WHERE receiver = ? AND available_at <= ?
            UNION ALL
            SELECT 1 FROM job_events WHERE delivered_at IS NULL
            AND created_at >= (SELECT MIN(since) FROM event_receivers)
            LIMIT 1
            """, [receiver, now])
        return !rows.isEmpty
    }

    /// Hands new events over to the streams of `receivers`, and of those that workers of another release serve: an event is
    /// handed over once, and whoever does it does it for all.
    /// - Returns: how many events it handed over.
    @discardableResult
    package static func relay(
        to receivers: [String], limit: Int = 200, now: Int64, on connection: any Connection
    ) throws -> Int {
        let rows = try connection.query(
            """
            SELECT id, job_id FROM job_events WHERE delivered_at IS NULL
            AND created_at >= (SELECT MIN(since) FROM event_receivers)
            ORDER BY created_at LIMIT ?\(connection.dialect.forUpdateSkipLocked)
            """, [limit])
        guard !rows.isEmpty else { return 0 }
        try saw(receivers, now: now, on: connection)
        let receivers = Set(receivers).union(try served(now: now, on: connection)).sorted()
        for job in Set(try rows.map { row in try row.get("job_id", as: String.self) }).sorted() {
            for receiver in receivers { try wake(receiver, job, now: now, on: connection) }
        }
        let ids = try rows.map { row in try row.get("id", as: String.self) }
        let places = ids.map { _ in "?" }.joined(separator: ", ")
        try connection.execute("UPDATE job_events SET delivered_at = ? WHERE id IN (\(places))", [now] + ids)
        return ids.count
    }

    private static func wake(_ receiver: String, _ job: String, now: Int64, on connection: any Connection) throws {
        try connection.execute(
            """
            INSERT INTO event_streams (receiver, job_id, available_at, updated_at) VALUES (?, ?, ?, ?)
            ON CONFLICT (receiver, job_id) DO UPDATE
            SET available_at = COALESCE(event_streams.available_at, excluded.available_at)
            """, [receiver, job, now, now])
    }

    /// Takes the streams that have been due longest. Whoever does not settle one within `lease` (microseconds) has lost it.
    package static func claim(
        for receiver: String, limit: Int, lease: Int64, now: Int64, on connection: any Connection
    ) throws -> [EventStream] {
        let rows = try connection.query(
            """
            SELECT job_id, position, attempts, lease_epoch FROM event_streams
            WHERE receiver = ? AND available_at <= ? ORDER BY available_at, job_id
            LIMIT ?\(connection.dialect.forUpdateSkipLocked)
            """, [receiver, now, limit])
        return try rows.compactMap { row in
            let job = try row.get("job_id", as: String.self)
            let position = try row.get("position", as: Int.self)
            let events = try next(of: job, after: position, for: receiver, on: connection)
            let epoch = try row.get("lease_epoch", as: Int.self) + 1
            try connection.execute(
                "UPDATE event_streams SET available_at = ?, lease_epoch = ? WHERE receiver = ? AND job_id = ?",
                [events.isEmpty ? nil : now + lease, epoch, receiver, job])
            guard !events.isEmpty else { return nil }
            return EventStream(
                receiver: receiver, jobID: job, attempts: try row.get("attempts"), epoch: epoch, events: events)
        }
    }

    private static func next(
        of job: String, after position: Int, for receiver: String, on connection: any Connection
    ) throws -> [StoredJobEvent] {
        try connection.query(
            """
            SELECT e.*, j.trace_context FROM job_events e LEFT JOIN jobs j ON j.id = e.job_id
            WHERE e.job_id = ? AND e.sequence > ?
            AND e.created_at >= COALESCE(
                (SELECT since FROM event_streams WHERE receiver = ? AND job_id = ?),
                (SELECT since FROM event_receivers WHERE receiver = ?))
            ORDER BY e.sequence LIMIT ?
            """, [job, position, receiver, job, receiver, batch]
        ).map { row in try StoredJobEvent(row: row) }
    }

    /// Records what became of a stream's events, and lets go of it.
    /// - Returns: whether it was still held; otherwise nothing is recorded.
    @discardableResult
    package static func settle(
        _ stream: EventStream, _ outcome: EventStreamOutcome, now: Int64, on connection: any Connection
    ) throws -> Bool {
        let failed = outcome.failure == nil ? nil : stream.events.dropFirst(outcome.delivered).first
        let attempts = failed == nil ? 0 : stream.failures(after: outcome.delivered)
        let isDead = failed != nil && outcome.retryAt == nil
        let passed = outcome.delivered + (isDead ? 1 : 0)
        let position = passed > 0 ? stream.events[passed - 1].sequence : stream.events[0].sequence - 1
        let due = try outcome.retryAt ?? (hasMore(stream, after: position, on: connection) ? now : nil)
        let held = try connection.execute(
            """
            UPDATE event_streams SET position = ?, attempts = ?, available_at = ?, last_error = ?, updated_at = ?
            WHERE receiver = ? AND job_id = ? AND lease_epoch = ?
            """,
            [
                position, isDead ? 0 : attempts, due, outcome.failure, now, stream.receiver, stream.jobID, stream.epoch,
            ])
        guard held == 1 else { return false }
        if isDead, let failed, let reason = outcome.failure {
            try EventDeadLetters.bury(failed, stream, attempts, reason, now: now, on: connection)
        }
        return true
    }

    private static func hasMore(
        _ stream: EventStream, after position: Int, on connection: any Connection
    ) throws -> Bool {
        try connection.first(
            "SELECT 1 FROM job_events WHERE job_id = ? AND sequence > ? LIMIT 1", [stream.jobID, position]) != nil
    }

    /// How many jobs have events on their way, and how many events were given up, over all receivers.
    package static func figures(on connection: any Connection) throws -> EventFigures {
        let row = try connection.query(
            """
            SELECT (SELECT COUNT(*) FROM event_streams WHERE available_at IS NOT NULL) AS waiting,
                (SELECT COUNT(*) FROM event_dead_letters) AS dead
            """)[0]
        return EventFigures(waitingStreams: try row.get("waiting"), deadLetters: try row.get("dead"))
    }
}

package struct EventFigures: Sendable, Equatable {
    package var waitingStreams: Int
    package var deadLetters: Int

    package init(waitingStreams: Int, deadLetters: Int) {
        self.waitingStreams = waitingStreams
        self.deadLetters = deadLetters
    }
}
