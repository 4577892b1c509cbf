import Definitions
import Foundation
import TestSupport
import Testing

private let repository = Repository()

@Suite(.timeLimit(.minutes(2))) struct `Scripts and workflows` {
    @Test func `of the shell have no syntax error`() async throws {
        let scripts = try repository.files("deploy", suffix: ".sh") + repository.files("Benchmarks", suffix: ".sh")
        #expect(scripts.count >= 6)
        for script in scripts {
            let check = try RunningCommand("/bin/bash", ["-n", script], directory: repository.root.path)
            let result = try await check.result()
            #expect(result.exit == 0, "\(script): \(result.errors)")
        }
    }

    @Test(arguments: [
        (#"{"alerts":[{"state":"firing"}],"drift":{"state":"none"},"state":"steady"}"#, "steady"),
        (#"[{"state":"ended"},{"state":"running"}]"#, "ended"), (#"{"state":null}"#, ""), ("{}", ""), ("", ""),
        (#"{"state":20.5}"#, "20.5"),
    ])
    func `read a document's own members, not those of what stands in it`(document: String, state: String) async throws {
        let read = try RunningCommand(
            "/bin/bash", ["-euc", ". deploy/common.sh; field state \"$1\"", "field", document],
            directory: repository.root.path)
        let result = try await read.result()
        #expect(result.exit == 0, "\(result.errors)")
        #expect(result.output.trimmingCharacters(in: .newlines) == state)
    }

    @Test func `of the pipeline do something in every step, with commands that exist`() throws {
        var calls = 0
        let workflows = try repository.files(".github/workflows", suffix: ".yml")
        #expect(workflows.count >= 2)
        for workflow in workflows {
            let document = YAMLDocument.parse(Array(try repository.text(workflow).utf8), file: workflow)
            #expect(document.findings.map(\.message) == [], "\(workflow)")
            let root = try #require(document.root, "\(workflow)")
            for run in steps(of: root).compactMap({ $0["run"]?.scalar?.text }) {
                let acts = run.split(separator: "\n").contains { !onlyPrints($0.trimmingCharacters(in: .whitespaces)) }
                #expect(acts, "\(workflow) has a step that only prints: \(run)")
                for command in CommandLines.quoted(in: run, shell: true) {
                    calls += 1
                    let complaint = complaint(command)
                    #expect(complaint == nil, "\(workflow): tidegate \(command.joined(separator: " "))")
                }
            }
        }
        #expect(calls >= 5)
    }

    private func steps(of root: YAMLNode) -> [YAMLNode] {
        (root["jobs"]?.entries ?? []).flatMap { $0.value["steps"]?.elements ?? [] }
    }

    private func onlyPrints(_ line: String) -> Bool {
        line.isEmpty || line.hasPrefix("#")
            || ((line.hasPrefix("echo ") || line.hasPrefix("printf ")) && !line.contains(">>"))
    }
}
