import ControlPlane

enum AlertText {
    static func list(_ alerts: [AlertDocument]) -> String {
        if alerts.isEmpty { return "Nothing fires." }
        var table = Table("STATUS", "SEVERITY", "ENVIRONMENT", "ALERT", "SINCE", "ID", "WHAT")
        for alert in alerts {
            table.add(
                status(alert), alert.severity, alert.environment, alert.name, minute(alert.startsAt),
                String(alert.id.prefix(8)), alert.summary)
        }
        let shown = { status in alerts.count { $0.status == status } }
        var lines = [table.text]
        for status in ["firing", "pending"] where shown(status) >= AlertDocument.maximumShown {
            lines.append(
                "Of those that are \(status), only the latest \(AlertDocument.maximumShown) are shown; name an environment."
            )
        }
        if shown("resolved") >= AlertDocument.maximumOver {
            lines.append("Of those that are over, only the latest \(AlertDocument.maximumOver) are shown.")
        }
        return lines.joined(separator: "\n")
    }

    /// With what a person must know to read it right.
    private static func status(_ alert: AlertDocument) -> String {
        let evidence = alert.evidence == "known" ? nil : alert.evidence.replacing("_", with: " ")
        let held = alert.heldBack == nil ? nil : "held back"
        let known = alert.acknowledgedBy == nil || alert.status != "firing" ? nil : "acknowledged"
        let more = [evidence, held, known].compactMap(\.self)
        return more.isEmpty ? alert.status : "\(alert.status) (\(more.joined(separator: ", ")))"
    }

    static func explanations(_ explanations: [AlertExplanationDocument]) -> String {
        explanations.map(explanation).joined(separator: "\n\n")
    }

    private static func explanation(_ explanation: AlertExplanationDocument) -> String {
        var lines = [
            "\(explanation.rule.name) in \(explanation.environment): \(explanation.alert?.status ?? "does not fire")"
        ]
        if let alert = explanation.alert {
            lines.append("  \(alert.summary)")
            lines.append(
                "  labels: \(alert.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " "))"
            )
        }
        lines += explanation.why.map { "  \($0)" }
        lines.append("  rule: \(explanation.rule.condition) (\(explanation.rule.file)); \(explanation.rule.runbook)")
        for way in explanation.ways {
            lines.append("  → \(way.receiver), by the route \(way.route)")
            let next = way.nextAt.map { "; next at \($0)" } ?? ""
            lines.append("      \(way.why)\(next)")
        }
        for sent in explanation.sent {
            let failure = sent.failure.map { ": \($0)" } ?? ""
            lines.append(
                "  \(sent.at) \(sent.receiver): \(sent.reason), \(sent.state.replacing("_", with: " "))"
                    + (sent.attempts > 1 ? " after \(sent.attempts) tries" : "") + failure
                    + (sent.among.map { "; without room for this one, which it counts among \($0) more" } ?? ""))
        }
        return lines.joined(separator: "\n")
    }

    static func tests(_ tests: [AlertTestDocument]) -> String {
        var table = Table("RECEIVER", "KIND", "DELIVERED", "SECONDS", "WHY NOT")
        for test in tests {
            table.add(
                test.receiver, test.kind, test.delivered ? "yes" : "no", "\((test.seconds * 100).rounded() / 100)",
                test.failure ?? "")
        }
        return table.text
    }

    static func rules(_ rules: [AlertRuleDocument]) -> String {
        var table = Table("ALERT", "SEVERITY", "WHEN", "RUNBOOK", "FILE")
        for rule in rules { table.add(rule.name, rule.severity, rule.condition, rule.runbook, rule.file) }
        return table.text
    }

    static func silences(_ silences: [SilenceDocument]) -> String {
        if silences.isEmpty { return "Nothing is silenced." }
        var table = Table("ID", "STATE", "UNTIL", "BY", "MATCHES", "KEEPS QUIET", "WHY")
        for silence in silences {
            table.add(
                silence.id, silence.state, minute(silence.endsAt), silence.createdBy,
                silence.matchers.joined(separator: ", "), silence.silenced.joined(separator: ", "), silence.comment)
        }
        return table.text
    }

    static func checked(_ report: RuleTestReport) -> String {
        var lines: [String] = []
        for test in report.tests {
            lines.append("\(test.failures.isEmpty ? Ink.good("✓") : Ink.bad("✗")) \(test.file): \(test.name)")
            lines += test.failures.map { "    \($0)" }
        }
        let failed = report.tests.count { !$0.failures.isEmpty }
        lines.append(
            failed == 0 ? "\(report.tests.count) tests passed." : "\(failed) of \(report.tests.count) tests failed.")
        return lines.joined(separator: "\n")
    }
}
