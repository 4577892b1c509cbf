import Storage

/// What a user announces before sending the bytes.
package struct NewUpload: Sendable {
    package var userID: String
    package var filename: String
    package var bytesLength: Int
    package var sha256: String
    package var ocr: Bool
    package var correlationID: String
    /// A new random id, used if this becomes a new job.
    package var jobID: String
    /// A new random key for the job's webhooks.
    package var webhookSecret: String
    /// Only a worker of this release may take the job (smoke tests).
    package var pinRelease: String?
    package var trace: TraceContext?

    package init(
        userID: String, filename: String, bytesLength: Int, sha256: String, ocr: Bool, correlationID: String,
        jobID: String, webhookSecret: String, pinRelease: String? = nil, trace: TraceContext? = nil
    ) {
        self.userID = userID
        self.filename = filename
        self.bytesLength = bytesLength
        self.sha256 = sha256
        self.ocr = ocr
        self.correlationID = correlationID
        self.jobID = jobID
        self.webhookSecret = webhookSecret
        self.pinRelease = pinRelease
        self.trace = trace
    }
}

/// What one user may have.
package struct UploadLimits: Sendable {
    package var concurrentJobs: Int
    package var uploadsPerDay: Int
    /// How long an announced upload waits for its bytes, in microseconds.
    package var timeToLive: Int64

    package init(concurrentJobs: Int, uploadsPerDay: Int, timeToLive: Int64 = 300_000_000) {
        self.concurrentJobs = concurrentJobs
        self.uploadsPerDay = uploadsPerDay
        self.timeToLive = timeToLive
    }
}

package enum UploadOutcome: Sendable, Equatable {
    case created(JobRecord)
    /// The user has handed in these bytes before. Its upload may still be outstanding (`status` `uploaded`): then
    /// its time was extended, and the caller gets a new signed URL.
    case existing(JobRecord)

    package var job: JobRecord {
        switch self {
        case .created(let job), .existing(let job): job
        }
    }

    /// A short word for metrics and logs.
    package var name: String {
        switch self {
        case .created: "created"
        case .existing: "existing"
        }
    }
}

/// The user has reached a limit.
package enum UploadRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    case tooManyJobs(limit: Int)
    case tooManyToday(limit: Int, retryAfterSeconds: Int)

    package var description: String {
        switch self {
        case .tooManyJobs(let limit):
            "You already have \(limit) documents in progress; wait until one is done."
        case .tooManyToday(let limit, let seconds):
            "You have uploaded \(limit) documents within a day; try again in \(seconds) seconds."
        }
    }
}

package enum Uploads {
    static let day: Int64 = 86_400_000_000

    /// Announces an upload, within the user's limits. All of it happens in `connection`'s transaction, so that the
    /// limits hold across replicas.
    /// - Throws: `UploadRefusal`, `DatabaseError`.
    package static func create(
        _ upload: NewUpload, limits: UploadLimits, now: Int64, on connection: any Connection
    ) throws -> UploadOutcome {
        try create([upload], limits: limits, now: now, on: connection)[0].get()
    }

    /// Records that the bytes are stored and are what was announced: from now on a worker may take the job.
    /// Doing it again changes nothing.
    /// - Returns: the job, or nil when there is none of that id.
    @discardableResult
    package static func bytesArrived(job id: String, now: Int64, on connection: any Connection) throws -> JobRecord? {
        guard let job = try JobRows.locked(id, on: connection), job.status == .uploaded else {
            return try JobRows.find(id, on: connection)
        }
        var machine = job.machine
        _ = try machine.handle(.bytesArrived)
        try JobRows.update(job, to: machine, now: now, on: connection)
        try connection.execute("UPDATE jobs SET available_at = ? WHERE id = ?", [now, id])
        try JobEvents.append(.init(.uploaded, code: "bytes_arrived"), to: job, now: now, on: connection)
        try JobTopics.announceJobs(on: connection)
        return try JobRows.find(id, on: connection)
    }

    /// Gives an upload that waits for its bytes more time.
    static func extended(
        _ job: JobRecord, by timeToLive: Int64, now: Int64, on connection: any Connection
    ) throws -> JobRecord {
        guard job.status == .uploaded else { return job }
        try connection.execute(
            "UPDATE jobs SET upload_expires_at = ?, updated_at = ? WHERE id = ?", [now + timeToLive, now, job.id])
        return try JobRows.find(job.id, on: connection) ?? job
    }
}
