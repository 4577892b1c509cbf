import Definitions

/// Whoever hears of an alert finds a page that says what to do.
package enum RunbookRules {
    /// The alerts that may reach somebody and name a page that does not exist.
    package static func findings(_ checked: CheckedEnvironment) -> [Finding] {
        guard let receiver = checked.environment.alerts.receivers.first else { return [] }
        let rules = AlertRules(checked.environment.alerts, files: checked.files).rules
        var missing: [AlertRule] = []
        for rule in rules where checked.files[rule.runbook] == nil && !missing.contains(where: { $0.name == rule.name })
        {
            missing.append(rule)
        }
        guard let first = missing.first else { return [] }
        let names = missing.map { "`\($0.name)`" }.joined(separator: ", ")
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

/// The files of rules that an environment names can be read, and measure what is there.
package enum AlertRuleRules {
    package static func findings(_ checked: CheckedEnvironment) -> [Finding] {
        let environment = checked.environment
        let collector = FindingCollector(environment: environment.name)
        var seen: [String: String] = [:]
        for path in environment.alerts.rules {
            guard let bytes = checked.files[path.value] else {
                let known = checked.files.keys.filter { $0.hasPrefix("alerts/") && $0.hasSuffix(".yaml") }
                collector.report(
                    "alerts.missing-file", at: path.place, name: path.value,
                    "the file of rules `\(path.value)` is not among the files under `alerts/`.",
                    fix: Suggestion.nearest(to: path.value, among: known.sorted()).map { "Write `\($0)`." }
                        ?? "Write the file, or remove the line.")
                continue
            }
            let (file, findings) = AlertRuleFile.read(bytes, path: path.value)
            collector.add(
                findings.map {
                    var finding = $0
                    finding.environment = environment.name
                    return finding
                })
            for rule in file?.rules ?? [] { check(rule, path.value, &seen, checked, collector) }
        }
        return collector.findings
    }

    private static func check(
        _ rule: AlertRule, _ path: String, _ seen: inout [String: String], _ checked: CheckedEnvironment,
        _ collector: FindingCollector
    ) {
        if let other = seen.updateValue(path, forKey: rule.id) {
            collector.report(
                "alerts.twice", at: rule.place, name: rule.name,
                "the rule `\(rule.name)` (\(rule.severity)) is in `\(other)` already.",
                fix: "Remove one, or give it another name or severity.")
        }
        guard case .metric(let metric) = rule.source else { return }
        let services = checked.environment.services.map(\.name)
        if !services.contains(metric.service) {
            collector.report(
                "alerts.service", at: rule.place, name: rule.name,
                "`\(rule.name)` measures `\(metric.service)`, which is no service of \(checked.environment.name).",
                fix: Suggestion.nearest(to: metric.service, among: services).map { "Write `service: \($0)`." }
                    ?? "Name one of the services.")
        }
        if case .query = metric.source, checked.environment.prometheus == nil {
            collector.report(
                "alerts.prometheus", at: rule.place, name: rule.name,
                "`\(rule.name)` asks a Prometheus, and \(checked.environment.name) names none.",
                fix: "Write `prometheus: { url: \"http://…:9090\" }`.")
        }
        if metric.limit.timesStable {
            collector.report(
                "alerts.limit", at: rule.place, name: rule.name,
                "`\(rule.name)` compares with an old bundle, and there is none beside what runs.",
                fix: "Write a number.")
        }
    }
}
