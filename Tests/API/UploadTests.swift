import API
import Documents
import Foundation
import HTTPClient
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct `Uploads` {
    private let pdf = SamplePDF(pages: [["Flood insurance", "", "The policy covers floods."], ["Claims"]]).bytes

    @Test func `a job is claimable only when the announced bytes have arrived`() async throws {
        try await RunningAPI.with { [pdf] api in
            let token = try await api.token()
            let announced = try await api.announce(pdf, token: token)
            #expect(announced.status == 200)
            let (job, url) = (announced.text("job_id"), announced.text("signed_url"))
            #expect(try await api.call("GET", "/api/v2/jobs/\(job)", token: token).text("status") == "uploaded")

            #expect(try await api.put(url, Array(pdf.dropLast())).status == 422)
            var other = pdf
            other[pdf.count - 1] = 65
            let wrong = try await api.put(url, other)
            #expect(wrong.status == 422)
            #expect(wrong.text("field") == "sha256")
            #expect(try await api.put(url, pdf + [1]).status == 413)
            #expect(try await api.call("GET", "/api/v2/jobs/\(job)", token: token).text("status") == "uploaded")

            #expect(try await api.put(url, pdf).status == 204)
            let detail = try await api.call("GET", "/api/v2/jobs/\(job)", token: token)
            #expect(detail.text("status") == "parse_queued")
            #expect(detail["cost_cents"] as? Int == 0)
            #expect(try await api.put(url, other).status == 204)
            let stored = try FileManager.default.subpathsOfDirectory(atPath: api.folder.file("files"))
                .filter { $0.hasSuffix(".pdf") || $0.hasSuffix(".partial") }
            #expect(stored.count == 1)
            #expect(FileManager.default.contents(atPath: "\(api.folder.file("files"))/\(stored[0])") == Data(pdf))
        }
    }

    @Test func `PostgreSQL serves as well as SQLite`() async throws {
        let address = try await PostgresServer.freshDatabase()
        try await RunningAPI.with(["UPLOAD_PIPELINE_DATABASE_URL": address]) { [pdf] api in
            let token = try await api.token()
            let announced = try await api.announce(pdf, token: token)
            #expect(try await api.put(announced.text("signed_url"), pdf).status == 204)
            let job = try await api.call("GET", "/api/v2/jobs/\(announced.text("job_id"))", token: token)
            #expect(job.text("status") == "parse_queued")
            #expect(try await api.call("GET", "/health").status == 200)
        }
    }

    @Test func `an address that is not signed, or for another job, is refused`() async throws {
        try await RunningAPI.with { [pdf] api in
            let announced = try await api.announce(pdf, token: api.token())
            let url = announced.text("signed_url")
            let id = announced.text("job_id")
            #expect(try await api.put(url.replacing("signature=", with: "signature=00"), pdf).status == 403)
            #expect(try await api.put(url.replacing(id, with: RandomBytes.uuid()), pdf).status == 403)
            #expect(try await api.put(String(url.prefix { $0 != "?" }), pdf).status == 403)
            let expiry = url.split(separator: "expires=")[1].prefix { $0 != "&" }
            #expect(try await api.put(url.replacing(expiry, with: "99999999999"), pdf).status == 403)
        }
    }

    @Test func `the same bytes are one job to their user, and another's to somebody else`() async throws {
        try await RunningAPI.with { [pdf] api in
            let (ann, bob) = (try await api.token(), try await api.token())
            let first = try await api.announce(pdf, token: ann)
            let second = try await api.announce(pdf, token: ann)
            let third = try await api.announce(pdf, token: bob)
            #expect(first.text("job_id") == second.text("job_id"))
            #expect(first.text("document_id") != third.text("document_id"))
        }
    }

    @Test func `nobody sees, retries or deletes what is another's`() async throws {
        try await RunningAPI.with { [pdf] api in
            let (ann, bob) = (try await api.token(), try await api.token())
            let announced = try await api.announce(pdf, token: ann)
            let (job, document) = (announced.text("job_id"), announced.text("document_id"))
            #expect(try await api.call("GET", "/api/v2/jobs/\(job)", token: bob).status == 404)
            #expect(try await api.call("POST", "/api/v2/jobs/\(job)/retry", token: bob).status == 404)
            #expect(try await api.call("DELETE", "/api/v2/documents/\(document)", token: bob).status == 404)
            #expect((try await api.call("GET", "/api/v2/jobs", token: bob)["jobs"] as? [Any])?.isEmpty == true)
            #expect(try await api.call("POST", "/api/v2/jobs/\(job)/retry", token: ann).status == 400)
            #expect(try await api.call("DELETE", "/api/v2/documents/\(document)", token: ann).status == 204)
            #expect(try await api.call("GET", "/api/v2/jobs/\(job)", token: ann).status == 404)
        }
    }

    @Test func `a third document in work is refused with 429`() async throws {
        try await RunningAPI.with { api in
            let token = try await api.token()
            for letter in ["a", "b"] {
                #expect(try await api.announce(Array(letter.utf8), token: token).status == 200)
            }
            let third = try await api.announce(Array("c".utf8), token: token)
            #expect(third.status == 429)
            #expect(third.response.header("Retry-After") != nil)
        }
    }

    @Test func `a failed document is not queued again beyond the limit of documents in work`() async throws {
        try await RunningAPI.with { api in
            let token = try await api.token()
            let failed = try #require(
                try await api.announce(Array("a".utf8), token: token)["job_id"] as? String)
            try await api.database.write { connection in
                _ = try connection.execute("UPDATE jobs SET state = 'deadletter', status = 'failed_parse'")
            }
            for letter in ["b", "c"] {
                #expect(try await api.announce(Array(letter.utf8), token: token).status == 200)
            }
            #expect(try await api.call("POST", "/api/v2/jobs/\(failed)/retry", token: token).status == 429)
            try await api.database.write { connection in
                _ = try connection.execute("DELETE FROM jobs WHERE state = 'queued'")
            }
            #expect(try await api.call("POST", "/api/v2/jobs/\(failed)/retry", token: token).status == 200)
        }
    }

    @Test(arguments: [
        ("filename", "" as any Sendable, 422), ("filename", String(repeating: "x", count: 121), 422),
        ("bytes_len", 0, 422), ("bytes_len", 26_214_401, 413), ("bytes_len", "many", 422), ("mime", "text/plain", 415),
        ("sha256", "ABC", 422), ("sha256", String(repeating: "A", count: 64), 422),
    ])
    func `a wrong field is named`(_ field: String, _ value: any Sendable, _ status: Int) async throws {
        nonisolated(unsafe) let wrong = value as Any
        try await RunningAPI.with { api in
            var body: [String: Any] = [
                "filename": "a.pdf", "bytes_len": 3, "mime": "application/pdf",
                "sha256": String(repeating: "a", count: 64),
            ]
            body[field] = wrong
            let reply = try await api.call("POST", "/api/v2/upload", token: api.token(), json: body)
            #expect(reply.status == status)
            #expect(reply.text("field") == field)
        }
    }

    @Test func `in production only the control token chooses a worker's release`() async throws {
        let platform = ["TIDEGATE_CONTROL_TOKEN": "control"]
        try await RunningAPI.with(["UPLOAD_PIPELINE_ENVIRONMENT": "production"], platform: platform) { [pdf] api in
            let token = try await api.token()
            let pin = (name: "X-Pin-Release", value: "v2")
            #expect(try await api.announce(pdf, token: token, headers: [pin]).status == 403)
            let control = (name: "X-Control-Token", value: "control")
            let pinned = try await api.announce(pdf, token: token, headers: [pin, control])
            #expect(pinned.status == 200)
            let id = pinned.text("job_id")
            let job = try await api.database.read { connection in try JobList.job(id, on: connection) }
            #expect(job?.pinRelease == "v2")
            #expect(try await api.call("POST", "/test/upload", json: [:]).status == 404)
        }
    }

    @Test func `search finds the caller's nearest text, books its cost, and nobody else's`() async throws {
        try await RunningAPI.with { [pdf] api in
            let (ann, bob) = (try await api.token(), try await api.token())
            let announced = try await api.announce(pdf, token: ann)
            #expect(try await api.put(announced.text("signed_url"), pdf).status == 204)
            try await finish(
                announced.text("job_id"), ["The policy covers flood damage.", "Telephone us on Mondays."], api)
            let found = try await api.call(
                "POST", "/api/v2/search", token: ann, json: ["query": "which floods are covered"])
            let results = found["results"] as? [[String: Any]] ?? []
            #expect(results.count == 2)
            #expect(results.first?["text"] as? String == "The policy covers flood damage.")
            let none = try await api.call("POST", "/api/v2/search", token: bob, json: ["query": "flood"])
            #expect((none["results"] as? [Any])?.isEmpty == true)
            let postings = try await api.database.read { connection in
                try connection.query("SELECT COUNT(*) AS n FROM ledger_transfer", [])[0].get("n", as: Int.self)
            }
            #expect(postings == 2)
        }
    }

    @Test func `search keeps to the provider's limits that the workers share, and says when they are used up`()
        async throws
    {
        try await RunningAPI.with { api in
            let token = try await api.token()
            #expect(try await api.call("POST", "/api/v2/search", token: token, json: ["query": "floods"]).status == 200)
            let counted = try await api.database.read { connection in
                try connection.query("SELECT count FROM request_counts WHERE name = 'provider:openai:requests'", [])
                    .map { try $0.get("count", as: Int.self) }
            }
            #expect(counted == [1])
            // Three workers' requests are under way.
            let later = api.clock() + 60_000_000
            try await api.database.write { connection in
                for place in 0..<3 {
                    _ = try connection.execute(
                        "INSERT INTO provider_places (provider, place, holder, expires_at) VALUES ('openai', ?, 'w', ?)",
                        [place, later])
                }
            }
            let refused = try await api.call("POST", "/api/v2/search", token: token, json: ["query": "floods"])
            #expect(refused.status == 503 && refused.text("error") == "provider_throttled")
            #expect(refused.response.header("Retry-After") == "1")
            try await api.database.write { _ = try $0.execute("DELETE FROM provider_places", []) }
            #expect(try await api.call("POST", "/api/v2/search", token: token, json: ["query": "floods"]).status == 200)
        }
    }

    /// What a worker does, without one: chunks with vectors, and the job complete.
    private func finish(_ id: String, _ texts: [String], _ api: RunningAPI) async throws {
        let router = ServiceRouter(
            settings: api.settings.common.providers, http: api.http, formFolder: api.folder.path)
        let answer = try await router.embedder.embed(texts, correlationID: "test")
        try await api.database.write { connection in
            let job = try #require(try JobList.job(id, on: connection))
            for (index, text) in texts.enumerated() {
                try connection.execute(
                    """
                    INSERT INTO chunks (id, document_id, user_id, ordinal, chunker, version, text, line_count, created_at,
                        vector, model) VALUES (?, ?, ?, ?, 'x', '1', ?, 1, 0, ?, ?)
                    """,
                    [
                        "\(id)-\(index)", job.documentID, job.userID, index, text, Vector.bytes(answer.vectors[index]),
                        answer.model,
                    ])
            }
            try connection.execute("UPDATE jobs SET status = 'complete', state = 'done' WHERE id = ?", [id])
        }
    }
}
