import Definitions
import TestSupport
import Testing

extension RuleDescription: CustomTestStringConvertible {
    public var testDescription: String { id }
}

@Suite(.timeLimit(.minutes(2)))
struct RuleExampleTests {
    static let validated = RuleDescription.all.filter { $0.stage == .validation }

    @Test func `the project below the examples has nothing wrong`() throws {
        let result = try ExampleProject().validate()
        #expect(result.findings.isEmpty)
        #expect(result.environments == ["dev", "production", "staging"])
    }

    @Test(arguments: validated)
    func `the wrong example breaks its rule, with its severity`(rule: RuleDescription) throws {
        var project = try ExampleProject()
        try project.apply(rule.wrong)
        let findings = try project.validate().findings
        let hit = findings.contains { $0.rule == rule.id && $0.severity == rule.severity }
        #expect(hit, "\(findings)")
    }

    @Test(arguments: validated)
    func `the right example keeps its rule and is valid`(rule: RuleDescription) throws {
        var project = try ExampleProject()
        try project.apply(rule.right)
        let result = try project.validate()
        #expect(result.isValid && !result.findings.contains { $0.rule == rule.id }, "\(result.findings)")
    }

    @Test(arguments: RuleDescription.all)
    func `a description is made of sentences`(rule: RuleDescription) {
        for text in [rule.summary, rule.why] {
            #expect(text.hasSuffix(".") && !text.contains("  ") && !text.contains("\n"))
        }
        for example in [rule.wrong, rule.right] {
            let isWords = example.parts.allSatisfy { if case .words = $0.content { true } else { false } }
            #expect(!example.parts.isEmpty && isWords == (rule.stage == .preflight))
        }
    }

    @Test func `each rule has one description`() {
        let ids = RuleDescription.all.map(\.id)
        #expect(Set(ids).count == ids.count)
    }
}
