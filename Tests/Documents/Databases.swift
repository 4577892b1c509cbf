import Documents
import Storage
import TestSupport
import Testing

/// The databases that every store test runs against.
enum TestDatabase: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case sqlite, postgresql, pgvector

    var testDescription: String { rawValue }

    /// Runs `body` with a fresh, migrated database.
    func with(_ body: (any Database) async throws -> Void) async throws {
        let folder = try TemporaryFolder()
        let address =
            switch self {
            case .sqlite: "sqlite:\(folder.file("documents.sqlite"))"
            case .postgresql: try await PostgresServer.freshDatabase()
            case .pgvector: try await PostgresServer.freshDatabase(.vectors)
            }
        let database = try Databases.open(address: address)
        for migrator in PipelineMigrations.all { try await migrator.migrate(database, now: 1) }
        if self == .pgvector {
            if let obstacle = try await VectorExtension.install(in: database) { throw DatabaseError.other(obstacle) }
            if let obstacle = try await ChunkIndex.prepare(database) { throw DatabaseError.other(obstacle) }
        }
        try await body(database)
        await database.close()
        withExtendedLifetime(folder) {}
    }
}

/// Microseconds.
let second: Int64 = 1_000_000

/// What tests do to a store again and again.
struct StoreDriver: Sendable {
    let database: any Database
    var limits = UploadLimits(concurrentJobs: 1000, uploadsPerDay: 1000)

    static func upload(_ number: Int, user: String = "ada", pin: String? = nil) -> NewUpload {
        NewUpload(
            userID: user, filename: "\(number).pdf", bytesLength: 100 + number, sha256: "sha-\(number)", ocr: false,
            correlationID: "correlation-\(number)", jobID: "job-\(user)-\(number)", webhookSecret: "secret",
            pinRelease: pin)
    }

    func create(_ upload: NewUpload, at now: Int64) async throws -> UploadOutcome {
        try await database.write { [limits] connection in
            try Uploads.create(upload, limits: limits, now: now, on: connection)
        }
    }

    /// A job whose bytes have arrived.
    @discardableResult
    func queue(_ number: Int, user: String = "ada", pin: String? = nil, at now: Int64 = 1) async throws -> JobRecord {
        let job = try await create(Self.upload(number, user: user, pin: pin), at: now).job
        return try await database.write { connection throws in
            guard let job = try Uploads.bytesArrived(job: job.id, now: now, on: connection) else {
                throw DatabaseError.other("no job")
            }
            return job
        }
    }

    func claim(
        by owner: String = "w1", release: String = "v1", share: JobBuckets = .all,
        stages: [JobStage] = JobStage.allCases, at now: Int64
    ) async throws -> ClaimedJob? {
        let request = ClaimRequest(
            owner: owner, release: release, share: share, stages: stages, leaseDuration: 20 * second,
            heartbeatTimeout: 10 * second)
        return try await database.write { connection in try JobQueue.claim(request, now: now, on: connection) }
    }

    func beat(_ instance: String, share: JobBuckets, release: String = "v1", at now: Int64) async throws {
        let worker = WorkerRecord(
            instance: instance, release: release, share: share, inFlight: 0, startedAt: 0, seenAt: now)
        try await database.write { connection in try Workers.beat(worker, on: connection) }
    }

    func job(_ id: String) async throws -> JobRecord? {
        try await database.read { connection in try JobList.job(id, on: connection) }
    }

    func events(_ id: String) async throws -> [StoredJobEvent] {
        try await database.read { connection in try JobEvents.of(job: id, on: connection) }
    }

    func advance(_ lease: JobLease, to status: JobStatus, at now: Int64) async throws {
        try await database.write { connection throws in
            _ = try JobCommits.advance(lease, to: status, now: now, on: connection)
        }
    }

    func fail(_ lease: JobLease, retryable: Bool, at now: Int64) async throws -> Int64? {
        let failure = JobFailure(stage: .parse, code: "test", message: "It failed.", isRetryable: retryable)
        return try await database.write { connection throws in
            try JobCommits.fail(lease, failure, jitter: 1, now: now, on: connection)
        }
    }
}
