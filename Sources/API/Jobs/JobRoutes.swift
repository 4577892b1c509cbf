import Documents
import HTTPTypes
import Hummingbird
import Ledger
import Storage

/// What a caller sees of their own jobs and documents; everybody else's do not exist.
struct JobRoutes: Sendable {
    let database: any Database
    let storage: any ObjectStorage
    let clock: MicrosecondClock

    func add(guarded: RouterGroup<APIContext>) {
        guarded.get("/jobs") { request, context in try await list(request, try context.requireCaller()) }
        guarded.get("/jobs/{id}") { _, context in
            try await show(try context.parameters.require("id"), try context.requireCaller())
        }
        guarded.post("/jobs/{id}/retry") { _, context in
            try await retry(try context.parameters.require("id"), try context.requireCaller())
        }
        guarded.delete("/documents/{id}") { _, context in
            try await delete(try context.parameters.require("id"), try context.requireCaller())
        }
    }

    private func list(_ request: Request, _ caller: Caller) async throws -> Response {
        let query = request.uri.queryParameters
        let limit = min(max(try number(query["limit"], "limit") ?? 50, 1), 100)
        let offset = max(try number(query["offset"], "offset") ?? 0, 0)
        var state: JobState?
        if let text = query["state"] {
            state = JobState(rawValue: String(text))
            guard state != nil else {
                throw APIError.invalid(
                    "state", "must be one of \(JobState.allCases.map(\.rawValue).joined(separator: ", "))")
            }
        }
        let filter = state
        let page = try await database.read { connection in
            try JobList.page(user: caller.id, state: filter, limit: limit, offset: offset, on: connection)
        }
        return try Answer.json(
            JobPage(
                jobs: page.jobs.map(JobSummary.init),
                pagination: .init(
                    limit: limit, offset: offset, total: page.total, hasMore: offset + page.jobs.count < page.total)))
    }

    private func number(_ text: Substring?, _ field: String) throws(APIError) -> Int? {
        guard let text else { return nil }
        guard let number = Int(text) else { throw .invalid(field, "must be a whole number") }
        return number
    }

    private func show(_ id: String, _ caller: Caller) async throws -> Response {
        let found = try await database.read { connection -> (JobRecord, Nanodollars)? in
            guard let job = try JobList.job(id.lowercased(), user: caller.id, on: connection) else { return nil }
            return (job, try Ledger.cost(of: job.id, on: connection))
        }
        guard let (job, cost) = found else { throw APIError.notFound("job") }
        return try Answer.json(JobDetail(job, cost: cost))
    }

    private func retry(_ id: String, _ caller: Caller) async throws -> Response {
        struct Body: Encodable {
            var message = "The job is queued again."
            var jobId: String
            var newState: String
        }
        let now = clock()
        let job: JobRecord?
        do {
            job = try await database.write { connection in
                try JobCommits.retry(job: id.lowercased(), user: caller.id, now: now, on: connection)
            }
        } catch let error as JobTransitionError {
            throw APIError(
                .badRequest, "not_retryable", "The job is \(error.state.rawValue); only a failed job can be retried.")
        }
        guard let job else { throw APIError.notFound("job") }
        return try Answer.json(Body(jobId: job.id, newState: job.state.rawValue))
    }

    private func delete(_ id: String, _ caller: Caller) async throws -> Response {
        let document = id.lowercased()
        let found = try await database.write { connection in
            try DocumentContents.delete(document: document, user: caller.id, on: connection)
        }
        guard found else { throw APIError.notFound("document") }
        try await storage.delete(key: DocumentIdentity.objectKey(user: caller.id, document: document))
        return Response(status: .noContent)
    }
}
