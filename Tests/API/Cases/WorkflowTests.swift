import Documents
import Foundation
import HTTPClient
import Ledger
import Storage
import TestSupport
import Testing

/// What an earlier project's workflow tests meant to assert (seed 002, "Workflow" 1 to 5), of three real processes.
@Suite(.timeLimit(.minutes(2))) struct `Workflows` {
    private func pdf(_ text: String) -> [UInt8] {
        SamplePDF(pages: [[text, "A second line."], ["Another page."]]).bytes
    }

    @Test func `1: a document goes all the way, from a new user to an answer that quotes it`() async throws {
        try await PipelineStack.with { stack in
            let token = try await stack.token()
            let upload = try await stack.upload(pdf("The herring swim at dusk."), name: "herring.pdf", token: token)
            let id = upload.text("job_id")
            #expect(try await stack.ends(id))
            let detail = try await stack.call("GET", "/api/v2/jobs/\(id)", token: token)
            let progress = detail["progress"] as? [String: Int]
            #expect(detail.text("status") == "complete" && detail.text("state") == "done")
            #expect(progress == ["status_pct": 100, "total_pct": 100])
            #expect(detail["last_error"] == nil && detail["retry_count"] as? Int == 0)
            // Two pages at $0.003, and the tokens besides.
            #expect(try #require(detail["cost_cents"] as? Double) > 0.6)
            let found = try await stack.call(
                "POST", "/api/v2/search", token: token, json: ["query": "When do herring swim?", "limit": 1])
            let results = found["results"] as? [[String: Any]] ?? []
            #expect(results.count == 1)
            #expect((results.first?["text"] as? String)?.contains("herring swim at dusk") == true)
            #expect(results.first?["document_id"] as? String == upload.text("document_id"))
            #expect(results.first?["filename"] as? String == "herring.pdf")
        }
    }

    @Test func `2: a job alone, the list of jobs, the ledger and the events say the same of it`() async throws {
        try await PipelineStack.with(platform: ["TIDEGATE_RELEASE": "v7"]) { stack in
            let token = try await stack.token()
            let id = try await stack.upload(pdf("One."), name: "one.pdf", token: token).text("job_id")
            #expect(try await stack.ends(id))
            let detail = try await stack.call("GET", "/api/v2/jobs/\(id)", token: token)
            let page = try await stack.call("GET", "/api/v2/jobs", token: token)
            let jobs = page["jobs"] as? [[String: Any]] ?? []
            #expect(jobs.count == 1 && (page["pagination"] as? [String: Any])?["total"] as? Int == 1)
            for name in ["job_id", "status", "state", "document_id", "updated_at"] {
                #expect(jobs.first?[name] as? String == detail.text(name) && !detail.text(name).isEmpty, "\(name)")
            }
            #expect(detail.text("worker_release") == "v7")
            let (cost, events) = try await stack.database.read { connection in
                (try Ledger.cost(of: id, on: connection), try JobEvents.of(job: id, on: connection))
            }
            #expect(detail["cost_cents"] as? Double == Double(cost.count) / 10_000_000)
            #expect(events.map(\.sequence) == Array(1...events.count))
            #expect(events.first?.event.kind == .uploaded && events.last?.event.kind == .finalized)
            #expect(events.allSatisfy { $0.correlationID == detail.text("correlation_id") })
        }
    }

    @Test func `3: health and metrics of API and worker tell of what is there, in numbers that add up`() async throws {
        try await PipelineStack.with { stack in
            let token = try await stack.token()
            let id = try await stack.upload(pdf("One."), token: token).text("job_id")
            #expect(try await stack.ends(id))
            for path in ["/health", "/health/db", "/health/worker", "/health/external"] {
                let reply = try await stack.call("GET", path)
                #expect(reply.status == 200, "\(path) \(reply.object)")
            }
            let workers = try await stack.call("GET", "/health/worker")["workers"] as? [[String: Any]] ?? []
            #expect(workers.count == 1 && workers.first?["share"] as? [Int] == [0, 100])
            let told = try await eventually {
                try await stack.call("GET", "\(stack.workerBase)/metrics").response.text
                    .contains(#"pipeline_jobs_total{release="unreleased",outcome="complete"} 1"#)
            }
            #expect(told)
            let worker = try await stack.call("GET", "\(stack.workerBase)/metrics").response.text
            let api = try await stack.call("GET", "/metrics").response.text
            for text in [worker, api] {
                #expect(try await OpenMetricsCheck.flaw(in: text) == nil)
                #expect(text.contains("pipeline_queue_waiting_jobs") && text.contains("db_client_connection_max"))
            }
            #expect(api.contains("pipeline_active_users 1") && api.contains("pipeline_sessions 1"))
            #expect(worker.contains(#"pipeline_stage_duration_seconds_count{release="unreleased",stage="embed"} 1"#))
            #expect(worker.contains(#"messaging_client_consumed_messages_total{release="unreleased","#))
            #expect(worker.contains(#"http_client_request_duration_seconds_count{release="unreleased","#))
            let outside = [(name: "X-Forwarded-For", value: "203.0.113.9")]
            #expect(try await stack.call("GET", "\(stack.workerBase)/metrics", headers: outside).status == 404)
        }
    }

    /// The bucket that a poor draft moved its speaker to, is here the dead letters that a fault moves a job to, and back.
    @Test func `4: a fault moves a job to the dead letters, and its user's retry moves it out of them`() async throws {
        try await PipelineStack.with { stack in
            try await stack.setFaults(#"{"provider":"openai","vectors":"zero"}"#)
            let token = try await stack.token()
            let id = try await stack.upload(pdf("One."), token: token).text("job_id")
            #expect(try await stack.ends(id, as: .deadletter))
            let dead = try await stack.call("GET", "/api/v2/jobs/\(id)", token: token)
            #expect(dead.text("status") == "failed_embedding" && dead.text("last_error").contains("zero"))
            let none = try await stack.call("POST", "/api/v2/search", token: token, json: ["query": "one"])
            #expect(none.status == 503, "the question's vector is as unusable")
            try await stack.setFaults(#"{"provider":"openai"}"#)
            let retried = try await stack.call("POST", "/api/v2/jobs/\(id)/retry", token: token)
            #expect(retried.status == 200 && retried.text("new_state") == "queued")
            #expect(try await stack.ends(id))
            #expect(try await stack.call("GET", "/api/v2/jobs/\(id)", token: token).text("status") == "complete")
            let parses = try await stack.database.read { connection in
                try connection.query("SELECT COUNT(*) AS n FROM job_events WHERE job_id = ? AND code = 'parse'", [id])[
                    0
                ]
                .get("n", as: Int.self)
            }
            #expect(parses == 2, "begun and done once: what was parsed is not parsed again")
        }
    }

    @Test func `5: three documents of a user are all done, listed and found, and nobody else's are`() async throws {
        try await PipelineStack.with(["MAX_CONCURRENT_JOBS_PER_USER": "3"]) { stack in
            let (ann, bob) = (try await stack.token(), try await stack.token())
            var ids: [String] = []
            for (number, fish) in ["herring", "salmon", "turbot"].enumerated() {
                ids.append(
                    try await stack.upload(pdf("The \(fish) swim."), name: "\(number).pdf", token: ann).text("job_id"))
            }
            for id in ids { #expect(try await stack.ends(id)) }
            let page = try await stack.call("GET", "/api/v2/jobs?state=done", token: ann)
            let listed = (page["jobs"] as? [[String: Any]] ?? []).compactMap { $0["job_id"] as? String }
            #expect(Set(listed) == Set(ids) && listed.count == 3)
            for fish in ["herring", "salmon", "turbot"] {
                let found = try await stack.call(
                    "POST", "/api/v2/search", token: ann, json: ["query": "\(fish)", "limit": 1])
                let text = (found["results"] as? [[String: Any]])?.first?["text"] as? String ?? ""
                #expect(text.contains(fish))
            }
            let none = try await stack.call("POST", "/api/v2/search", token: bob, json: ["query": "herring"])
            #expect(none.status == 200 && (none["results"] as? [Any])?.isEmpty == true)
        }
    }
}
