import ControlPlane

enum ReleaseText {
    static func list(_ releases: [ReleaseDocument]) -> String {
        if releases.isEmpty { return "No release yet; record one: tidegate release create v1 --from DIR" }
        var table = Table("VERSION", "DIGEST", "SERVICES", "RECORDED", "BY", "STATE")
        for release in releases {
            table.add(
                release.version, shortDigest(release.digest), release.artifacts.map(\.service).joined(separator: ","),
                minute(release.createdAt), release.createdBy, release.blocked.map { "blocked: \($0)" } ?? "ok")
        }
        return table.text
    }

    static func one(_ release: ReleaseDocument) -> String {
        var lines = [
            "\(release.version)  \(release.digest)",
            "Recorded \(minute(release.createdAt)) by \(release.createdBy)"
                + (release.origin.map { ", from \($0)" } ?? "") + ".",
        ]
        if let blocked = release.blocked { lines.append("Blocked: \(blocked)") }
        for block in release.blocks ?? [] { lines.append("  \(GateText.block(block))") }
        for part in release.artifacts {
            lines.append("  \(part.service)  \(part.digest)  \(part.command.joined(separator: " "))")
        }
        return lines.joined(separator: "\n")
    }
}

enum PlanText {
    static func text(_ plan: PlanDocument) -> String {
        var lines = [
            "\(plan.environment): \(plan.previous ?? "nothing") → \(plan.release) (\(shortDigest(plan.bundle)))"
        ]
        if !plan.changes { lines.append("Nothing to do: this is what runs.") }
        for change in plan.configuration {
            let values =
                change.before == nil && change.after == nil
                ? "" : "  \(change.before ?? "–") → \(change.after ?? "–")"
            lines.append("  \(sign(change.change)) \(change.service) \(change.name)\(values)")
        }
        if plan.changes {
            for (index, step) in plan.steps.enumerated() {
                let of = step.service.map { " \($0)" } ?? ""
                lines.append("  \(index + 1). \(step.name)\(of)\(step.detail.map { ": \($0)" } ?? "")")
            }
            if let seconds = plan.expectedSeconds {
                lines.append("Baking takes \(took(seconds)); starts, smoke tests and waiting for evidence come on top.")
            }
            if let gates = plan.gates { lines += ["Gates:"] + GateText.lines(gates) }
        }
        return (lines + plan.notes).joined(separator: "\n")
    }

    private static func sign(_ change: String) -> String {
        switch change {
        case "added": Ink.good("+")
        case "removed": Ink.bad("-")
        default: Ink.warn("~")
        }
    }
}

enum SmokeText {
    static func text(_ suites: [SmokeDocument]) -> String {
        if suites.isEmpty { return "No smoke suite is defined for this environment." }
        return suites.map { suite in
            let head = "\(suite.passed ? Ink.good("✓ passed") : Ink.bad("✕ failed"))  \(suite.suite)"
            let steps = suite.steps.map { step in
                let attempts = step.attempts > 1 ? ", \(step.attempts) attempts" : ""
                let line =
                    "    \(step.passed ? "✓" : "✕") \(step.name)  \(Int(step.milliseconds.rounded())) ms\(attempts)"
                return line + (step.failure.map { "\n      \($0)" } ?? "")
            }
            return ([head] + steps).joined(separator: "\n")
        }.joined(separator: "\n")
    }
}

enum SpendText {
    static func text(_ spend: SpendDocument) -> String {
        var table = Table("SCOPE", "TODAY", "HELD", "LIMIT", "CURRENCY")
        for scope in spend.scopes {
            table.add(scope.scope, scope.today, scope.held, scope.limit ?? "–", spend.currency)
        }
        let total =
            "Spent today: \(spend.today) \(spend.currency)"
            + (spend.limit.map { " of \($0)" } ?? ", without a limit") + "."
        return spend.scopes.isEmpty ? total : "\(total)\n\(table.text)"
    }
}

enum LogText {
    static func line(_ line: LogLineDocument) -> String {
        "\(Ink.dim("\(line.service)/\(line.instance.suffix(8))"))  \(line.line)"
    }
}

enum DoctorText {
    static func text(_ checks: [DoctorCheck]) -> String {
        checks.map { check in
            let mark =
                switch check.state {
                case .present: Ink.good("✓")
                case .warning: Ink.warn("!")
                case .missing: Ink.bad("✕")
                }
            return "\(mark) \(check.name): \(check.detail)" + (check.fix.map { "\n    \($0)" } ?? "")
        }.joined(separator: "\n")
    }
}
