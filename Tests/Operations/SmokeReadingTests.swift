import Definitions
import Foundation
import Rollouts
import TestSupport
import Testing

@testable import Operations

@Suite(.timeLimit(.minutes(1)))
struct SmokeReadingTests {
    private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private func findings(_ steps: String, head: String = "smoke: 1\nneeds: [api]") -> [Finding] {
        SmokeSuite.read("\(head)\nsteps:\n\(steps)", path: "smoke/x.yaml").findings
    }

    @Test(arguments: ["health", "document"])
    func `the suites of this repository are sound`(name: String) throws {
        let text = try String(contentsOf: root.appendingPathComponent("smoke/\(name).yaml"), encoding: .utf8)
        let (suite, findings) = SmokeSuite.read(text, path: "smoke/\(name).yaml")
        #expect(findings.isEmpty)
        #expect(try #require(suite).name == name)
        #expect(try !#require(suite).steps.isEmpty)
    }

    @Test func `the example in the documentation is sound`() throws {
        let page = try String(contentsOf: root.appendingPathComponent("docs/smoke-suites.md"), encoding: .utf8)
        let example = try #require(page.components(separatedBy: "```yaml\n").dropFirst().first)
        let text = try #require(example.components(separatedBy: "```").first)
        let (suite, findings) = SmokeSuite.read(text, path: "jobs.yaml")
        #expect(findings.isEmpty)
        #expect(suite?.steps.count == 3)
    }

    @Test func `an unknown key is an error with its line and what was probably meant`() throws {
        let found = findings("  - get: /health\n    expekt: { status: 200 }")
        #expect(found.count == 1)
        let finding = try #require(found.first)
        #expect(finding.place.line == 5)
        #expect(finding.rule == "key.unknown")
        #expect(finding.fix == "Write `expect`.")
    }

    @Test(arguments: [
        ("  - get: /a\n    post: /b", "a step does exactly one thing."),
        ("  - expect: { status: 200 }", "a step does exactly one thing."),
        ("  - get: /a/${jop}\n  - get: /b\n    save: { job: $.id }", "uses ${jop}"),
        ("  - put: /a\n    file: pdf", "sends the file pdf"),
        ("  - get: /a\n    expect: { status: 2x }", "must be a status"),
        ("  - get: /a\n    expect: { time: 500ms }", "must be a limit of time"),
        ("  - get: /a\n    expect: { json: { state: done } }", "is not a path into JSON"),
        ("  - get: /a\n    expect: { json: { $.n: \"<many\" } }", "must be a comparison with a number"),
        ("  - get: /a\n    expect: { json: { $.n: \"~(\" } }", "must be a regular expression"),
        ("  - get: /a/${open", "every `${` is closed"),
        ("  - get: /a\n    within: 5s", "`within` is not a key that is known"),
        ("  - get: /a\n    until: { json: { $.a: 1 } }\n    every: 8s..2s", "must be a duration, or two of them"),
    ])
    func `what cannot be meant is a finding`(steps: String, message: String) {
        let found = findings(steps)
        #expect(found.contains { $0.message.contains(message) }, "\(found.map(\.message))")
    }

    @Test func `a suite must say which services it needs`() {
        #expect(findings("  - get: /a", head: "smoke: 1").map(\.rule) == ["key.missing"])
        #expect(findings("  - get: /a", head: "smoke: 1\neach: [api]").isEmpty)
    }

    @Test func `a saved name may be used afterwards, one handed in or built in at any time`() {
        #expect(
            findings(
                "  - get: ${API_URL}/a?u=${uuid}&r=${release}\n    save: { id: $.id }\n  - get: /b/${id}\n"
                    + "    headers: { x: \"${secret:KEY}\" }"
            ).isEmpty)
    }

    @Test func `a suite runs only at its stage and where its services are`() throws {
        let needs = try #require(
            SmokeSuite.read("smoke: 1\nneeds: [api, worker]\nstage: final\nsteps: [{ get: /a }]", path: "s.yaml").suite)
        #expect(needs.runs(stage: .final, services: ["api", "worker"]) == [nil])
        #expect(needs.runs(stage: .final, services: ["api"]) == [])
        #expect(needs.runs(stage: .beforeTraffic, services: ["api", "worker"]) == [])
        let each = try #require(
            SmokeSuite.read("smoke: 1\neach: [api, worker]\nsteps: [{ get: /a }]", path: "s.yaml").suite)
        #expect(each.runs(stage: .beforeTraffic, services: ["worker"]) == ["worker"])
    }
}
