import Documents
import FoundationEssentials
import Ledger

struct JobPage: Encodable {
    struct Pagination: Encodable {
        var limit: Int
        var offset: Int
        var total: Int
        var hasMore: Bool
    }
    var jobs: [JobSummary]
    var pagination: Pagination
}

struct JobSummary: Encodable {
    var jobId: String
    var status: String
    var state: String
    var retryCount: Int
    var documentId: String
    var filename: String
    var bytesLen: Int
    var createdAt: String
    var updatedAt: String

    init(_ job: JobRecord) {
        jobId = job.id
        status = job.status.rawValue
        state = job.state.rawValue
        retryCount = job.retryCount
        documentId = job.documentID
        filename = job.filename
        bytesLen = job.bytesLength
        createdAt = Timestamp.text(microseconds: job.createdAt)
        updatedAt = Timestamp.text(microseconds: job.updatedAt)
    }
}

struct JobDetail: Encodable {
    struct Progress: Encodable {
        var statusPct: Int
        var totalPct: Int
    }
    var jobId: String
    var status: String
    var state: String
    var retryCount: Int
    var progress: Progress
    /// What its provider calls cost, exactly.
    var costCents: Decimal
    var documentId: String
    var lastError: String?
    var updatedAt: String
    var correlationId: String
    /// The release of the worker that took it last.
    var workerRelease: String?

    init(_ job: JobRecord, cost: Nanodollars) {
        jobId = job.id
        status = job.status.rawValue
        state = job.state.rawValue
        retryCount = job.retryCount
        costCents = Decimal(cost.count) / 10_000_000
        progress = Progress(statusPct: job.progress.statusPercent, totalPct: job.progress.totalPercent)
        documentId = job.documentID
        lastError = job.lastError
        updatedAt = Timestamp.text(microseconds: job.updatedAt)
        correlationId = job.correlationID
        workerRelease = job.workerRelease
    }
}
