import API
import Contract
import Documents
import Foundation
import HTTPClient
import Storage
import TestSupport
import Testing

/// Each limit is asked of two replicas by turns, with a clock that stands still, on both databases.
@Suite(.timeLimit(.minutes(1))) struct `Limits, shared by all replicas` {
    enum Store: String, CaseIterable, Sendable { case sqlite, postgresql }

    /// 12 seconds into a minute, an hour and a day.
    private static let now: Int64 = 20_000 * 86_400_000_000 + 12_000_000

    private func with(
        _ store: Store, _ changes: [String: String] = [:], _ body: @Sendable (RunningAPI) async throws -> Void
    ) async throws {
        var changes = changes
        if store == .postgresql {
            changes["UPLOAD_PIPELINE_DATABASE_URL"] = try await PostgresServer.freshDatabase()
        }
        var options = RunningAPI.Options()
        options.hasReplica = true
        options.clock = { Self.now }
        try await RunningAPI.with(changes, options: options, body)
    }

    @Test(arguments: Store.allCases)
    func `a job is looked at 10 times a minute`(_ store: Store) async throws {
        try await with(store) { api in
            let (ann, bob) = (try await api.token(), try await api.token())
            let job = try await api.announce([1], token: ann).text("job_id")
            let second = try await api.announce([2], token: ann).text("job_id")
            for turn in 0..<10 {
                let base = turn % 2 == 0 ? api.base : api.other
                #expect(try await api.call("GET", "\(base)/api/v2/jobs/\(job)", token: ann).status == 200)
                // Somebody else's looking uses nothing up.
                #expect(try await api.call("GET", "\(base)/api/v2/jobs/\(job)", token: bob).status == 404)
            }
            for base in [api.base, api.other] {
                let refused = try await api.call("GET", "\(base)/api/v2/jobs/\(job)", token: ann)
                #expect(refused.status == 429)
                #expect(refused.text("error") == "limit_reached")
                #expect(refused.response.header("Retry-After") == "48")
            }
            // The limit is the job's, not the user's.
            #expect(try await api.call("GET", "/api/v2/jobs/\(second)", token: ann).status == 200)
        }
    }

    @Test(arguments: Store.allCases)
    func `a user has 2 documents in work, however many are announced at once`(_ store: Store) async throws {
        try await with(store) { api in
            let (ann, bob) = (try await api.token(), try await api.token())
            let replies = try await withThrowingTaskGroup(of: (Int, String?).self) { group in
                for number in 0..<10 {
                    group.addTask {
                        let body: [String: Any] = [
                            "filename": "a.pdf", "bytes_len": 1, "mime": "application/pdf",
                            "sha256": String(repeating: "\(number)", count: 64),
                        ]
                        let base = number % 2 == 0 ? api.base : api.other
                        let reply = try await api.call("POST", "\(base)/api/v2/upload", token: ann, json: body)
                        return (reply.status, reply.response.header("Retry-After"))
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(replies.count { $0.0 == 200 } == 2)
            #expect(replies.count { $0.0 == 429 && $0.1 == "5" } == 8)
            #expect(try await api.announce([1], token: bob).status == 200)
        }
    }

    @Test(arguments: Store.allCases)
    func `a user uploads 30 documents a day, though the first are long done`(_ store: Store) async throws {
        try await with(store) { api in
            let (ann, bob) = (try await api.token(), try await api.token())
            for number in 0..<30 {
                let other = try await api.announce(Array("\(number)".utf8), token: ann)
                #expect(other.status == 200)
                try await api.database.write { connection in
                    _ = try connection.execute("UPDATE jobs SET status = 'complete', state = 'done'", [])
                }
            }
            let refused = try await api.announce(Array("30".utf8), token: ann)
            #expect(refused.status == 429)
            #expect(refused.response.header("Retry-After") == "86400")
            // The same bytes again are no upload.
            #expect(try await api.announce(Array("0".utf8), token: ann).status == 200)
            #expect(try await api.announce(Array("0".utf8), token: bob).status == 200)
        }
    }

    @Test(arguments: Store.allCases)
    func `a user makes 1000 requests an hour`(_ store: Store) async throws {
        // 1000 is what stands in the settings; 60 is asked for here.
        #expect(
            PipelineContracts.api.variables.contains {
                $0.name == "UPLOAD_PIPELINE_MAX_REQUESTS_PER_HOUR_PER_USER" && $0.defaultValue == "1000"
            })
        try await with(store, ["UPLOAD_PIPELINE_MAX_REQUESTS_PER_HOUR_PER_USER": "60"]) { api in
            let (ann, bob) = (try await api.token(), try await api.token())
            var statuses: [Int] = []
            for turn in 0..<80 {
                let base = turn % 2 == 0 ? api.base : api.other
                statuses.append(try await api.call("GET", "\(base)/api/v2/jobs", token: ann).status)
            }
            #expect(statuses.count { $0 == 200 } == 60)
            #expect(statuses.suffix(10).allSatisfy { $0 == 429 })
            let refused = try await api.call("GET", "/api/v2/jobs", token: ann)
            #expect(refused.response.header("Retry-After") == "3588")
            #expect(try await api.call("GET", "\(api.other)/api/v2/jobs", token: bob).status == 200)
        }
    }

    @Test(arguments: Store.allCases)
    func `an address is tried 10 times a minute`(_ store: Store) async throws {
        try await with(store) { api in
            let ann = try await api.account()
            let wrong = ["email": ann.email, "password": "wrong horse"]
            for turn in 0..<10 {
                let base = turn % 2 == 0 ? api.base : api.other
                #expect(try await api.call("POST", "\(base)/api/v2/auth/login", json: wrong).status == 401)
            }
            let refused = try await api.call("POST", "/api/v2/auth/login", json: wrong)
            #expect(refused.status == 429)
            #expect(refused.response.header("Retry-After") == "48")
        }
    }
}
