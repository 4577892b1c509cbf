import ControlPlane

enum GateText {
    /// One line a gate.
    static func lines(_ gates: [GateDocument]) -> [String] {
        gates.map { gate in
            let mark =
                switch gate.state {
                case "passed": Ink.good("✓")
                case "refused": Ink.bad("✕")
                default: Ink.warn("!")
                }
            let state = gate.state == "passed" ? "" : " (\(gate.state))"
            return "  \(mark) \(gate.gate)\(state): \(gate.why)" + (gate.action.map { "\n      \($0)" } ?? "")
        }
    }

    static func freezes(_ freezes: [FreezeDocument]) -> String {
        if freezes.isEmpty { return "Nothing is frozen." }
        var table = Table("FREEZE", "STATE", "FROM", "UNTIL", "BY", "REASON")
        for freeze in freezes {
            table.add(
                freeze.id ?? "the file", spaced(freeze.state), freeze.from.map(minute) ?? freeze.window ?? "–",
                freeze.until.map(minute) ?? "–", freeze.liftedBy.map { "\($0) (lifted)" } ?? freeze.by ?? "–",
                freeze.liftReason ?? freeze.reason)
        }
        return table.text
    }

    static func evidence(_ all: [EvidenceDocument]) -> String {
        if all.isEmpty { return "Nothing is on record for this release." }
        var table = Table("KIND", "RESULT", "AT", "BY", "WHERE", "FILE", "DIGEST", "NOTE")
        for one in all {
            table.add(
                one.kind, one.passed ? "passed" : "failed", minute(one.at), one.by, one.environment ?? "–",
                one.file ?? "–", one.fileDigest.map(shortDigest) ?? "–", one.note ?? "")
        }
        return table.text
    }

    static func incidents(_ all: [IncidentDocument]) -> String {
        if all.isEmpty { return "No release was ever taken back here by itself." }
        var table = Table("INCIDENT", "STATE", "OPENED", "RELEASE", "FAILED", "REQUESTS", "WHY")
        for one in all {
            table.add(
                one.id, one.state, minute(one.openedAt), one.release,
                String(one.costs.reduce(0) { $0 + $1.failed }), String(one.costs.reduce(0) { $0 + $1.requests }),
                one.verdicts.first ?? "")
        }
        return table.text
    }

    static func incident(_ one: IncidentDocument) -> String {
        var lines = [
            "\(one.id): \(one.release) was taken back from \(one.environment) at \(minute(one.openedAt)); "
                + "rollout \(one.rollout) ended as \(spaced(one.outcome))"
                + (one.restored.map { ", \($0) serves" } ?? "")
        ]
        if let since = one.servedSince {
            lines.append("it served from \(since) " + (one.servedUntil.map { "until \($0)" } ?? "on"))
        }
        lines += one.verdicts.map { "  ✕ \($0)" }
        lines += one.costs.map { cost in
            "  \(cost.service): \(cost.failed) of \(cost.requests) failed that it answered"
                + (cost.clients.map { "; at most \($0) clients met a failure" } ?? "")
        }
        if let spent = one.spent { lines.append("  the environment spent \(spent) USD in that time") }
        if let why = one.spentUnknown { lines.append("  what it cost is unknown: \(why)") }
        lines += one.weights.map { "  \($0.at)  \($0.service) \($0.percent) %" }
        if let closed = one.closedAt {
            lines.append("closed \(minute(closed)) by \(one.closedBy ?? ""): \(one.note ?? "")")
        } else {
            lines.append("open; close it with: tidegate incident close \(one.id) --note …")
        }
        return lines.joined(separator: "\n")
    }
}

extension GateText {
    static func block(_ block: BlockDocument) -> String {
        let began =
            "blocked\(block.at.map { " \(minute($0))" } ?? "")\(block.by.map { " by \($0)" } ?? ""): \(block.why)"
        guard let lifted = block.liftedAt else { return began }
        return "\(began); unblocked \(minute(lifted)) by \(block.liftedBy ?? "–"): \(block.liftReason ?? "")"
    }
}
