import API
import Documents
import Foundation
import HTTPClient
import Storage
import TestSupport
import Testing

/// What an earlier project's tests of errors meant to assert (seed 002, "Errors" 1 to 17), each by its number, with one right
/// answer. `ErrorTests` goes into the corners.
@Suite(.timeLimit(.minutes(1))) struct `Errors` {
    private static let digest = String(repeating: "a", count: 64)

    private func announcement(_ changes: [String: Any]) -> [String: Any] {
        ["filename": "a.pdf", "bytes_len": 3, "mime": "application/pdf", "sha256": Self.digest].merging(changes) { $1 }
    }

    @Test func `1 and 3: what is not there is 404 with a message, and nothing can be sent for it`() async throws {
        try await RunningAPI.with { api in
            let token = try await api.token()
            let job = try await api.call("GET", "/api/v2/jobs/\(RandomBytes.uuid())", token: token)
            #expect(job.status == 404 && !job.text("message").isEmpty && !job.text("correlation_id").isEmpty)
            let bytes = try await api.put(
                "\(api.base)/api/v2/uploads/\(RandomBytes.uuid())?expires=9&signature=00", [1])
            #expect(bytes.status == 403)
        }
    }

    /// 2 a field is missing, 5 and 7 a value is none of those there are, 6 there is nothing in it, 14 out of range, 16 too
    /// large.
    @Test(
        arguments: [
            ("2: a field that is missing", "sha256", nil, 422),
            ("5: a kind that there is not", "mime", "application/zip", 415),
            ("6: an empty name", "filename", "", 422), ("6: no bytes", "bytes_len", 0, 422),
            ("7: a digest that is none", "sha256", "INVALID", 422), ("14: a negative size", "bytes_len", -1, 422),
            ("16: more than is allowed", "bytes_len", 26_214_401, 413),
        ] as [(String, String, (any Sendable)?, Int)])
    func `an announcement with`(_ what: String, _ field: String, _ value: (any Sendable)?, _ status: Int) async throws {
        try await RunningAPI.with { api in
            var body = announcement([:])
            body[field] = value
            let reply = try await api.call("POST", "/api/v2/upload", token: api.token(), json: body)
            #expect(reply.status == status && reply.text("field") == field, "\(what)")
            let jobs = try await api.database.read { try $0.query("SELECT id FROM jobs", []).count }
            #expect(jobs == 0, "nothing of it is stored")
        }
    }

    @Test func `4: an address that is registered already is 409, in any case of letters, and changes nothing`()
        async throws
    {
        try await RunningAPI.with { api in
            let ann = try await api.account("ann@example.com")
            let again = try await api.call(
                "POST", "/api/v2/auth/register", json: ["email": "ANN@example.com", "password": "another horse"])
            #expect(again.status == 409 && again.text("error") == "email_taken")
            let login = ["email": ann.email, "password": "correct horse"]
            #expect(try await api.call("POST", "/api/v2/auth/login", json: login).status == 200)
        }
    }

    @Test func `8 to 10: JSON that breaks off is 422, no token 401, and an expired one 401 for that reason alone`()
        async throws
    {
        try await RunningAPI.with { api in
            let token = try await api.token()
            let broken = try await api.http.send(
                HTTPRequest(
                    "POST", "\(api.base)/api/v2/search",
                    headers: [
                        (name: "Authorization", value: "Bearer \(token)"),
                        (name: "Content-Type", value: "application/json"),
                    ], body: .bytes(Array(#"{"query": "#.utf8))))
            #expect(broken.status == 422)
            #expect(try await api.call("GET", "/api/v2/jobs").status == 401)
            let expired = try await api.token(now: api.clock() - 901_000_000)
            let refused = try await api.call("GET", "/api/v2/jobs", token: expired)
            #expect(refused.status == 401 && refused.text("error") == "token_expired", "its signature is right")
        }
    }

    @Test func `11: 150 looks at health, each with its answer: an instance that is asked often is not taken for ill`()
        async throws
    {
        let limit = ["UPLOAD_PIPELINE_MAX_REQUESTS_PER_HOUR_PER_USER": "1"]
        try await RunningAPI.with(limit) { api in
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<150 { group.addTask { try await api.call("GET", "/health").status } }
                return try await group.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
            }
            #expect(statuses == [200: 150])
        }
    }

    @Test func `12: a job that has not failed cannot be tried again`() async throws {
        try await RunningAPI.with { api in
            let token = try await api.token()
            let id = try await api.announce([1], token: token).text("job_id")
            let reply = try await api.call("POST", "/api/v2/jobs/\(id)/retry", token: token)
            #expect(reply.status == 400 && reply.text("error") == "not_retryable")
        }
    }

    @Test func `13: of five who retry a dead job at once one does, and the job is queued once`() async throws {
        try await RunningAPI.with { api in
            let token = try await api.token()
            let id = try await api.announce([1], token: token).text("job_id")
            try await api.database.write { connection in
                _ = try connection.execute(
                    "UPDATE jobs SET status = 'failed_parse', state = 'deadletter' WHERE id = ?", [id])
            }
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<5 {
                    group.addTask { try await api.call("POST", "/api/v2/jobs/\(id)/retry", token: token).status }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.sorted() == [200, 400, 400, 400, 400])
            let events = try await api.database.read { try JobEvents.of(job: id, on: $0) }
            #expect(events.map(\.event.code) == ["asked_for"])
        }
    }

    @Test func `15: a provider that does not answer is 503 with a time to come again, and books nothing`() async throws
    {
        let refuses = try ScriptedServer { connection in
            while connection.readRequest() != nil { connection.respond("503 Service Unavailable") }
        }
        try await RunningAPI.with(["UPLOAD_PIPELINE_OPENAI_URL": refuses.url]) { api in
            let reply = try await api.call("POST", "/api/v2/search", token: api.token(), json: ["query": "floods"])
            #expect(reply.status == 503 && reply.text("error") == "provider_unavailable")
            #expect(Int(reply.response.header("Retry-After") ?? "") ?? 0 >= 1)
            let spent = try await api.database.read { connection in
                try connection.query("SELECT COUNT(*) AS n FROM ledger_posting", [])[0].get("n", as: Int.self)
            }
            #expect(spent == 0)
        }
    }

    @Test func `17: markup in a name is kept as it is, in JSON that no browser takes for a page`() async throws {
        try await RunningAPI.with { api in
            let token = try await api.token()
            let name = "<script>alert(1)</script>.pdf"
            let body = announcement(["filename": name])
            let reply = try await api.call("POST", "/api/v2/upload", token: token, json: body)
            #expect(reply.status == 200)
            let page = try await api.call("GET", "/api/v2/jobs", token: token)
            #expect((page["jobs"] as? [[String: Any]])?.first?["filename"] as? String == name)
            #expect(page.response.header("Content-Type") == "application/json")
            #expect(page.response.header("X-Content-Type-Options") == "nosniff")
        }
    }
}
