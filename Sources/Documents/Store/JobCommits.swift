import Storage

/// Why a stage failed.
package struct JobFailure: Sendable, Equatable {
    package var stage: JobStage
    package var code: String
    /// One sentence for the user; no secrets.
    package var message: String
    package var isRetryable: Bool
    /// What the provider asked for.
    package var retryAfter: Duration?

    package init(stage: JobStage, code: String, message: String, isRetryable: Bool, retryAfter: Duration? = nil) {
        self.stage = stage
        self.code = code
        self.message = message
        self.isRetryable = isRetryable
        self.retryAfter = retryAfter
    }
}

/// What a worker writes about the job that it holds. Every function checks the lease in the same transaction, and
/// throws `LeaseLost` before it writes anything when somebody else has the job by now. Put what the stage produced,
/// and the posting that pays for it, into the same transaction.
package enum JobCommits {
    /// Moves the job on to `status`, with the events that tell of it.
    /// - Returns: the job as it is now.
    @discardableResult
    package static func advance(
        _ lease: JobLease, to status: JobStatus, events: [JobEvent] = [], now: Int64, on connection: any Connection
    ) throws -> JobRecord {
        let job = try held(lease, on: connection)
        var machine = job.machine
        let consequence = try machine.handle(.advanced(to: status))
        try JobRows.update(job, to: machine, now: now, on: connection)
        for event in events { try JobEvents.append(event, to: job, now: now, on: connection) }
        if consequence == .finished {
            try connection.execute("UPDATE jobs SET last_error = NULL WHERE id = ?", [job.id])
            try JobEvents.append(.init(.finalized, code: "complete"), to: job, now: now, on: connection)
        }
        return try held(lease, on: connection, working: consequence != .finished)
    }

    /// Tells of something without moving the job.
    package static func note(
        _ lease: JobLease, _ event: JobEvent, now: Int64, on connection: any Connection
    ) throws {
        try JobEvents.append(event, to: try held(lease, on: connection), now: now, on: connection)
    }

    /// Gives the job back untouched: no attempt is counted.
    /// - Parameter delay: microseconds until it is claimable again.
    package static func handBack(
        _ lease: JobLease, reason: String, delay: Int64 = 0, now: Int64, on connection: any Connection
    ) throws {
        let job = try held(lease, on: connection)
        var machine = job.machine
        _ = try machine.handle(.handedBack)
        try JobRows.update(job, to: machine, now: now, on: connection)
        if delay > 0 {
            try connection.execute("UPDATE jobs SET available_at = ? WHERE id = ?", [now + delay, job.id])
        }
        try JobEvents.append(.init(.retry, code: "handed_back", detail: reason), to: job, now: now, on: connection)
        try JobTopics.announceJobs(on: connection)
    }

    /// Records a failure: another attempt after a back-off, or the dead letters.
    /// - Parameter jitter: 0..<1.
    /// - Returns: when the job is tried again (microseconds since 1970); nil when it is not.
    @discardableResult
    package static func fail(
        _ lease: JobLease, _ failure: JobFailure, jitter: Double, now: Int64, on connection: any Connection
    ) throws -> Int64? {
        let job = try held(lease, on: connection)
        var machine = job.machine
        let event: JobMachine.Event = failure.isRetryable ? .failedTransiently : .failedPermanently
        let consequence = try machine.handle(event)
        try JobRows.update(job, to: machine, now: now, on: connection)
        guard case .retryLater(let attempt) = consequence else {
            try JobQueue.bury(job, code: failure.code, why: failure.message, now: now, on: connection)
            return nil
        }
        let delay = RetrySchedule.delay(attempt: attempt, jitter: jitter, retryAfter: failure.retryAfter)
        let next = now + delay.microseconds
        try connection.execute(
            "UPDATE jobs SET available_at = ?, last_error = ? WHERE id = ?", [next, failure.message, job.id])
        let retry = JobEvent(.retry, code: failure.code, severity: .warning, detail: failure.message)
        try JobEvents.append(retry, to: job, now: now, on: connection)
        return next
    }

    /// Queues a failed job again, from the stage that failed, because its user asks for it.
    /// - Throws: `JobTransitionError` unless it is retryable or dead.
    /// - Returns: nil when the user has no such job.
    package static func retry(
        job id: String, user: String, now: Int64, on connection: any Connection
    ) throws -> JobRecord? {
        guard let job = try JobRows.locked(id, on: connection), job.userID == user else { return nil }
        var machine = job.machine
        _ = try machine.handle(.retried)
        try JobRows.update(job, to: machine, now: now, on: connection)
        try connection.execute("UPDATE jobs SET available_at = ? WHERE id = ?", [now, id])
        try JobEvents.append(.init(.retry, code: "asked_for"), to: job, now: now, on: connection)
        try JobTopics.announceJobs(on: connection)
        return try JobRows.find(id, on: connection)
    }

    /// The job, if the lease still holds.
    package static func held(
        _ lease: JobLease, on connection: any Connection, working: Bool = true
    ) throws -> JobRecord {
        guard let job = try JobRows.locked(lease.jobID, on: connection), job.leaseEpoch == lease.epoch,
            job.state == .working || !working
        else { throw LeaseLost(jobID: lease.jobID) }
        return job
    }
}

extension Duration {
    /// Whole microseconds, rounded down.
    package var microseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }
}
