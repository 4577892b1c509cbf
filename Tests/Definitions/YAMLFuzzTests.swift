import Definitions
import TestSupport
import Testing

/// Some hostile files, two thousand for the reader and two hundred pairs for validation; `make fuzz` runs them by the hundred thousand in a release build.
@Suite(.timeLimit(.minutes(5)))
struct YAMLFuzzTests {
    @Test(arguments: 0..<20)
    func `hostile files end in a tree or a finding, within bounds`(batch: UInt64) {
        var broken: [String] = []
        for seed in batch * 100..<(batch + 1) * 100 {
            var files = HostileYAML(seed: seed)
            let file = files.file()
            let document = YAMLDocument.parse(file, file: "a.yaml")
            broken += flaws(document, of: file).map { "seed \(seed): \($0)" }
        }
        #expect(broken.isEmpty)
    }

    private func flaws(_ document: YAMLDocument, of file: [UInt8]) -> [String] {
        var flaws: [String] = []
        if document.root == nil, document.findings.isEmpty { flaws.append("neither tree nor finding") }
        if document.byteCount > 9 * file.count + 1024 { flaws.append("\(document.byteCount) bytes of \(file.count)") }
        if document.findings.count > YAMLLimits().findings + 2 { flaws.append("\(document.findings.count) findings") }
        if document.findings.contains(where: { $0.place.line < 1 || $0.place.column < 1 }) { flaws.append("no place") }
        var walk = Walk()
        document.root.map { walk.visit($0) }
        if walk.steps > YAMLLimits().repeatedNodes + file.count + 1 { flaws.append("\(walk.steps) values") }
        return flaws + walk.lost.map { "key \($0) is not found" }
    }

    /// Each value once, as often as aliases repeat it, and each key looked for where it stands.
    private struct Walk {
        var steps = 0
        var lost: [String] = []

        mutating func visit(_ node: YAMLNode) {
            steps += 1
            for element in node.elements ?? [] { visit(element) }
            for entry in node.entries ?? [] {
                if node[entry.key] == nil { lost.append(entry.key) }
                visit(entry.value)
            }
        }
    }

    @Test(arguments: 0..<20)
    func `hostile files never stop validation`(batch: UInt64) throws {
        var fixture = try Fixture()
        for seed in batch * 10..<(batch + 1) * 10 {
            var files = HostileYAML(seed: 1_000_000 + seed)
            fixture.bytes["environments/production.yaml"] = files.file()
            fixture.bytes["environments/dev.yaml"] = files.file()
            let result = try fixture.validate()
            #expect(
                result.usable.keys.allSatisfy { name in
                    !result.findings.contains { $0.environment == name && $0.severity == .error }
                }, "seed \(1_000_000 + seed)")
        }
    }
}
