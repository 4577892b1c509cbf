import Definitions

/// Decides what stands between a release and an environment. Pure: what the file asks for and what is on record go in,
/// one result for each gate that has something to say comes out, in the order of `Gate`.
///
/// Going back asks no gate.
package struct Gates: Sendable {
    let terms: GateTerms
    let facts: GateFacts
    let overrides: Set<Gate>
    let offset: ZoneOffset

    /// - Parameter overrides: what whoever asked wants to pass; those that cannot be overridden count for nothing.
    package static func evaluate(
        _ terms: GateTerms, _ facts: GateFacts, overrides: [Gate] = [], offset: @escaping ZoneOffset
    ) -> [GateResult] {
        let gates = Gates(
            terms: terms, facts: facts, overrides: Set(overrides.filter(\.canBeOverridden)), offset: offset)
        let results = [
            gates.block, gates.incident, gates.freeze, gates.promotion, gates.soak, gates.evidence, gates.errorBudget,
            gates.spend, gates.approval,
        ]
        return results.compactMap(\.self).map(gates.overriding)
    }

    private func overriding(_ result: GateResult) -> GateResult {
        guard result.state == .refused, overrides.contains(result.gate) else { return result }
        var result = result
        result.state = .overridden
        result.action = nil
        return result
    }

    /// New configuration of what runs already has proved the release here.
    var runsHere: Bool { facts.running == facts.releaseDigest }

    private var block: GateResult {
        guard let block = facts.block else {
            return GateResult(.block, .passed, "\(facts.release) is not blocked")
        }
        let by = block.by.map { " by \($0)" } ?? ""
        let at = block.at.map { " since \($0.minute)" } ?? ""
        return GateResult(
            .block, .refused, "\(facts.release) is blocked\(at)\(by): \(block.why)",
            action: "when its cause is gone: tidegate release unblock \(facts.release) --reason …")
    }

    /// Decision 15: after an automatic rollback the next rollout says why it will go better.
    private var incident: GateResult? {
        guard let incident = facts.incident else { return nil }
        let what =
            "incident \(incident.id) is open since \(incident.openedAt.minute): \(incident.release) was taken back"
        if let reason = facts.reason, !reason.isEmpty {
            return GateResult(.incident, .passed, "\(what); the reason given is: \(reason)")
        }
        return GateResult(
            .incident, .refused, "\(what), and nobody says why this will go better",
            action: "add --reason …, or close it: tidegate incident close \(incident.id) --note …")
    }

    private var freeze: GateResult {
        var until: [(Timestamp, String)] = facts.freezes.filter { $0.isInForce(at: facts.now) }.map {
            ($0.until, "\($0.reason) (\($0.by), \($0.id))")
        }
        for window in terms.freezes {
            do {
                let period = try FreezePeriod.inForce(window, at: facts.now, offset: offset)
                if let period { until.append((period.until, "\(window.reason) (\(window.line))")) }
            } catch {
                return GateResult(
                    .freeze, .refused, "nobody here knows the time zone \(error.zone) of a freeze (\(window.line))",
                    action: "write a name of the IANA time zone database")
            }
        }
        guard let last = until.max(by: { $0.0 < $1.0 }) else {
            return GateResult(.freeze, .passed, "no freeze is in force in \(facts.environment)")
        }
        let isCommand = facts.freezes.contains { $0.isInForce(at: facts.now) && $0.until == last.0 }
        return GateResult(
            .freeze, .refused, "\(facts.environment) is frozen until \(last.0.minute): \(last.1)",
            action: "wait, \(isCommand ? "lift it (tidegate freeze lift), " : "")or pass it: "
                + "--override freeze --reason …", possibleAt: last.0)
    }

    private var spend: GateResult? {
        guard terms.asked.spend == .refuse else { return nil }
        switch facts.spend {
        case .notAsked: return nil
        case .nothingRuns:
            return GateResult(.spend, .passed, "nothing runs in \(facts.environment), so nothing is spent")
        case .known(let reached) where reached.isEmpty:
            return GateResult(.spend, .passed, "no spend limit of \(facts.environment) is reached")
        case .known(let reached):
            return GateResult(
                .spend, .refused,
                "spend limits of \(facts.environment) are reached: \(reached.joined(separator: ", "))",
                action: "wait for the next day (UTC), raise the budget, or: --override spend --reason …",
                possibleAt: facts.now.startOfDay + .seconds(86_400))
        case .unknown(let reason):
            return GateResult(
                .spend, .refused, "nobody knows what \(facts.environment) has spent: \(reason)",
                action: "mend that, or: --override spend --reason …")
        }
    }

    private var approval: GateResult? {
        guard let approval = terms.asked.approval else { return nil }
        if let by = facts.approvedBy { return GateResult(.approval, .passed, "\(by) has approved") }
        return GateResult(
            .approval, .waiting, "it waits for an approval by \(approval.who), for \(approval.within.words) at most",
            action: "tidegate approve ROLLOUT")
    }
}

extension ApprovalDefinition {
    /// Who may approve, in words.
    package var who: String {
        let named = by.isEmpty ? "anybody" : by.joined(separator: " or ")
        return fourEyes ? "\(named) but the one who started it" : named
    }
}

extension FreezeWindow {
    /// `fri 16:00 to mon 08:00 Europe/Berlin`
    package var line: String { "\(from) to \(until) \(zone)" }
}

extension Timestamp {
    /// `2026-11-21 01:02Z`
    package var minute: String { "\(rfc3339.prefix(10)) \(rfc3339.dropFirst(11).prefix(5))Z" }
}

extension Duration {
    /// The two greatest units: `1 h 5 min`, `30 d`, `12 s`.
    package var words: String {
        let all = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")] as [(Int64, String)]
        var rest = max(microseconds / 1_000_000, 0)
        guard let first = all.firstIndex(where: { rest >= $0.0 }) else { return "0 s" }
        var parts: [String] = []
        for (length, unit) in all[first...].prefix(2) where rest >= length {
            parts.append("\(rest / length) \(unit)")
            rest %= length
        }
        return parts.joined(separator: " ")
    }
}
