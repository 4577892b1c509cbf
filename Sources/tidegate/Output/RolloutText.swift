import ArgumentParser
import ControlPlane
import Definitions
import Rollouts

enum RolloutText {
    static func clock(_ rfc3339: String) -> String {
        rfc3339.count >= 19 ? String(rfc3339.dropFirst(11).prefix(8)) : rfc3339
    }

    static func summary(_ rollout: RolloutDocument) -> String {
        "\(rollout.id): \(rollout.release) in \(rollout.environment): "
            + spaced(rollout.outcome ?? rollout.stage) + (rollout.waitingFor.map { ", waits for \($0)" } ?? "")
    }

    static func history(_ rollouts: [RolloutDocument]) -> String {
        if rollouts.isEmpty { return "Nothing was rolled out here yet." }
        var table = Table("ROLLOUT", "RELEASE", "BEFORE", "OUTCOME", "STARTED", "TOOK", "BY", "REASON")
        for rollout in rollouts {
            table.add(
                rollout.id, rollout.release, rollout.previous ?? "–", spaced(rollout.outcome ?? rollout.stage),
                minute(rollout.startedAt), took(rollout.seconds), rollout.startedBy, reason(rollout))
        }
        return table.text
    }

    /// The reason, and what was passed for it.
    private static func reason(_ rollout: RolloutDocument) -> String {
        let passed = rollout.overrides ?? []
        let override = passed.isEmpty ? "" : "override \(passed.joined(separator: ", ")): "
        return override + (rollout.reason ?? "")
    }

    static func whole(_ rollout: RolloutDocument) -> String {
        var lines = [
            summary(rollout),
            "started \(minute(rollout.startedAt)) by \(rollout.startedBy), took \(took(rollout.seconds))"
                + (rollout.reason.map { "; reason: \($0)" } ?? ""),
        ]
        for step in rollout.steps {
            lines.append(
                "  \(mark(step.state)) \(step.name)\(step.service.map { " \($0)" } ?? "")"
                    + (step.detail.map { "  \($0)" } ?? ""))
        }
        lines += rollout.notes.map { "  note: \($0)" }
        if let gates = rollout.gates { lines += ["gates:"] + GateText.lines(gates) }
        lines += (rollout.approvals ?? []).map {
            "approved by \($0.by) at \(minute($0.at))" + ($0.reason.map { ": \($0)" } ?? "")
        }
        if !rollout.verdicts.isEmpty { lines.append(verdicts(rollout.verdicts)) }
        if let watch = rollout.watch { lines += watch.lines }
        if let incident = rollout.incident { lines.append(GateText.incident(incident)) }
        return lines.joined(separator: "\n")
    }

    static func finished(_ finished: FinishedDocument) -> String {
        let head =
            switch finished.outcome {
            case "succeeded": Ink.good("✓ succeeded")
            case "rolled_back": Ink.warn("↺ rolled back")
            case "rollback_failed": Ink.bad("✕ rollback failed")
            default: Ink.bad("✕ \(spaced(finished.outcome))")
            }
        // Why it was refused has just been said, secret by secret.
        let what = finished.outcome == "refused" ? "nothing was changed" : ending(finished)
        let lines = ["\(head) in \(took(finished.seconds)): \(what)"]
        let telling = finished.outcome == "succeeded" ? [] : finished.verdicts
        return (telling.isEmpty ? lines : lines + [verdicts(telling)]).joined(separator: "\n")
    }

    /// Why it ended so; what serves now, where nothing needs a reason.
    private static func ending(_ finished: FinishedDocument) -> String {
        if !finished.why.isEmpty { return finished.why }
        if finished.outcome == "succeeded" { return "\(finished.release) serves" }
        return finished.previous.map { "\($0) serves" } ?? "see tidegate show \(finished.rollout)"
    }

    /// What a caller who reads only standard error has to know: how it ended, why, and where to look.
    static func complaint(_ finished: FinishedDocument) -> String {
        let findings = (finished.findings ?? []).map { FindingText.line($0.finding) + "\n" }.joined()
        let why = ending(finished)
        let sentence = why.hasSuffix(".") ? String(why.dropLast()) : why
        return "\(findings)tidegate: \(spaced(finished.outcome)): \(sentence); see: tidegate show \(finished.rollout)"
    }

    /// - Parameter columns: how wide a terminal is; there each sentence stands below its numbers, in lines of at most 80.
    static func verdicts(_ verdicts: [VerdictDocument], columns: Int? = Terminal.style.width) -> String {
        guard let columns else { return table(verdicts) }
        var table = Table("SIGNAL", "SERVICE", "VERDICT", "VALUE", "BETWEEN", "LIMIT", "SAMPLES")
        for verdict in verdicts {
            table.add(
                verdict.signal, verdict.service, spaced(verdict.verdict), number(verdict.value),
                range(verdict.interval),
                number(verdict.limit), verdict.samples.map(String.init) ?? "–")
        }
        let rows = table.text.split(separator: "\n").map(String.init)
        let sentences = verdicts.map { lines($0.why, atMost: max(20, min(columns, 80) - 2)).map { "  \($0)" } }
        return (rows.prefix(1) + zip(rows.dropFirst(), sentences).flatMap { [$0] + $1 }).joined(separator: "\n")
    }

    /// The text in lines of whole words; a word that is longer has a line of its own.
    static func lines(_ text: String, atMost limit: Int) -> [String] {
        text.split(whereSeparator: \.isWhitespace).reduce(into: []) { lines, word in
            if let last = lines.last, last.count + 1 + word.count <= limit {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(String(word))
            }
        }
    }

    private static func range(_ interval: VerdictDocument.Interval?) -> String {
        interval.map { "\(number($0.lower))…\(number($0.upper))" } ?? "–"
    }

    private static func table(_ verdicts: [VerdictDocument]) -> String {
        var table = Table("SIGNAL", "SERVICE", "VERDICT", "VALUE", "LIMIT", "SAMPLES", "WHY")
        for verdict in verdicts {
            table.add(
                verdict.signal, verdict.service, spaced(verdict.verdict), number(verdict.value),
                number(verdict.limit), verdict.samples.map(String.init) ?? "–", verdict.why)
        }
        return table.text
    }

    private static func mark(_ state: StepDocument.State) -> String {
        switch state {
        case .pending: "○"
        case .running: "◐"
        case .done: "✓"
        case .failed: "✕"
        case .skipped: "–"
        }
    }

    private static func number(_ value: Double?) -> String {
        guard let value else { return "–" }
        return value == value.rounded() && abs(value) < 1e9
            ? String(Int64(value)) : "\((value * 10_000).rounded() / 10_000)"
    }
}

func shortDigest(_ digest: String) -> String {
    String((digest.hasPrefix("sha256:") ? digest.dropFirst(7) : digest[...]).prefix(12))
}

/// `2026-11-21 01:02Z`
func minute(_ rfc3339: String) -> String {
    rfc3339.count >= 16 ? "\(rfc3339.prefix(10)) \(rfc3339.dropFirst(11).prefix(5))Z" : rfc3339
}

func spaced(_ word: String) -> String { String(word.map { $0 == "_" ? " " : $0 }) }

func took(_ seconds: Double) -> String { Duration.microseconds(Int64(seconds * 1_000_000)).spoken }
