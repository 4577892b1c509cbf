import Contract
import Documents
import FoundationEssentials
import Ledger

struct JobPage: Described {
    var jobs: [JobSummary]
    var pagination: Pagination
    static let example = JobPage(jobs: [.example], pagination: .example)
}

struct JobSummary: Described {
    var jobId: String
    var status: String
    var state: String
    var retryCount: Int
    var documentId: String
    var filename: String
    var bytesLen: Int
    var createdAt: String
    var updatedAt: String

    static let example = JobSummary(
        jobId: "a", status: "complete", state: "done", retryCount: 0, documentId: "b", filename: "policy.pdf",
        bytesLen: 1, createdAt: "c", updatedAt: "d")
    static let rules: [String: FieldRule] = [
        "jobId": .uuid, "status": .status, "state": .state, "documentId": .uuid, "createdAt": .time, "updatedAt": .time,
    ]
}

extension JobSummary {
    init(_ job: JobList.Line) {
        self.init(
            jobId: job.id, status: job.status.rawValue, state: job.state.rawValue, retryCount: job.retryCount,
            documentId: job.documentID, filename: job.filename, bytesLen: job.bytesLength,
            createdAt: Timestamp.text(microseconds: job.createdAt),
            updatedAt: Timestamp.text(microseconds: job.updatedAt))
    }
}

extension JobPage: WrittenAnswer {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.key("jobs")
            json.array { json in
                for job in jobs { job.write(to: &json) }
            }
            json.key("pagination")
            json.object { json in
                json.member("limit", pagination.limit)
                json.member("offset", pagination.offset)
                json.member("total", pagination.total)
                json.member("has_more", pagination.hasMore)
            }
        }
    }
}

extension JobSummary {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("job_id", jobId)
            json.member("status", status)
            json.member("state", state)
            json.member("retry_count", retryCount)
            json.member("document_id", documentId)
            json.member("filename", filename)
            json.member("bytes_len", bytesLen)
            json.member("created_at", createdAt)
            json.member("updated_at", updatedAt)
        }
    }
}

extension FieldRule {
    static let status = FieldRule.values(JobStatus.allCases.map(\.rawValue), "How far it is")
    static let state = FieldRule.values(JobState.allCases.map(\.rawValue), "Who may act on it")
}

struct JobDetail: Described {
    struct Progress: Described {
        var statusPct: Int
        var totalPct: Int

        static let example = Progress(statusPct: 100, totalPct: 100)
        static let rules: [String: FieldRule] = [
            "statusPct": .integer("Of the way that jobs go", 0...100),
            "totalPct": .integer("Of the whole work", 0...100),
        ]
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

    static let example = JobDetail(
        jobId: "a", status: "complete", state: "done", retryCount: 0, progress: .example, costCents: 1,
        documentId: "b", lastError: "c", updatedAt: "d", correlationId: "e", workerRelease: "v1")
    static let rules: [String: FieldRule] = [
        "jobId": .uuid, "status": .status, "state": .state, "documentId": .uuid, "updatedAt": .time,
        "costCents": FieldRule(summary: "What its provider calls cost, in US cents"),
        "workerRelease": .text("The release of the worker that took it last"),
    ]
}

extension JobDetail {
    init(_ job: JobRecord, cost: Nanodollars) {
        self.init(
            jobId: job.id, status: job.status.rawValue, state: job.state.rawValue, retryCount: job.retryCount,
            progress: Progress(statusPct: job.progress.statusPercent, totalPct: job.progress.totalPercent),
            costCents: Decimal(cost.count) / 10_000_000, documentId: job.documentID, lastError: job.lastError,
            updatedAt: Timestamp.text(microseconds: job.updatedAt), correlationId: job.correlationID,
            workerRelease: job.workerRelease)
    }
}

struct RetriedJob: Described {
    var message = "The job is queued again."
    var jobId: String
    var newState: String

    static let example = RetriedJob(jobId: "a", newState: "queued")
    static let rules: [String: FieldRule] = ["jobId": .uuid, "newState": .state]
}
