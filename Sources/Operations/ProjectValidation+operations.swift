import Definitions

extension ProjectValidation {
    /// Validation by all rules there are, those over smoke suites, alerts and runbooks among them.
    package static func complete(_ sources: ProjectSources) throws(ReferenceError) -> ProjectValidation {
        try ProjectValidation(
            sources, checks: [SmokeSuiteRules.findings, AlertRuleRules.findings, RunbookRules.findings])
    }
}
