import Contract
import Crypto
import Documents
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct `Faults of the stand-ins` {
    private static let secret = "the-job's-own-secret"

    @Test(arguments: ["wrong_dimension", "zero", "wrong_count"])
    func `in vectors are found by the client, for good`(_ fault: String) async throws {
        try await RunningSimulator.with { simulator in
            try await simulator.setFaults(#"{"vectors":"\#(fault)","provider":"openai"}"#)
            let error = await #expect(throws: ProviderError.self) {
                try await simulator.embedder.embed(["one", "two"], correlationID: "c")
            }
            #expect(error?.code == "provider_unusable" && error?.isRetryable == false)
            try await simulator.setFaults("{}")
            #expect(try await simulator.embedder.embed(["one", "two"], correlationID: "c").vectors.count == 2)
        }
    }

    @Test func `that are unknown are refused, and change nothing`() async throws {
        try await RunningSimulator.with { simulator in
            await #expect(throws: ProviderError.self) {
                try await simulator.setFaults(#"{"outage":true,"vectors":"upside_down"}"#)
            }
            let answer = try await simulator.embedder.embed(["one"], correlationID: "c")
            #expect(answer.vectors.count == 1)
        }
    }

    /// What arrives at a job's webhook when a document is parsed under such faults.
    private func webhooks(
        _ faults: String, until isEnough: @escaping @Sendable ([ReceivedRequest]) -> Bool,
        answer: @escaping @Sendable (Int) -> String = { _ in "200 OK" }
    ) async throws -> [ReceivedRequest] {
        let received = Requests()
        let server = try ScriptedServer { connection in
            while let request = connection.readRequest() {
                connection.respond(answer(received.add(request)))
            }
        }
        try await RunningSimulator.with { simulator in
            try await simulator.setFaults(faults)
            let path = simulator.folder.file("a.pdf")
            try Data(SamplePDF(pages: [["Title", "", "Text."]]).bytes).write(to: URL(fileURLWithPath: path))
            let webhook = ParseWebhook(url: server.url + "/hook/1", secret: Credential(Self.secret))
            let ticket = try await simulator.parser.submit(
                ParseOrder(path: path, filename: "a.pdf", correlationID: "c", mostPages: 9, webhook: webhook),
                limit: .seconds(20))
            let isParsed = try await eventually {
                try await simulator.parser.collect(ticket, correlationID: "c", limit: .seconds(20)) != nil
            }
            #expect(isParsed, "webhooks are a hint; the result is there without them")
            #expect(await eventually { isEnough(received.all) })
        }
        return received.all
    }

    private func isSigned(_ request: ReceivedRequest) -> Bool {
        let code = HMAC<SHA256>.authenticationCode(
            for: request.body, using: SymmetricKey(data: Array(Self.secret.utf8)))
        return request.headers["x-webhook-signature"] == "sha256=\(Hexadecimal.text(code))"
    }

    @Test func `none: the webhook comes once, signed with the job's secret, and again until it is heard`() async throws
    {
        let received = try await webhooks(
            "{}", until: { $0.count == 2 }, answer: { $0 == 0 ? "503 Service Unavailable" : "200 OK" })
        #expect(received.allSatisfy { $0.line == "POST /hook/1 HTTP/1.1" && isSigned($0) })
        #expect(received[0].body == received[1].body)
        #expect(String(decoding: received[0].body, as: UTF8.self).contains(#""event_type":"parse.success""#))
    }

    @Test func `make webhooks late, repeated and forged`() async throws {
        let repeated = try await webhooks(
            #"{"webhook_delay_ms":50,"webhook_repeats":2}"#, until: { $0.count == 3 })
        #expect(repeated.allSatisfy(isSigned) && Set(repeated.map(\.body)).count == 1)
        let forged = try await webhooks(#"{"webhook_forged":true}"#, until: { $0.count == 1 })
        #expect(!isSigned(forged[0]))
        let lost = try await webhooks(#"{"webhook_lost":true}"#, until: { _ in true })
        #expect(lost.isEmpty)
    }
}

/// What a scripted server has received.
private final class Requests: Sendable {
    private let received = Mutex<[ReceivedRequest]>([])

    var all: [ReceivedRequest] { received.withLock { $0 } }

    /// - Returns: how many there were before.
    func add(_ request: ReceivedRequest) -> Int {
        received.withLock { received in
            received.append(request)
            return received.count - 1
        }
    }
}
