import Definitions
import TestSupport
import Testing

/// Some ten thousand hostile files; `Benchmarks/README.md` says how to run millions.
@Suite(.timeLimit(.minutes(5)))
struct YAMLFuzzTests {
    @Test(arguments: 0..<40)
    func `hostile files end in a tree or a finding, within bounds`(batch: UInt64) {
        for seed in batch * 500..<(batch + 1) * 500 {
            var files = HostileYAML(seed: seed)
            let file = files.file()
            let document = YAMLDocument.parse(file, file: "a.yaml")
            #expect(document.root != nil || !document.findings.isEmpty, "seed \(seed)")
            #expect(document.byteCount <= 9 * file.count + 1024, "seed \(seed)")
            #expect(document.findings.count <= YAMLLimits().findings + 2, "seed \(seed)")
            #expect(document.findings.allSatisfy { $0.place.line >= 1 && $0.place.column >= 1 }, "seed \(seed)")
            var steps = 0
            if let root = document.root { walk(root, &steps) }
            #expect(steps <= YAMLLimits().repeatedNodes + file.count + 1, "seed \(seed)")
        }
    }

    /// Each value once, as often as aliases repeat it, and each key found where it stands.
    private func walk(_ node: YAMLNode, _ steps: inout Int) {
        steps += 1
        for element in node.elements ?? [] { walk(element, &steps) }
        for entry in node.entries ?? [] {
            #expect(node[entry.key] != nil)
            walk(entry.value, &steps)
        }
    }

    @Test(arguments: 0..<20)
    func `hostile files never stop validation`(batch: UInt64) throws {
        var fixture = try Fixture()
        for seed in batch * 100..<(batch + 1) * 100 {
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
