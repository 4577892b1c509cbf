import Storage

/// One job with what its document says about itself, as the database has it. Times are microseconds since 1970.
package struct JobRecord: Sendable, Equatable {
    package var id: String
    package var documentID: String
    package var userID: String
    package var status: JobStatus
    package var state: JobState
    package var retryCount: Int
    package var lostLeases: Int
    package var bucket: Int
    package var correlationID: String
    /// Only a worker of this release may take the job.
    package var pinRelease: String?
    /// The release of the worker that took it last.
    package var workerRelease: String?
    package var lastError: String?
    package var createdAt: Int64
    package var updatedAt: Int64
    /// Not before this may a worker take it.
    package var availableAt: Int64
    /// Until when its bytes may be uploaded.
    package var uploadExpiresAt: Int64
    /// Counts its claims; whoever holds an older one has lost the job.
    package var leaseEpoch: Int
    package var filename: String
    package var bytesLength: Int
    package var sha256: String
    package var ocr: Bool
    /// The key that signs this job's webhooks.
    package var webhookSecret: String
    /// Where the request that announced it stands in a trace; nil when an earlier release took it.
    package var trace: TraceContext?

    package var machine: JobMachine {
        JobMachine(
            status: status, state: state, retryCount: retryCount, lostLeases: lostLeases,
            isPinned: pinRelease != nil)
    }

    /// How far the status has come within the path, and how much of the whole work is done, both in per cent.
    package var progress: JobProgress {
        JobProgress(statusPercent: status.isTerminal ? 100 : 0, totalPercent: status.totalPercent)
    }

    static let columns = """
        j.id, j.document_id, j.user_id, j.status, j.state, j.retry_count, j.lost_leases, j.bucket, j.correlation_id, \
        j.pin_release, j.worker_release, j.last_error, j.created_at, j.updated_at, j.available_at, \
        j.upload_expires_at, j.lease_epoch, j.webhook_secret, j.trace_context, \
        d.filename, d.bytes_len, d.sha256, d.ocr
        """
    static let tables = "jobs j JOIN documents d ON d.id = j.document_id"

    /// The same behind an `UPDATE jobs`, for `RETURNING`, which knows no other table.
    static let returned = """
        id, document_id, user_id, status, state, retry_count, lost_leases, bucket, correlation_id, pin_release, \
        worker_release, last_error, created_at, updated_at, available_at, upload_expires_at, lease_epoch, \
        webhook_secret, trace_context, \(["filename", "bytes_len", "sha256", "ocr"].map { column in
            "(SELECT d.\(column) FROM documents d WHERE d.id = document_id) AS \(column)"
        }.joined(separator: ", "))
        """

    /// As it is announced.
    init(_ upload: NewUpload, document: String, expiry: Int64, now: Int64) {
        (id, documentID, userID) = (upload.jobID, document, upload.userID)
        (status, state, retryCount, lostLeases, leaseEpoch) = (.uploaded, .queued, 0, 0, 0)
        bucket = DocumentIdentity.bucket(job: upload.jobID)
        (correlationID, pinRelease, webhookSecret) = (upload.correlationID, upload.pinRelease, upload.webhookSecret)
        (createdAt, updatedAt, availableAt, uploadExpiresAt) = (now, now, now, expiry)
        (filename, bytesLength, sha256, ocr) = (upload.filename, upload.bytesLength, upload.sha256, upload.ocr)
        trace = upload.trace
    }

    init(row: Row) throws(DatabaseError) {
        id = try row.get("id")
        documentID = try row.get("document_id")
        userID = try row.get("user_id")
        status = try row.name("status")
        state = try row.name("state")
        retryCount = try row.get("retry_count")
        lostLeases = try row.get("lost_leases")
        bucket = try row.get("bucket")
        correlationID = try row.get("correlation_id")
        pinRelease = try row.get("pin_release")
        workerRelease = try row.get("worker_release")
        lastError = try row.get("last_error")
        createdAt = try row.get("created_at")
        updatedAt = try row.get("updated_at")
        availableAt = try row.get("available_at")
        uploadExpiresAt = try row.get("upload_expires_at")
        leaseEpoch = try row.get("lease_epoch")
        filename = try row.get("filename")
        bytesLength = try row.get("bytes_len")
        sha256 = try row.get("sha256")
        ocr = try row.get("ocr", as: Int.self) != 0
        webhookSecret = try row.get("webhook_secret")
        trace = TraceContext(stored: try row.get("trace_context", as: String?.self))
    }
}

/// What the API tells about a job's progress, in per cent.
package struct JobProgress: Sendable, Equatable {
    package var statusPercent: Int
    package var totalPercent: Int
}

extension Row {
    /// A column that holds one of an enum's names.
    func name<Name: RawRepresentable>(_ column: String) throws(DatabaseError) -> Name where Name.RawValue == String {
        let text = try get(column, as: String.self)
        guard let name = Name(rawValue: text) else {
            throw .unexpectedColumn(name: column, reason: "\(text) is not a \(Name.self)")
        }
        return name
    }
}
