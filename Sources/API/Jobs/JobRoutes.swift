import Documents
import HTTPTypes
import Hummingbird
import Ledger
import Logging
import Storage

/// What a caller sees of their own jobs and documents; everybody else's do not exist.
struct JobRoutes: Sendable {
    let database: any Database
    let storage: any ObjectStorage
    let limits: UploadLimits
    let metrics: RequestMetrics
    let clock: MicrosecondClock

    /// How often a job may be looked at.
    static let pollsPerMinute = 10
    private static let minute: Int64 = 60_000_000

    var endpoints: [Endpoint] {
        let missing = Endpoint.Refusal(.notFound, "There is none of that id, or it is somebody else's.")
        return [
            Endpoint(
                .get, "/api/v2/jobs", "List one's jobs, newest first", .caller(.reader),
                parameters: PageRequest.parameters + [
                    .init(
                        name: "state", place: .query,
                        rule: .values(JobState.allCases.map(\.rawValue), "Only jobs in this state"))
                ],
                gives: JobPage.self, refuses: [.init(.unprocessableContent, "A parameter is wrong.")]
            ) { request, context in try await list(request, try context.requireCaller()) }.quick,
            Endpoint(
                .get, "/api/v2/jobs/{id}", "Look at a job, at most \(Self.pollsPerMinute) times a minute",
                .caller(.reader), gives: JobDetail.self, refuses: [missing]
            ) { _, context in try await show(try context.identifier("job"), try context.requireCaller()) }.quick,
            Endpoint(
                .post, "/api/v2/jobs/{id}/retry", "Queue a failed job again", .caller(.user), gives: RetriedJob.self,
                refuses: [
                    missing, .init(.badRequest, "The job has not failed."),
                    .init(.tooManyRequests, "Too many documents in work."),
                ]
            ) { _, context in
                do {
                    let job = try await retry(try context.identifier("job"), try context.requireCaller())
                    metrics.retried(job.newState)
                    return job
                } catch {
                    metrics.retried(APIError(cause: error).code)
                    throw error
                }
            },
            Endpoint(
                .delete, "/api/v2/documents/{id}", "Delete a document, its chunks and its file", .caller(.user),
                refuses: [missing]
            ) { _, context in
                try await delete(try context.identifier("document"), try context.requireCaller(), context)
            },
        ]
    }

    private func list(_ request: Request, _ caller: Caller) async throws -> JobPage {
        let asked = try PageRequest(request)
        var state: JobState?
        if let text = request.uri.queryParameters["state"] {
            state = JobState(rawValue: String(text))
            guard state != nil else {
                throw APIError.invalid(
                    "state", "must be one of \(JobState.allCases.map(\.rawValue).joined(separator: ", "))")
            }
        }
        let filter = state
        let page = try await database.read(.eachStatement) { connection in
            try JobList.page(user: caller.id, state: filter, limit: asked.limit, offset: asked.offset, on: connection)
        }
        return JobPage(
            jobs: page.jobs.map(JobSummary.init),
            pagination: Pagination(asked, count: page.jobs.count, total: page.total))
    }

    /// Only a look at one's own job counts as a poll: nobody uses up another's.
    private func show(_ id: String, _ caller: Caller) async throws -> JobDetail {
        let found = try await database.read(.eachStatement) { connection -> (JobRecord, Nanodollars)? in
            guard let job = try JobList.job(id, user: caller.id, on: connection) else { return nil }
            return (job, try Ledger.cost(of: job.id, on: connection))
        }
        guard let (job, cost) = found else { throw APIError.notFound("job") }
        let now = clock()
        let poll = try await database.write { connection in
            try RequestLimits.count(
                "poll:\(id)", limit: Self.pollsPerMinute, window: Self.minute, now: now, on: connection)
        }
        if case .refused(let seconds) = poll {
            throw APIError.tooMany(
                "A job may be looked at \(Self.pollsPerMinute) times a minute.", retryAfter: seconds)
        }
        return JobDetail(job, cost: cost)
    }

    private func retry(_ id: String, _ caller: Caller) async throws -> RetriedJob {
        let (now, limits) = (clock(), limits)
        let job: JobRecord?
        do {
            job = try await database.write(.readCommitted) { connection in
                try Uploads.takeTurn(of: caller.id, limits: limits, now: now, on: connection)
                return try JobCommits.retry(job: id, user: caller.id, now: now, on: connection)
            }
        } catch let error as JobTransitionError {
            throw APIError(
                .badRequest, "not_retryable", "The job is \(error.state.rawValue); only a failed job can be retried.")
        }
        guard let job else { throw APIError.notFound("job") }
        return RetriedJob(jobId: job.id, newState: job.state.rawValue)
    }

    private func delete(_ document: String, _ caller: Caller, _ context: APIContext) async throws {
        let now = clock()
        let found = try await database.write { connection in
            try DocumentContents.delete(document: document, user: caller.id, now: now, on: connection)
        }
        guard found else { throw APIError.notFound("document") }
        // Its removal is on record: what cannot be done now, workers do later.
        do throws(ObjectStorageError) {
            try await storage.delete(key: DocumentIdentity.objectKey(user: caller.id, document: document))
        } catch { context.logger.warning("A deleted document's file goes later: \(error)") }
    }
}
