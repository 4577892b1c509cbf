import Documents
import Foundation
import HTTPClient
import Ledger
import Storage
import Synchronization
import TestSupport
import Testing

/// Figures and promises of the specification that nothing else holds the API to.
@Suite(.timeLimit(.minutes(2))) struct `The specification's figures` {
    private let pdf = Array("%PDF-1.4 one".utf8)

    /// A clock that the test moves.
    private final class Hands: Sendable {
        let time = Atomic<Int64>(1_790_000_000_000_000)
        var clock: @Sendable () -> Int64 { { self.time.load(ordering: .sequentiallyConsistent) } }

        func pass(seconds: Int64) { time.add(seconds * 1_000_000, ordering: .sequentiallyConsistent) }
    }

    @Test func `an address to upload to holds for 300 seconds, and not for one more`() async throws {
        let hands = Hands()
        var options = RunningAPI.Options()
        options.clock = hands.clock
        try await RunningAPI.with(options: options) { [pdf] api in
            let early = try await api.announce(pdf, token: api.token())
            let expiry = early.text("upload_expires_at")
            let expected = Date(timeIntervalSince1970: Double(hands.clock()) / 1e6 + 300)
            #expect(try Date(expiry, strategy: .iso8601) == expected)
            let late = try await api.announce(Array("%PDF-1.4 two".utf8), token: api.token())
            hands.pass(seconds: 299)
            #expect(try await api.put(early.text("signed_url"), pdf).status == 204)
            hands.pass(seconds: 2)
            let refused = try await api.put(late.text("signed_url"), Array("%PDF-1.4 two".utf8))
            #expect(refused.status == 403 && refused.response.text.contains("signature_refused"))
        }
    }

    @Test func `what may be uploaded is told as it is set, and as the specification has it where nothing is`()
        async throws
    {
        let variables = [
            "MAX_FILE_SIZE_BYTES": 1000, "MAX_PAGES": 7, "MAX_CONCURRENT_JOBS_PER_USER": 3,
            "MAX_UPLOADS_PER_DAY_PER_USER": 4,
        ]
        for (set, expected) in [(false, [26_214_400, 500, 2, 30]), (true, [1000, 7, 3, 4])] {
            let changes = set ? variables.map { ("UPLOAD_PIPELINE_\($0)", "\($1)") } : []
            try await RunningAPI.with(Dictionary(uniqueKeysWithValues: changes)) { api in
                let limits = try await api.call("GET", "/api/v2/upload/limits")
                let names = [
                    "max_file_size_bytes", "max_pages", "max_concurrent_jobs_per_user", "max_uploads_per_day_per_user",
                ]
                #expect(names.map { limits[$0] as? Int } == expected)
                #expect(limits["supported_mime_types"] as? [String] == ["application/pdf"])
                #expect(limits["signed_url_ttl_seconds"] as? Int == 300)
            }
        }
    }

    @Test func `a worker's health is its heartbeat's age, and bad after 30 seconds`() async throws {
        let hands = Hands()
        var options = RunningAPI.Options()
        options.clock = hands.clock
        try await RunningAPI.with(options: options) { api in
            try await api.database.write { connection in
                try Workers.beat(
                    WorkerRecord(
                        instance: "w1", release: "v1", share: .all, inFlight: 2, startedAt: hands.clock(),
                        seenAt: hands.clock()), on: connection)
            }
            hands.pass(seconds: 29)
            let good = try await api.call("GET", "/health/worker")
            #expect(good.status == 200 && good["newest_age_seconds"] as? Double == 29)
            hands.pass(seconds: 2)
            let bad = try await api.call("GET", "/health/worker")
            #expect(bad.status == 503 && bad["newest_age_seconds"] as? Double == 31)
        }
    }

    @Test func `what a document did cost stays on record when it is deleted`() async throws {
        try await RunningAPI.with { [pdf] api in
            let token = try await api.token()
            let announced = try await api.announce(pdf, token: token)
            let (job, document, now) = (announced.text("job_id"), announced.text("document_id"), api.clock())
            let cost = { @Sendable () async throws in
                try await api.database.read { try Ledger.cost(of: job, on: $0).count }
            }
            try await api.database.write { connection in
                let request = HoldRequest(key: "k", sku: "llamaparse", quantity: 2, reference: job)
                _ = try Ledger.hold(request, on: connection, at: now)
                try Ledger.post("k", .units(2), on: connection, at: now)
            }
            #expect(try await cost() == 6_000_000)
            #expect(try await api.call("DELETE", "/api/v2/documents/\(document)", token: token).status == 204)
            #expect(try await cost() == 6_000_000)
        }
    }

    @Test func `a job that waits for its next try is tried at once when its owner asks`() async throws {
        let hands = Hands()
        var options = RunningAPI.Options()
        options.clock = hands.clock
        try await RunningAPI.with(options: options) { [pdf] api in
            let token = try await api.token()
            let announced = try await api.announce(pdf, token: token)
            #expect(try await api.put(announced.text("signed_url"), pdf).status == 204)
            let (id, later) = (announced.text("job_id"), hands.clock() + 300_000_000)
            let claim = ClaimRequest(
                owner: "w", release: "v1", share: .all, leaseDuration: 20_000_000, heartbeatTimeout: 30_000_000)
            let claimed = { @Sendable in
                try await api.database.write { try JobQueue.claim(claim, now: hands.clock(), on: $0) }?.job.id
            }
            try await api.database.write { connection in
                _ = try connection.execute(
                    "UPDATE jobs SET state = 'retryable', retry_count = 3, available_at = ? WHERE id = ?", [later, id])
            }
            #expect(try await claimed() == nil)
            let retried = try await api.call("POST", "/api/v2/jobs/\(id)/retry", token: token)
            #expect(retried.status == 200 && retried.text("new_state") == "queued")
            #expect(retried.text("job_id") == id)
            #expect(try await claimed() == id)
        }
    }

    @Test func `a document that is deleted while its bytes arrive is gone, and so are they`() async throws {
        try await RunningAPI.with { [pdf] api in
            let token = try await api.token()
            let announced = try await api.announce(pdf, token: token)
            let document = announced.text("document_id")
            let target = announced.text("signed_url").dropFirst(api.base.count)
            let connection = try RawConnection(port: api.port)
            defer { connection.end() }
            let text = String(decoding: pdf, as: UTF8.self)
            connection.send(
                "PUT \(target) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/pdf\r\n"
                    + "Content-Length: \(pdf.count)\r\n\r\n\(text.prefix(5))")
            let files = { @Sendable in
                try FileManager.default.subpathsOfDirectory(atPath: api.settings.common.storage.folder)
                    .filter { $0.contains(document) }
            }
            #expect(try await eventually { try !files().isEmpty }, "they are on their way")
            #expect(try await api.call("DELETE", "/api/v2/documents/\(document)", token: token).status == 204)
            connection.send(String(text.dropFirst(5)))
            #expect(await connection.read(until: "not_found").hasPrefix("HTTP/1.1 404 "))
            let due = try await api.database.write { try FileRemovals.due(on: $0) }
            #expect(due.contains { $0.contains(document) }, "a worker removes what came too late")
            #expect(try await api.call("GET", "/api/v2/jobs", token: token)["jobs"] as? [String] == [])
        }
    }

    /// A release that has emptied the budget must not stand in the way of its own rollback.
    @Test func `a question of a smoke test is paid for by what the budget sets aside, and nobody else's is`()
        async throws
    {
        try await RunningAPI.with(platform: ["TIDEGATE_CONTROL_TOKEN": "control"]) { api in
            let (token, now) = (try await api.token(), api.clock())
            try await api.database.write { connection in
                try Ledger.setBudget(
                    "total", limit: Nanodollars(10_000), reserve: Nanodollars(10_000), reason: "test", on: connection,
                    at: now)
            }
            func search(_ control: String?) async throws -> Reply {
                try await api.call(
                    "POST", "/api/v2/search", token: token, json: ["query": "floods"],
                    headers: control.map { [(name: "X-Control-Token", value: $0)] } ?? [])
            }
            for control in [nil, "wrong"] {
                #expect(try await search(control).text("error") == "budget_reached")
            }
            #expect(try await search("control").status == 200)
        }
    }

    @Test func `a flood of passwords is refused with 429 instead of waiting, and nothing else waits`() async throws {
        var options = RunningAPI.Options()
        options.passwordsAtOnce = 0
        try await RunningAPI.with(options: options) { api in
            let somebody = ["email": "a@example.com", "password": "correct horse"]
            for path in ["/api/v2/auth/register", "/api/v2/auth/login"] {
                let refused = try await api.call("POST", path, json: somebody)
                #expect(refused.status == 429 && refused.text("error") == "busy", "\(path)")
                #expect(refused.response.header("Retry-After") == "2")
            }
            #expect(try await api.call("GET", "/api/v2/jobs", token: api.token()).status == 200)
        }
        options.passwordsAtOnce = 1
        try await RunningAPI.with(options: options) { api async throws in
            for number in 1...3 {
                let one = ["email": "\(number)@example.com", "password": "correct horse"]
                #expect(
                    try await api.call("POST", "/api/v2/auth/register", json: one).status == 201, "one after the other")
            }
        }
    }

    @Test func `a role that only a later release knows lets its bearer look, and do no more`() async throws {
        try await RunningAPI.with { [pdf] api in
            let token = try await api.token(role: "auditor")
            #expect(try await api.call("GET", "/api/v2/jobs", token: token).status == 200)
            #expect(try await api.announce(pdf, token: token).status == 403)
        }
    }
}
