import ControlPlane

/// What differs, for people.
enum DriftText {
    static func text(_ report: DriftReportDocument) -> String {
        let release = report.release.map { "  runs \($0)" } ?? ""
        var lines = ["\(Ink.bold(report.environment))  \(state(report.state))\(release)"]
        if !report.drift.isEmpty { lines.append(table(report.drift)) }
        if !report.pending.isEmpty {
            lines.append("With the next rollout, and not before:")
            lines += report.pending.map { "  \($0.service) \($0.name) \($0.message)\(by($0))" }
        }
        for unknown in report.unknown {
            let since = unknown.since.map { " since \(minute($0))" } ?? ""
            lines.append(Ink.warn("unknown\(since): \(unknown.what): \(unknown.reason)"))
        }
        if !report.notChecked.isEmpty {
            lines.append(
                "not checked here: \(report.notChecked.joined(separator: ", ")): only the shell that rolls out has "
                    + (report.notChecked.count == 1 ? "it" : "them"))
        }
        lines.append(verdict(report.summary))
        return lines.joined(separator: "\n")
    }

    /// The one line that says what is the matter, and what to do.
    static func verdict(_ summary: DriftSummaryDocument) -> String {
        let since = summary.since.map { ", since \(minute($0))" } ?? ""
        let fix = summary.fix.map { "; mend it: \($0)" } ?? ""
        switch summary.state {
        case "none", "empty", "rolling": return summary.verdict
        case "drift": return Ink.bad(summary.verdict) + since + fix
        default: return Ink.warn(summary.verdict) + since + fix
        }
    }

    private static func state(_ state: String) -> String {
        switch state {
        case "none": Ink.good("● as defined")
        case "drift": Ink.bad("▲ drift")
        case "invalid": Ink.warn("? cannot be compared")
        case "unknown": Ink.warn("? unknown")
        case "rolling": Ink.warn("◐ rolling")
        default: "○ empty"
        }
    }

    private static func table(_ drift: [DriftDocument]) -> String {
        var table = Table("KIND", "SERVICE", "NAME", "WHAT", "NEEDS", "SINCE", "BY")
        for item in drift {
            table.add(
                item.kind, item.service, item.instance.map { "\(item.name) (\($0.suffix(8)))" } ?? item.name,
                item.message, needs(item), "\(minute(item.since)) (\(took(item.seconds)))", item.by?.text ?? "–")
        }
        return table.text
    }

    private static func needs(_ item: DriftDocument) -> String {
        switch item.effect {
        case "restart": "new instances"
        case "rollout": item.subject == "variable" ? "a rollout, no restart" : "a rollout"
        case "repair": "repair"
        default: "nothing now"
        }
    }

    private static func by(_ item: DriftDocument) -> String { item.by.map { " (\($0.text))" } ?? "" }
}
