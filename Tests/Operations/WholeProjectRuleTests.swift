import Definitions
import Operations
import Testing

struct SmokeRuleTests {
    private func findings(_ example: RuleExample) throws -> [Finding] {
        try example.parts.flatMap { part in
            guard case .file(let text) = part.content else {
                throw NotASuite(path: part.path)
            }
            return SmokeSuite.read(text, path: part.path).findings
        }
    }

    private struct NotASuite: Error { var path: String }

    @Test func `the examples of the rules for smoke suites break and keep them`() throws {
        let rules = RuleDescription.all.filter { $0.stage == .smokeSuites }
        #expect(rules.count >= 3)
        for rule in rules {
            let wrong = try findings(rule.wrong)
            #expect(wrong.contains { $0.rule == rule.id && $0.severity == rule.severity }, "\(rule.id): \(wrong)")
            #expect(try findings(rule.right).isEmpty, "\(rule.id)")
        }
    }
}
