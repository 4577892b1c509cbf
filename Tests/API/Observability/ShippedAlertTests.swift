import Definitions
import Documents
import Foundation
import HTTPClient
import TestSupport
import Testing

@testable import Operations

@Suite(.timeLimit(.minutes(3))) struct `The alerts that ship for the pipeline` {
    /// A rule about a sample that nobody writes never fires, and tells for ever that it has no data.
    @Test func `ask for samples that the API and the worker write`() async throws {
        let limits = ["MAX_CONCURRENT_JOBS_PER_USER": "5"]
        let rules = try Self.rules()
        try await PipelineStack.with(limits) { stack in
            let token = try await stack.token()
            #expect(try await stack.ends(stack.upload(pdf("One."), token: token).text("job_id")))
            try await stack.setFaults(#"{"provider":"openai","vectors":"zero"}"#)
            #expect(try await stack.ends(stack.upload(pdf("Two."), token: token).text("job_id"), as: .deadletter))
            // Announced, and never sent.
            _ = try await stack.api.announce(sha256: digest([1]), token: token)
            let told = [
                "api": try await stack.call("GET", "/metrics"),
                "worker": try await stack.call("GET", "\(stack.workerBase)/metrics"),
            ].mapValues { OpenMetrics($0.response.body) }
            for (selector, metric) in rules {
                let text = try #require(told[metric.service])
                let samples = text.samples.filter { sample in
                    ["", "_total", "_count"].contains { sample.name == selector.name + $0 }
                        && selector.labels.allSatisfy { sample.labels[$0.key] == $0.value }
                }
                #expect(!samples.isEmpty, "\(metric.service) does not write \(selector.text)")
                for name in metric.by ?? [] {
                    #expect(samples.allSatisfy { $0.labels[name] != nil }, "\(selector.text) has no \(name)")
                }
            }
        }
    }

    private func pdf(_ text: String) -> [UInt8] { SamplePDF(pages: [[text]]).bytes }

    private static func rules() throws -> [(SampleSelector, MetricThreshold)] {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "alerts/pipeline.yaml")
        let bytes = Array(try Data(contentsOf: path))
        let file = try #require(AlertRuleFile.read(bytes, path: "alerts/pipeline.yaml").file)
        let rules = file.rules.compactMap { rule -> (SampleSelector, MetricThreshold)? in
            guard case .metric(let metric) = rule.source, case .sample(let selector, _) = metric.source else {
                return nil
            }
            return (selector, metric)
        }
        #expect(rules.count >= 8)
        return rules
    }
}
