import Definitions

/// What a release has proved elsewhere.
extension Gates {
    /// It succeeded in the environment before, and was not taken back there since.
    var promotion: GateResult? {
        guard let source = terms.promotesFrom else { return nil }
        let there = "tidegate rollout \(source) --release \(facts.release)"
        guard !runsHere else { return GateResult(.promotion, .passed, provedHere) }
        guard let last = runs.last else {
            return GateResult(
                .promotion, .refused, "\(facts.release) has not succeeded in \(source)",
                action: "roll it out there first: \(there)")
        }
        switch last.end {
        case .runsOn:
            return GateResult(.promotion, .passed, "\(facts.release) runs in \(source) since \(last.from.minute)")
        case .replaced(let next, let at):
            return GateResult(
                .promotion, .passed,
                "\(facts.release) ran in \(source) from \(last.from.minute) until \(next) came at \(at.minute)")
        case .takenBack(let why, let at):
            return GateResult(
                .promotion, .refused, "\(facts.release) was taken back from \(source) at \(at.minute): \(why)",
                action: "when its cause is gone, prove it there again: \(there)")
        }
    }

    /// It stayed healthy there for long enough, at a stretch.
    var soak: GateResult? {
        guard let source = terms.promotesFrom, terms.soak > .zero else { return nil }
        guard !runsHere else { return GateResult(.soak, .passed, provedHere) }
        guard let last = sound.last else {
            return GateResult(
                .soak, .refused, "\(facts.release) has not been healthy in \(source) for \(terms.soak.words)",
                action: "roll it out there first: tidegate rollout \(source) --release \(facts.release)")
        }
        let stretches = sound.map { $0.healthy(facts.breaches, now: facts.now) }
        if let enough = stretches.first(where: { $0.lasted >= terms.soak }) {
            return GateResult(
                .soak, .passed,
                "\(facts.release) was healthy in \(source) for \(enough.lasted.words), and needs "
                    + terms.soak.words)
        }
        let (from, lasted) = last.healthy(facts.breaches, now: facts.now)
        let short = "\(lasted.words) of the \(terms.soak.words) that \(facts.environment) asks for"
        guard last.end == .runsOn else {
            return GateResult(
                .soak, .refused, "\(facts.release) was healthy in \(source) for \(short), and runs there no more",
                action: "roll it out there again: tidegate rollout \(source) --release \(facts.release)")
        }
        let since = from == last.from ? "" : " since a verdict failed there at \(from.minute)"
        return GateResult(
            .soak, .refused, "\(facts.release) has been healthy in \(source) for \(short)\(since)",
            action: "it may go out from \((from + terms.soak).minute) on", possibleAt: from + terms.soak)
    }

    private var provedHere: String { "\(facts.release) runs here already: only its configuration changes" }

    private var runs: [SourceRun] { SourceRun.all(of: facts.releaseDigest, in: facts.source) }

    /// The runs since it was last taken back.
    private var sound: [SourceRun] {
        let runs = runs
        let back = runs.lastIndex { if case .takenBack = $0.end { true } else { false } }
        return Array(back.map { runs[($0 + 1)...] } ?? runs[...])
    }

    /// The newest record of each kind that is asked for has passed, and is young enough. Smoke tests count where the release
    /// comes from.
    var evidence: GateResult? {
        guard !terms.asked.evidence.isEmpty else { return nil }
        guard !runsHere else { return GateResult(.evidence, .passed, provedHere) }
        let missing = terms.asked.evidence.compactMap { kind in lacks(kind).map { "\(kind.rawValue) (\($0))" } }
        let kinds = terms.asked.evidence.map(\.rawValue)
        guard !missing.isEmpty else {
            return GateResult(.evidence, .passed, "\(facts.release) has passed \(kinds.joined(separator: ", "))")
        }
        let first = terms.asked.evidence.first { lacks($0) != nil }?.rawValue ?? "KIND"
        return GateResult(
            .evidence, .refused, "\(facts.release) lacks evidence: \(missing.joined(separator: ", "))",
            action: "record it: tidegate evidence add \(facts.release) \(first) --passed --from FILE")
    }

    /// What is wrong with the evidence of that kind; nil when it is there.
    private func lacks(_ kind: EvidenceKind) -> String? {
        let records = facts.evidence.filter { record in
            guard record.kind == kind else { return false }
            guard kind == .smoke, let source = terms.promotesFrom else { return true }
            return record.environment == source
        }
        guard let newest = records.max(by: { $0.at < $1.at }) else {
            return kind == .smoke && terms.promotesFrom != nil
                ? "none from \(terms.promotesFrom ?? "")" : "none on record"
        }
        guard newest.passed else { return "failed at \(newest.at.minute), says \(newest.by)" }
        guard facts.now - newest.at <= terms.asked.evidenceWithin else {
            return "of \(newest.at.minute), older than \(terms.asked.evidenceWithin.words)"
        }
        return nil
    }
}
