/// What runs otherwise than it is defined, since when, by what, and the command that mends it.
struct DriftPanel: Sendable {
    let status: StatusDocument

    /// A few words for a figure; unknown is never shown as none.
    var word: String {
        if !status.drift.isEmpty { return "\(status.drift.count) drifted" }
        return switch status.driftSummary?.state {
        case "none", "empty": "no drift"
        case "rolling": "drift: after the rollout"
        case "invalid": "drift: cannot be compared"
        default: "drift: unknown"
        }
    }

    var panel: HTML {
        let summary = status.driftSummary
        let isQuiet = ["none", "empty", "rolling"].contains(summary?.state ?? "unknown")
        if isQuiet, status.drift.isEmpty, status.behind == nil { return .nothing }
        return Parts.section("Defined and running") {
            if !isQuiet { tag("p") { sentence(summary) } }
            if !status.drift.isEmpty { table }
            for unknown in summary?.unknown ?? [] {
                tag("p", .class("warn")) { "? \(unknown.what): \(unknown.reason)" }
            }
            if let behind = status.behind {
                tag("p") {
                    Parts.badge("behind", icon: "◔", tone: .warn)
                    " \(behind.text): "
                    Parts.code(behind.fix)
                }
            }
        }
    }

    @HTMLBuilder private func sentence(_ summary: DriftSummaryDocument?) -> [HTML] {
        if let summary {
            Parts.badge(
                summary.state, icon: summary.state == "drift" ? "▲" : "?", tone: summary.state == "drift" ? .bad : .warn
            )
            " \(summary.verdict)"
            if let since = summary.since {
                ", since "
                Parts.moment(since)
            }
            if let fix = summary.fix {
                ". Mend it: "
                Parts.code(fix)
            }
        } else {
            Parts.badge("unknown", icon: "?", tone: .warn)
            " Whether what runs is what is defined is not known."
        }
    }

    private var table: HTML {
        Parts.table(
            ["Kind", "Service", "Name", "What", "For", "By"],
            status.drift.map { item in
                [
                    Parts.badge(item.kind, icon: "▲", tone: item.kind == "down" ? .bad : .warn), .text(item.service),
                    .text(item.instance.map { "\(item.name) (\($0.suffix(8)))" } ?? item.name), .text(item.message),
                    .text(Duration.microseconds(Int64(item.seconds * 1_000_000)).spoken), .text(item.by?.text ?? "–"),
                ]
            }, empty: "None.")
    }
}
