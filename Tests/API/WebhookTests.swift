import API
import Crypto
import Documents
import Foundation
import HTTPClient
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct `LlamaParse's webhook` {
    private static let success = #"{"event_id":"e1","event_type":"parse.success","data":{"job_id":"llama-1"}}"#

    @Test func `is recorded once, and wakes whoever waits for the result`() async throws {
        try await RunningAPI.with { api in
            let job = try await announced(api)
            try await leaveWithParser(job, api)
            var hints = api.database.hints(topic: JobTopics.jobs).makeAsyncIterator()
            // The first comes with the listening itself.
            _ = await hints.next()
            let first = try await deliver(Self.success, to: job, api)
            #expect(first.text("status") == "recorded")
            _ = await hints.next()
            let woken = try #require(try await api.database.read { try JobList.job(job.id, on: $0) })
            #expect(woken.availableAt <= api.clock())
            #expect(try await api.database.read { try WebhookDeliveries.isFinal(job: job.id, since: 0, on: $0) })
            let again = try await deliver(Self.success, to: job, api)
            #expect(again.status == 200)
            #expect(again.text("status") == "replayed")
        }
    }

    @Test func `is refused without a signature, and with any but its own job's`() async throws {
        try await RunningAPI.with { api in
            let job = try await announced(api)
            let other = try await announced(api)
            let good = signature(Self.success, job.webhookSecret)
            let forged = [
                nil, "", "sha256=", good.dropLast(2) + "00", signature(Self.success, other.webhookSecret),
                signature(Self.success + " ", job.webhookSecret), signature(Self.success, ""), "sha256=zz",
            ]
            for header in forged {
                let reply = try await send(Self.success, to: job.id, header.map { String($0) }, api)
                #expect(reply.status == 401, "\(header ?? "no header")")
            }
            for id in [RandomBytes.uuid(), "nonsense", "%00"] {
                #expect(try await send(Self.success, to: id, good, api).status == 401)
            }
            #expect(try await !api.database.read { try WebhookDeliveries.isFinal(job: job.id, since: 0, on: $0) })
            #expect(try await send(Self.success, to: job.id, good, api).status == 200)
        }
    }

    @Test(arguments: [
        (#"{"event_type":"parse.success"}"#, 200), (#"{"status":"PARTIAL_SUCCESS"}"#, 200),
        (#"{"event_type":"parse.error","data":{}}"#, 200), (#"{"status":"PENDING"}"#, 200),
        (#"{"status":"CANCELED"}"#, 200), (#"{"status":"done"}"#, 400), (#"{"event_type":"extract.success"}"#, 400),
        (#"{}"#, 400), (#"{"status":1}"#, 422), ("nonsense", 422), ("", 422), ("[]", 422),
    ])
    func `says 400 to a status that it does not know`(_ body: String, _ status: Int) async throws {
        try await RunningAPI.with { api in
            let job = try await announced(api)
            #expect(try await deliver(body, to: job, api).status == status)
        }
    }

    @Test func `that is fast is not overwritten by a late parse_queued, and moves no job itself`() async throws {
        try await RunningAPI.with { api in
            let job = try await announced(api)
            #expect(try await deliver(Self.success, to: job, api).status == 200)
            #expect(try await status(of: job, api) == .uploaded)
            let later = api.clock()
            _ = try await api.database.write { try Documents.Uploads.bytesArrived(job: job.id, now: later, on: $0) }
            #expect(try await api.database.read { try WebhookDeliveries.isFinal(job: job.id, since: 0, on: $0) })
            // A worker has parsed by now; what comes late undoes nothing.
            try await api.database.write { connection in
                _ = try connection.execute("UPDATE jobs SET status = 'chunks_stored' WHERE id = ?", [job.id])
            }
            #expect(try await deliver(#"{"status":"PENDING"}"#, to: job, api).status == 200)
            #expect(try await deliver(#"{"status":"ERROR"}"#, to: job, api).status == 200)
            #expect(try await status(of: job, api) == .chunksStored)
        }
    }

    @Test func `of more than a megabyte is refused`() async throws {
        try await RunningAPI.with { api in
            let job = try await announced(api)
            let large = #"{"status":"SUCCESS","md":""# + String(repeating: "x", count: 1 << 20) + #""}"#
            #expect(try await deliver(large, to: job, api).status == 413)
        }
    }

    private func announced(_ api: RunningAPI) async throws -> JobRecord {
        let reply = try await api.announce(Array(RandomBytes.uuid().utf8), token: api.token())
        let id = reply.text("job_id")
        return try #require(try await api.database.read { try JobList.job(id, on: $0) })
    }

    /// As a worker does with a document that takes long.
    private func leaveWithParser(_ job: JobRecord, _ api: RunningAPI) async throws {
        let now = api.clock()
        try await api.database.write { connection in
            _ = try Documents.Uploads.bytesArrived(job: job.id, now: now, on: connection)
            try connection.execute(
                """
                INSERT INTO parse_requests (job_id, ticket, payment_key, pages, held_at, submitted_at, deadline_at)
                VALUES (?, 't', 'k', 1, ?, ?, ?)
                """, [job.id, now, now, Int64.max])
            try connection.execute(
                "UPDATE jobs SET status = 'parse_queued', available_at = ? WHERE id = ?", [Int64.max / 2, job.id])
        }
    }

    private func status(of job: JobRecord, _ api: RunningAPI) async throws -> JobStatus? {
        try await api.database.read { try JobList.job(job.id, on: $0) }?.status
    }

    private func deliver(_ body: String, to job: JobRecord, _ api: RunningAPI) async throws -> Reply {
        try await send(body, to: job.id, signature(body, job.webhookSecret), api)
    }

    private func send(_ body: String, to id: String, _ signature: String?, _ api: RunningAPI) async throws -> Reply {
        var headers = [(name: "Content-Type", value: "application/json")]
        if let signature { headers.append((name: "X-Webhook-Signature", value: signature)) }
        return Reply(
            response: try await api.http.send(
                HTTPRequest(
                    "POST", "\(api.base)/api/v2/webhooks/llamaparse/\(id)", headers: headers,
                    body: .bytes(Array(body.utf8)))))
    }

    private func signature(_ body: String, _ secret: String) -> String {
        let code = HMAC<SHA256>.authenticationCode(
            for: Array(body.utf8), using: SymmetricKey(data: Array(secret.utf8)))
        return "sha256=" + code.map { String(format: "%02x", $0) }.joined()
    }
}
