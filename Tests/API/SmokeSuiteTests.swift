import Contract
import Documents
import Foundation
import HTTPClient
import Operations
import Rollouts
import TestSupport
import Testing

/// The suites that this project's rollouts run, against the API itself.
@Suite(.timeLimit(.minutes(2))) struct `The smoke suite` {
    @Test func `of security passes, with a browser's page elsewhere refused before it asks`() async throws {
        try await RunningAPI.with { api in
            let report = try await Self.run("security", api)
            #expect(report.steps.allSatisfy { $0.failure == nil }, "\(report.steps)")
            #expect(report.steps.contains { $0.name == "a page elsewhere is refused before it asks" })
            #expect(report.steps.contains { $0.name == "who came encrypted is told to come back so" })
        }
    }

    @Test func `of security fails where pages of every origin may call`() async throws {
        try await RunningAPI.with(["UPLOAD_PIPELINE_CORS_ORIGINS": "*"]) { api in
            let report = try await Self.run("security", api)
            #expect(!report.passed)
        }
    }

    @Test func `of production passes in production, and fails where paths for trying are`() async throws {
        try await RunningAPI.with(["UPLOAD_PIPELINE_ENVIRONMENT": "production"]) { api in
            let report = try await Self.run("production", api)
            #expect(report.passed, "\(report.steps)")
        }
        try await RunningAPI.with { api in
            let report = try await Self.run("production", api)
            #expect(!report.passed)
        }
    }

    /// Each suite is a file of the project, and each is in force somewhere.
    @Test func `is run by some environment, whichever it is`() throws {
        let environments = try ["shared", "dev", "staging", "production"].map { name in
            try String(contentsOf: Self.root.appending(path: "environments/\(name).yaml"), encoding: .utf8)
        }
        let suites = try FileManager.default.contentsOfDirectory(atPath: Self.root.appending(path: "smoke").path)
        #expect(suites.count >= 4)
        for suite in suites {
            #expect(environments.contains { $0.contains("smoke/\(suite)") }, "\(suite)")
        }
    }

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static func run(_ name: String, _ api: RunningAPI) async throws -> SmokeReport.Suite {
        let path = "smoke/\(name).yaml"
        let text = try String(contentsOf: root.appending(path: path), encoding: .utf8)
        let bundle = try #require(Digest("sha256:" + String(repeating: "a", count: 64)))
        let request = SmokeRequest(
            environment: "test", release: "v1", bundle: bundle, stage: .final, addresses: ["api": api.base],
            configDigests: ["api": "c"], paths: ["api": PipelineContracts.api.paths], services: ["api"],
            suites: [SmokeSuiteText(path: path, text: text)])
        let runner = SmokeRunner(http: api.http, secrets: { _, _ in [:] }, temporaryFolder: api.folder.path)
        return try #require(await runner.run(request).suites.first)
    }
}
