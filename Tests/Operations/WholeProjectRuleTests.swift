import Operations
import TestSupport
import Testing

@testable import Definitions

/// The examples of the rules that need smoke suites and runbooks.
@Suite(.timeLimit(.minutes(1)))
struct WholeProjectRuleTests {
    static let rules = RuleDescription.all.filter { $0.stage == .wholeProject }.map(\.id)

    private func rule(_ id: String) throws -> RuleDescription { try #require(RuleDescription.find(id)) }

    private func validate(_ example: RuleExample?) throws -> ValidationResult {
        var project = try ExampleProject(pages: AlertRules.builtIn.map(\.runbook))
        if let example { try project.apply(example) }
        return try project.validate(by: ProjectValidation.complete)
    }

    @Test func `the project below the examples has nothing wrong`() throws {
        let findings = try validate(nil).findings
        #expect(findings.isEmpty, "\(findings)")
    }

    @Test(arguments: rules) func `the wrong example breaks its rule, with its severity`(id: String) throws {
        let rule = try rule(id)
        let findings = try validate(rule.wrong).findings
        #expect(findings.contains { $0.rule == id && $0.severity == rule.severity }, "\(findings)")
    }

    @Test func `a suite that only shows what is not there needs no promise of a service`() throws {
        func findings(_ status: Int) throws -> [String] {
            let suite = "smoke: 1\nname: gone\nneeds: [api]\nsteps:\n- get: /docs\n  expect: { status: \(status) }\n"
            return try validate(.file("smoke/health.yaml", suite)).findings.map(\.rule)
        }
        #expect(try !findings(404).contains("smoke.unanswered"))
        #expect(try findings(200).contains("smoke.unanswered"))
    }

    @Test(arguments: rules) func `the right example keeps its rule and is valid`(id: String) throws {
        let result = try validate(try rule(id).right)
        #expect(result.isValid && !result.findings.contains { $0.rule == id }, "\(result.findings)")
    }
}
