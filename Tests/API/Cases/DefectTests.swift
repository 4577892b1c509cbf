import API
import Documents
import Foundation
import HTTPClient
import Ledger
import Storage
import Synchronization
import TestSupport
import Testing

/// What the original did wrong in its API (`facts/pipeline.md` counts the defects); those of its worker stand in the worker's
/// tests.
@Suite(.timeLimit(.minutes(1))) struct `The original's defects, in the API` {
    @Test func `1: whatever is wrong with a token is 401, and 503 only where nothing can be verified`() async throws {
        try await RunningAPI.with { api in
            for token in ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", String(repeating: "a", count: 9000), "tgk_0"] {
                let reply = try await api.call("GET", "/api/v2/jobs", token: token)
                #expect(reply.status == 401, "\(token.prefix(20))")
            }
        }
        try await RunningAPI.with(["UPLOAD_PIPELINE_JWT_SECRET": ""]) { api in
            let reply = try await api.call("GET", "/api/v2/jobs", token: "a.b.c")
            #expect(reply.status == 503 && reply.text("error") == "auth_unconfigured")
        }
    }

    @Test func `6: a webhook that comes before its job is parsed moves nothing, and is not lost`() async throws {
        try await RunningAPI.with { api in
            let token = try await api.token()
            let id = try await api.announce([1], token: token).text("job_id")
            let job = try #require(try await api.database.read { try JobList.job(id, on: $0) })
            let now = api.clock()
            let isNew = try await api.database.write { connection in
                try WebhookDeliveries.receive(.success, job: id, digest: "d", now: now, on: connection)
            }
            let after = try await api.database.read { try JobList.job(id, on: $0) }
            #expect(isNew && after?.status == job.status && after?.state == job.state)
            #expect(try await api.database.read { try WebhookDeliveries.isFinal(job: id, since: now, on: $0) })
        }
    }

    @Test func `7: a webhook without a signature is 401, and nothing of it is recorded`() async throws {
        try await RunningAPI.with { api in
            let id = try await api.announce([1], token: api.token()).text("job_id")
            let reply = try await api.call(
                "POST", "/api/v2/webhooks/llamaparse/\(id)", json: ["event_type": "parse.success"])
            #expect(reply.status == 401)
            let count = try await api.database.read { connection in
                try connection.query("SELECT COUNT(*) AS n FROM webhook_deliveries", [])[0].get("n", as: Int.self)
            }
            #expect(count == 0)
        }
    }

    /// A question of 64 bytes is held at 64 tokens of $0.02 a million: 1,280 nano-dollars.
    @Test func `9: the search budget is one for all replicas, and when it is used up or gone nothing is bought`()
        async throws
    {
        let (asked, provider) = try Self.countingProvider()
        var options = RunningAPI.Options()
        options.hasReplica = true
        try await RunningAPI.with(["UPLOAD_PIPELINE_OPENAI_URL": provider.url], options: options) { api in
            let token = try await api.token()
            let question = ["query": String(repeating: "q", count: 64)]
            func search(_ base: String) async throws -> Reply {
                try await api.call("POST", "\(base)/api/v2/search", token: token, json: question)
            }
            try await setBudget(Nanodollars(2000), api)
            #expect(try await search(api.base).status == 200)
            #expect(asked.count == 1)
            let unnamed = try await api.database.read {
                try $0.query(
                    "SELECT id FROM ledger_hold WHERE user_id IS NULL OR user_id = '' OR correlation_id <> reference")
            }
            #expect(unnamed.isEmpty, "what a question costs is its user's")
            // A second hold would be over the limit, whichever replica asks for it.
            for base in [api.other, api.base] {
                let refused = try await search(base)
                #expect(refused.status == 503 && refused.text("error") == "budget_reached")
                #expect(refused.response.header("Retry-After") == "600")
            }
            #expect(asked.count == 1, "the provider was not asked")
            try await setBudget(Nanodollars(1_000_000), api)
            #expect(try await search(api.other).status == 200)
            try await api.database.write { _ = try $0.execute("ALTER TABLE ledger_hold RENAME TO gone", []) }
            let broken = try await search(api.base)
            #expect(broken.status == 500 && asked.count == 2, "a budget that cannot be asked is no permission")
        }
    }

    @Test func `10: one user's requests use up nobody else's, whatever the path`() async throws {
        try await RunningAPI.with(["UPLOAD_PIPELINE_MAX_REQUESTS_PER_HOUR_PER_USER": "5"]) { api in
            let (ann, bob) = (try await api.token(), try await api.token())
            let paths = ["/api/v2/jobs", "/api/v2/auth/me", "/api/v2/jobs/\(RandomBytes.uuid())"]
            var statuses: [Int] = []
            for turn in 0..<7 {
                statuses.append(try await api.call("GET", paths[turn % 3], token: ann).status)
            }
            #expect(statuses.suffix(2) == [429, 429] && !statuses.prefix(5).contains(429))
            #expect(try await api.call("GET", "/api/v2/jobs", token: bob).status == 200)
        }
    }

    @Test(arguments: ["invalid", "invalid-and-much-longer-than-ten-characters"])
    func `11: health asks the provider about the key, however long that is`(_ key: String) async throws {
        let provider = try ScriptedServer { connection in
            while let request = connection.readRequest() {
                let isGood = request.headers["authorization"] == "Bearer short"
                connection.respond(isGood ? "200 OK" : "401 Unauthorized", body: "{}")
            }
        }
        let address = ["UPLOAD_PIPELINE_OPENAI_URL": provider.url]
        try await RunningAPI.with(address.merging(["UPLOAD_PIPELINE_OPENAI_API_KEY": key]) { $1 }) { api in
            let health = try await api.call("GET", "/health/external")
            let checks = health["checks"] as? [String: [String: Any]] ?? [:]
            #expect(health.status == 503 && checks["openai"]?["status"] as? String == "failed")
            #expect((checks["openai"]?["reason"] as? String)?.contains("401") == true)
        }
        try await RunningAPI.with(address.merging(["UPLOAD_PIPELINE_OPENAI_API_KEY": "short"]) { $1 }) { api in
            let health = try await api.call("GET", "/health/external")
            #expect(health.status == 200, "a short key that the provider takes is a good one")
        }
    }

    private func setBudget(_ limit: Nanodollars, _ api: RunningAPI) async throws {
        let now = api.clock()
        try await api.database.write { connection in
            try Ledger.setBudget(Ledger.total, limit: limit, reason: "test", on: connection, at: now)
        }
    }

    private final class Count: Sendable {
        private let value = Atomic(0)
        var count: Int { value.load(ordering: .sequentiallyConsistent) }
        func add() { value.add(1, ordering: .sequentiallyConsistent) }
    }

    /// Embeds everything alike, bills 64 tokens, and counts how often it was asked.
    private static func countingProvider() throws -> (Count, ScriptedServer) {
        let count = Count()
        let vector = [String](repeating: "0.1", count: EmbeddingRules.dimensions).joined(separator: ",")
        let answer =
            #"{"data":[{"index":0,"embedding":[\#(vector)]}],"usage":{"total_tokens":64},"model":"\#(EmbeddingRules.model)"}"#
        let server = try ScriptedServer { connection in
            while connection.readRequest() != nil {
                count.add()
                connection.respond("200 OK", body: answer)
            }
        }
        return (count, server)
    }
}
