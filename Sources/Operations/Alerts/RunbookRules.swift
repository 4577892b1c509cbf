import Definitions

/// Whoever hears of an alert finds a page that says what to do.
package enum RunbookRules {
    /// The alerts that may reach somebody and name a page that does not exist.
    package static func findings(_ checked: CheckedEnvironment) -> [Finding] {
        guard let receiver = checked.environment.alerts.receivers.first else { return [] }
        let missing = AlertConditions.Name.allCases.filter { checked.files[$0.runbook] == nil }
        guard let first = missing.first else { return [] }
        let names = missing.map { "`\($0.rawValue)`" }.joined(separator: ", ")
        return [
            Finding(
                rule: "alerts.no-runbook", severity: .warning, environment: checked.environment.name,
                place: checked.place("alerts", "receivers", receiver.name), name: receiver.name,
                message: "`\(receiver.name)` would be told \(names) without a page that says what to do.",
                fix: missing.count == 1
                    ? "Write `\(first.runbook)`." : "Write `\(first.runbook)` and the like, or copy `runbooks/`.")
        ]
    }
}
