import Storage

/// Many users' uploads, announced in one transaction.
extension Uploads {
    /// How many may be announced at once.
    package static let most = 32

    /// What a user has, as far as the limits go.
    private struct Standing {
        var active = 0
        var today = 0
        /// When the first of today's was announced.
        var first: Int64?
    }

    /// Announces uploads in a few statements however many they are, each within its user's limits, in their order. Those of
    /// one user wait for each other, in whatever process they are announced, so that read committed is enough.
    /// - Parameter uploads: at most `most`.
    /// - Returns: what became of each.
    package static func create(
        _ uploads: [NewUpload], limits: UploadLimits, now: Int64, on connection: any Connection
    ) throws -> [Result<UploadOutcome, UploadRefusal>] {
        try connection.takeTurns(uploads.map { turn(of: $0.userID) })
        let documents = uploads.map { DocumentIdentity.document(user: $0.userID, sha256: $0.sha256) }
        var known = try jobs(of: documents, on: connection)
        for (document, job) in known {
            known[document] = try extended(job, by: limits.timeToLive, now: now, on: connection)
        }
        for (upload, document) in zip(uploads, documents) where upload.ocr {
            try allowImages(of: document, known[document], on: connection)
        }
        let newcomers = zip(uploads, documents).filter { known[$1] == nil }.map(\.0.userID)
        var standings = try standings(of: newcomers, now: now, on: connection)
        var fresh: [JobRecord] = []
        let outcomes = zip(uploads, documents).map { upload, document -> Result<UploadOutcome, UploadRefusal> in
            if let job = known[document] { return .success(.existing(job)) }
            let standing = standings[upload.userID, default: Standing()]
            if let refusal = refusal(standing, limits, now: now) { return .failure(refusal) }
            let job = JobRecord(upload, document: document, expiry: now + limits.timeToLive, now: now)
            known[document] = job
            fresh.append(job)
            standings[upload.userID] = Standing(
                active: standing.active + 1, today: standing.today + 1, first: standing.first ?? now)
            return .success(.created(job))
        }
        try insert(fresh, on: connection)
        return outcomes
    }

    /// A document in whose pages no text was found may be announced as images, and then its job retried.
    private static func allowImages(of document: String, _ job: JobRecord?, on connection: any Connection) throws {
        guard let job, job.state == .deadletter, !job.ocr else { return }
        try connection.execute("UPDATE documents SET ocr = 1 WHERE id = ?", [document])
    }

    /// Waits for whoever else announces or retries something for this user, and holds to the user's limit of documents in work.
    /// - Throws: `UploadRefusal.tooManyJobs`, `DatabaseError`.
    package static func takeTurn(
        of user: String, limits: UploadLimits, now: Int64, on connection: any Connection
    ) throws {
        try connection.takeTurns([turn(of: user)])
        let active = try standings(of: [user], now: now, on: connection)[user]?.active ?? 0
        if active >= limits.concurrentJobs { throw UploadRefusal.tooManyJobs(limit: limits.concurrentJobs) }
    }

    private static func turn(of user: String) -> String { "uploads:\(user)" }

    /// The newest job of each document that there is.
    private static func jobs(of documents: [String], on connection: any Connection) throws -> [String: JobRecord] {
        let rows = try connection.query(
            """
            SELECT \(JobRecord.columns) FROM \(JobRecord.tables)
            WHERE j.document_id IN \(Placeholders.list(documents.count))
            ORDER BY j.created_at, j.id DESC
            """, documents)
        return try rows.reduce(into: [:]) { jobs, row in
            let job = try JobRecord(row: row)
            jobs[job.documentID] = job
        }
    }

    /// An announced upload whose time is over does not count: nobody can send its bytes any more.
    private static func standings(
        of users: [String], now: Int64, on connection: any Connection
    ) throws -> [String: Standing] {
        let users = Set(users).sorted()
        guard !users.isEmpty else { return [:] }
        let rows = try connection.query(
            """
            SELECT column1 AS user_id,
                (SELECT COUNT(*) FROM jobs WHERE user_id = column1 AND state IN ('queued', 'working', 'retryable')
                    AND (status <> 'uploaded' OR upload_expires_at > ?)) AS active,
                (SELECT COUNT(*) FROM upload_log WHERE user_id = column1 AND created_at > ?) AS today,
                (SELECT MIN(created_at) FROM upload_log WHERE user_id = column1 AND created_at > ?) AS first
            FROM (VALUES \(Placeholders.rows(users.count, of: 1))) AS asked
            """, [now, now - day, now - day] + users)
        return try rows.reduce(into: [:]) { standings, row in
            standings[try row.get("user_id")] = Standing(
                active: try row.get("active"), today: try row.get("today"), first: try row.get("first"))
        }
    }

    private static func refusal(_ standing: Standing, _ limits: UploadLimits, now: Int64) -> UploadRefusal? {
        if standing.active >= limits.concurrentJobs { return .tooManyJobs(limit: limits.concurrentJobs) }
        guard standing.today >= limits.uploadsPerDay else { return nil }
        let seconds = Int(max(1, ((standing.first ?? now) + day - now + 999_999) / 1_000_000))
        return .tooManyToday(limit: limits.uploadsPerDay, retryAfterSeconds: seconds)
    }

    private static func insert(_ jobs: [JobRecord], on connection: any Connection) throws {
        guard !jobs.isEmpty else { return }
        try insert(
            "documents (id, user_id, filename, bytes_len, sha256, ocr, created_at, mime)",
            jobs.map { job in
                [
                    job.documentID, job.userID, job.filename, job.bytesLength, job.sha256, job.ocr ? 1 : 0,
                    job.createdAt, "application/pdf",
                ]
            }, on: connection)
        try insert(
            """
            jobs (id, document_id, user_id, bucket, status, state, correlation_id, pin_release, webhook_secret,
                created_at, updated_at, available_at, upload_expires_at, trace_context)
            """,
            jobs.map { job in
                [
                    job.id, job.documentID, job.userID, job.bucket, job.status.rawValue, job.state.rawValue,
                    job.correlationID, job.pinRelease, job.webhookSecret, job.createdAt, job.updatedAt,
                    job.availableAt, job.uploadExpiresAt, job.trace?.stored,
                ]
            }, on: connection)
        try insert(
            "upload_log (job_id, user_id, created_at)", jobs.map { [$0.id, $0.userID, $0.createdAt] },
            on: connection)
    }

    private static func insert(
        _ table: String, _ rows: [[any SQLConvertible]], on connection: any Connection
    ) throws {
        let places = Placeholders.rows(rows.count, of: rows.first?.count ?? 0)
        try connection.execute("INSERT INTO \(table) VALUES \(places)", rows.flatMap(\.self))
    }
}
