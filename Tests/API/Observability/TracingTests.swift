import Documents
import Foundation
import HTTPClient
import Storage
import Synchronization
import TestSupport
import Testing

/// Three processes, and what they tell of one document.
@Suite(.timeLimit(.minutes(2))) struct `One upload's trace` {
    private static let trace = "0af7651916cd43dd8448eb211c80319c"
    private let pdf = SamplePDF(pages: [["The canary-in-the-text sings at dawn."]]).bytes

    /// What somebody was asked, by the headers that say where it belongs.
    private final class Heard: Sendable {
        private let requests = Mutex<[ReceivedRequest]>([])
        func add(_ request: ReceivedRequest) { requests.withLock { $0.append(request) } }
        var all: [ReceivedRequest] { requests.withLock { $0 } }
    }

    @Test func `goes from the request through the job to provider, event and log, and so does its correlation id`()
        async throws
    {
        let heard = Heard()
        let receiver = try ScriptedServer { connection in
            while let request = connection.readRequest() {
                heard.add(request)
                connection.respond("200 OK")
            }
        }
        let changes = [
            "LOG_LEVEL": "debug", "EVENT_WEBHOOK_URLS": "\(receiver.url)/hook",
            "EVENT_WEBHOOK_SECRET": "a-secret-of-32-bytes-or-more-0123",
        ]
        let platform = ["TIDEGATE_RELEASE": "v7", "TIDEGATE_BUNDLE": "b-1"]
        try await PipelineStack.with(changes, platform: platform) { stack in
            let headers = [
                (name: "traceparent", value: "00-\(Self.trace)-b7ad6b7169203331-01"),
                (name: "tracestate", value: "a=b"), (name: "X-Correlation-ID", value: "correlation-17"),
            ]
            let upload = try await stack.upload(pdf, token: stack.token(), headers: headers)
            let id = upload.text("job_id")
            #expect(try await stack.ends(id))
            let job = try #require(try await stack.job(id))
            #expect(job.trace?.traceID == Self.trace && job.trace?.state == "a=b")
            #expect(job.trace?.spanID != "b7ad6b7169203331", "the request is a piece of work of its own")
            #expect(await eventually { heard.all.count >= 9 })
            let parents = heard.all.compactMap { $0.headers["traceparent"] }
            #expect(parents.count == heard.all.count && parents.allSatisfy { $0.contains(Self.trace) })
            #expect(heard.all.allSatisfy { $0.headers["x-correlation-id"] == "correlation-17" })
            #expect(String(decoding: heard.all[0].body, as: UTF8.self).contains("\"traceparent\":\"00-\(Self.trace)-"))
            for command in [stack.api.command, stack.worker] {
                let lines = try lines(command).filter { $0["correlation_id"] == "correlation-17" }
                #expect(!lines.isEmpty)
                for line in lines {
                    #expect(line["trace_id"] == Self.trace && line["span_id"]?.count == 16)
                    #expect(line["release"] == "v7" && line["bundle"] == "b-1")
                }
            }
        }
    }

    @Test func `reaches the providers`() async throws {
        let heard = Heard()
        // Parses at once; what it is asked for vectors it refuses, quoting what it was sent.
        let provider = try ScriptedServer { connection in
            while let request = connection.readRequest() {
                heard.add(request)
                switch path(request) {
                case let path where path.hasSuffix("/markdown"):
                    connection.respond(
                        "200 OK", body: #"{"markdown":"canary-in-the-text","job_metadata":{"job_pages":1}}"#)
                case let path where path.contains("/parsing/"):
                    connection.respond("200 OK", body: #"{"id":"p-1","status":"SUCCESS"}"#)
                case let path where path.hasSuffix("/embeddings"):
                    connection.respond("400 Bad Request", body: String(decoding: request.body, as: UTF8.self))
                default: connection.respond("200 OK", body: "{}")
                }
            }
        }
        let changes = ["LLAMAPARSE_URL": provider.url, "OPENAI_URL": provider.url, "LOG_LEVEL": "trace"]
        try await PipelineStack.with(changes) { stack in
            let header = [(name: "traceparent", value: "00-\(Self.trace)-b7ad6b7169203331-01")]
            let token = try await stack.token()
            let upload = try await stack.upload(pdf, token: token, headers: header)
            #expect(try await stack.ends(upload.text("job_id"), as: .deadletter))
            let asked = heard.all.filter { $0.headers["traceparent"]?.contains(Self.trace) == true }.map(path)
            #expect(asked.contains("/api/parsing/upload") && asked.contains("/v1/embeddings"))
            let search = try await stack.call(
                "POST", "/api/v2/search", token: token, json: ["query": "canary-in-the-question"])
            #expect(search.status == 503)
            // The refusal quotes the text; its user may read that, the log does not.
            #expect(try await stack.job(upload.text("job_id"))?.lastError?.contains("canary-in-the-text") == true)
            for command in [stack.api.command, stack.worker] {
                let log = try command.errors
                #expect(log.contains("provider_rejected") && !log.contains("canary"))
            }
        }
    }

    @Test func `and nothing of it in the logs is a secret, whatever goes wrong`() async throws {
        let secrets = [
            "JWT_SECRET": "k1:canary-jwt-0123456789abcdef0123456789abcdef", "LLAMAPARSE_API_KEY": "canary-llama",
            "OPENAI_API_KEY": "invalid", "EVENT_WEBHOOK_SECRET": "canary-event-0123456789abcdef0123456789",
            "EVENT_WEBHOOK_URLS": "http://127.0.0.1:1/canary-path?key=canary-query", "LOG_LEVEL": "trace",
        ]
        let platform = [
            "TIDEGATE_CONTROL_TOKEN": "canary-control", "TIDEGATE_DIGEST_KEY": String(repeating: "ca", count: 32),
        ]
        try await PipelineStack.with(secrets, platform: platform, waitsForWorker: false) { stack in
            let token = try await stack.token("canary-mail@example.com")
            let upload = try await stack.upload(pdf, name: "canary-name.pdf", token: token)
            #expect(try await stack.ends(upload.text("job_id"), as: .deadletter))
            _ = try await stack.call("POST", "/api/v2/search", token: token, json: ["query": "canary-question"])
            _ = try await stack.call("GET", "/canary-route", token: "canary-token-0123456789")
            #expect(try await eventually { try stack.worker.errors.contains("did not take an event") })
            for command in [stack.api.command, stack.worker] {
                let log = try command.errors
                #expect(log.split(separator: "\n").count > 3)
                #expect(!log.contains("canary") && !log.contains("correct horse") && !log.contains(token))
                #expect(!log.contains(upload.text("signed_url")) && !log.contains("signature="))
            }
        }
    }

    private func lines(_ command: RunningCommand) throws -> [[String: String]] {
        try command.errors.split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String], "\(line)")
        }
    }
}

/// Of a request line, what it asks for.
private func path(_ request: ReceivedRequest) -> String {
    request.line.split(separator: " ").dropFirst().first.map(String.init) ?? ""
}
