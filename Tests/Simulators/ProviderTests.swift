import Documents
import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct `The providers and their stand-ins` {
    @Test func `a real PDF becomes Markdown with its headings and its pages`() async throws {
        try await RunningSimulator.with { simulator in
            let pdf = SamplePDF(pages: [
                [
                    "Flood insurance", "", "1. Cover", "", "The policy covers flood damage.",
                    "It covers the cellar as well.",
                ],
                ["CLAIMS", "", "Report a claim within thirty days."],
            ])
            let path = simulator.folder.file("a.pdf")
            try Data(pdf.bytes).write(to: URL(fileURLWithPath: path))
            let document = try await simulator.parser.parse(
                path: path, filename: "a \"b\".pdf", correlationID: "c", deadline: .seconds(20))
            #expect(document.pages == 2)
            #expect(document.markdown.hasPrefix("# Flood insurance\n\n## 1. Cover\n"))
            #expect(document.markdown.contains("\n## CLAIMS\n"))
            #expect(document.markdown.contains("The policy covers flood damage.\nIt covers the cellar as well."))
            let left = try FileManager.default.contentsOfDirectory(atPath: simulator.folder.path)
            #expect(left.sorted() == ["a.pdf", "state"])
        }
    }

    @Test func `what is no PDF cannot be parsed, and trying again is pointless`() async throws {
        try await RunningSimulator.with { simulator in
            let path = try simulator.folder.write("a.pdf", "this is no PDF")
            let error = await #expect(throws: ProviderError.self) {
                try await simulator.parser.parse(
                    path: path, filename: "a.pdf", correlationID: "c", deadline: .seconds(20))
            }
            #expect(error?.isRetryable == false)
        }
    }

    @Test func `a document is not read while its text is canned`() async throws {
        try await RunningSimulator.with { simulator in
            let path = try simulator.folder.write("a.pdf", "this is no PDF")
            try await simulator.setFaults(#"{"parse_canned":true,"provider":"llamaparse"}"#)
            let document = try await simulator.parser.parse(
                path: path, filename: "a.pdf", correlationID: "c", deadline: .seconds(20))
            #expect(document.pages == 1 && document.markdown.hasPrefix("# Policy"))
        }
    }

    @Test func `texts about the same are nearer to each other than to others`() async throws {
        try await RunningSimulator.with { simulator in
            let answer = try await simulator.embedder.embed(
                [
                    "Which flood damage does the policy cover?", "The policy covers damage from floods to the house.",
                    "Please telephone our office on Mondays between nine and five.",
                ], correlationID: "c")
            let vectors = answer.vectors
            #expect(vectors.allSatisfy { $0.count == 1536 && abs(dot($0, $0) - 1) < 0.001 })
            #expect(dot(vectors[0], vectors[1]) > dot(vectors[0], vectors[2]) + 0.2)
            #expect(answer.totalTokens > 20)
            #expect(
                try await simulator.embedder.embed(["one word"], correlationID: "c").vectors[0].count { $0 == 0 } < 1459
            )
        }
    }

    @Test func `many texts go out in batches and come back in order`() async throws {
        try await RunningSimulator.with { simulator in
            let texts = (0..<700).map { "text number \($0)" }
            let answer = try await simulator.embedder.embed(texts, correlationID: "c")
            #expect(answer.vectors.count == 700)
            #expect(answer.requestID.split(separator: ",").count == 3)
            let alone = try await simulator.embedder.embed([texts[699]], correlationID: "c")
            #expect(answer.vectors[699] == alone.vectors[0])
        }
    }

    @Test(arguments: [
        (#"{"outage":true}"#, "provider_unavailable"), (#"{"error_rate":1}"#, "provider_unavailable"),
        (#"{"rate_limit":1}"#, "provider_rate_limited"), (#"{"outage":true,"provider":"llamaparse"}"#, "none"),
    ])
    func `faults are what the client says they are`(_ faults: String, _ code: String) async throws {
        try await RunningSimulator.with { simulator in
            _ = try await simulator.embedder.embed(["warm"], correlationID: "c")
            try await simulator.setFaults(faults)
            var codes: [String] = []
            for _ in 0..<3 {
                do throws(ProviderError) {
                    _ = try await simulator.embedder.embed(["x"], correlationID: "c")
                    codes.append("none")
                } catch {
                    codes.append(error.code)
                    if case .rateLimited(_, let after) = error { #expect((1...60).contains(after ?? 0)) }
                }
            }
            #expect(codes.last == code)
        }
    }

    @Test func `a wrong key is unauthorized and makes the provider unhealthy`() async throws {
        try await RunningSimulator.with { simulator in
            let client = OpenAIClient(endpoint: simulator.endpoint(key: "invalid"), http: simulator.http)
            await #expect(throws: ProviderError.unauthorized(provider: "openai", status: 401)) {
                try await client.embed(["x"], correlationID: "c")
            }
        }
    }

    @Test func `nobody there is a network error, which may pass`() async throws {
        try await RunningSimulator.with { simulator in
            let port = try freePort()
            let endpoint = ProviderEndpoint(url: "http://127.0.0.1:\(port)", key: Credential("k"))
            let error = await #expect(throws: ProviderError.self) {
                try await OpenAIClient(endpoint: endpoint, http: simulator.http).embed(["x"], correlationID: "c")
            }
            #expect(error?.code == "provider_network")
            #expect(error?.isRetryable == true)
        }
    }

    @Test func `hybrid falls back to the stand-in and says so`() async throws {
        try await RunningSimulator.with { simulator in
            var reader = SettingsReader(environment: [
                "UPLOAD_PIPELINE_ENVIRONMENT": "dev", "UPLOAD_PIPELINE_DATABASE_URL": "sqlite:x",
                "UPLOAD_PIPELINE_STORAGE": "disk:x", "UPLOAD_PIPELINE_SERVICE_MODE": "hybrid",
                "UPLOAD_PIPELINE_OPENAI_API_KEY": "invalid", "UPLOAD_PIPELINE_LLAMAPARSE_API_KEY": "k",
                "UPLOAD_PIPELINE_OPENAI_URL": simulator.base, "UPLOAD_PIPELINE_LLAMAPARSE_URL": simulator.base,
                "UPLOAD_PIPELINE_OPENAI_MOCK_URL": simulator.base,
                "UPLOAD_PIPELINE_LLAMAPARSE_MOCK_URL": simulator.base,
            ])
            let settings = WorkerSettings(from: &reader)
            #expect(reader.problems.isEmpty)
            let router = ServiceRouter(
                settings: settings.common.providers, http: simulator.http, formFolder: simulator.folder.path)
            let answer = try await router.embedder.embed(["x"], correlationID: "c")
            #expect(answer.model == "mock/text-embedding-3-small")
            #expect(answer.requestID.hasPrefix("mock/"))
            let health = await router.probe.probe(correlationID: "c")
            #expect(health["openai"]?.isHealthy == false)
            #expect(health["llamaparse"]?.isHealthy == true)
        }
    }

    private func dot(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
}
