import Definitions
import Rollouts

/// One rule, looked at once: from what its alerts were and what is known now to what they are. Pure.
struct RuleEvaluation {
    let rule: AlertRule
    let environment: String
    let context: [String: String]
    let now: Timestamp
    let patterns: LabelPatterns

    /// What the rule had to go by.
    enum Sight: Equatable {
        case clear
        case none
        case missing(String)
        case failed(String)
    }

    /// - Parameter alerts: the rule's alerts that are not resolved, by fingerprint.
    /// - Returns: what they have become, and what the rule had to go by.
    func evaluate(_ state: SeriesState, _ alerts: [String: Alert]) -> (alerts: [String: Alert], sight: Sight) {
        switch state {
        case .known(let samples): return evaluate(samples, alerts)
        case .notApplicable: return (alerts.mapValues { withoutData($0, "nothing to ask") }, .none)
        case .missing(let why): return (alerts.mapValues { withoutData($0, why) }, .missing(why))
        case .failed(let why): return (alerts.mapValues { withoutData($0, why, isFailure: true) }, .failed(why))
        }
    }

    private func evaluate(
        _ samples: [AlertSample], _ alerts: [String: Alert]
    ) -> (alerts: [String: Alert], sight: Sight) {
        var result: [String: Alert] = [:]
        var left = alerts
        var sight = Sight.clear
        for sample in samples where isMeant(sample) {
            let labels = rule.labels(of: sample, environment: environment)
            let id = labels.fingerprint
            let before = left.removeValue(forKey: id)
            switch sample.reading {
            case .missing(let why):
                sight = .missing(why)
                if let before { result[id] = withoutData(before, why) }
            case .quiet(let why):
                if let before { result[id] = withoutData(before, why) }
            case .value(let value):
                if let after = evaluate(value, sample, labels, before) { result[id] = after }
            }
        }
        // What is not there any more is over: the series is known.
        for (id, alert) in left { result[id] = cleared(alert, value: nil) }
        return (result, sight)
    }

    private func isMeant(_ sample: AlertSample) -> Bool {
        guard case .series(_, let match) = rule.source else { return true }
        return match.match(sample.labels, patterns)
    }

    private func evaluate(_ value: Double, _ sample: AlertSample, _ labels: Labels, _ before: Alert?) -> Alert? {
        guard rule.isBreached(value) else { return before.flatMap { cleared($0, value: value) } }
        var alert =
            before.map(seenAgain)
            ?? Alert(rule: rule.id, labels: labels, state: .pending, activeSince: now)
        alert.value = value
        alert.clearSince = nil
        let said = rule.annotations(of: sample, value, environment: environment, context: context)
        // What changed is said as it was when it began.
        alert.annotations = alert.state == .firing ? alert.annotations.merging(current(said)) { _, new in new } : said
        if alert.state == .pending, now - alert.activeSince >= rule.lasting {
            alert.state = .firing
            alert.firedAt = now
            alert.endedAt = nil
        }
        return alert
    }

    private func current(_ annotations: [String: String]) -> [String: String] {
        annotations.filter { context[$0.key] == nil }
    }

    private func cleared(_ before: Alert, value: Double?) -> Alert? {
        guard before.state == .firing else { return Self.overAgain(before) }
        var alert = seenAgain(before)
        alert.value = value ?? alert.value
        let since = alert.clearSince ?? now
        alert.clearSince = since
        guard now - since >= rule.keepFiring else { return alert }
        return Self.resolved(alert, at: now)
    }

    static func resolved(_ before: Alert, at now: Timestamp) -> Alert {
        var alert = before
        alert.state = .resolved
        alert.endedAt = now
        alert.clearSince = nil
        alert.heldBack = nil
        alert.evidence = .known
        return alert
    }

    /// What a pending alert becomes that does not hold any more: nothing, but for one that had fired before, the end of which
    /// somebody may still have to hear.
    static func overAgain(_ pending: Alert) -> Alert? { pending.endedAt.map { resolved(pending, at: $0) } }

    /// Time without data satisfies no `for`, and ends no `keep-firing-for`.
    private func seenAgain(_ before: Alert) -> Alert {
        var alert = before
        guard let since = before.evidence.since else { return alert }
        let gap = max(.zero, now - since)
        if alert.state == .pending { alert.activeSince = alert.activeSince + gap }
        alert.clearSince = alert.clearSince.map { $0 + gap }
        alert.evidence = .known
        return alert
    }

    private func withoutData(_ before: Alert, _ why: String, isFailure: Bool = false) -> Alert {
        var alert = before
        let since = before.evidence.since ?? now
        alert.evidence = isFailure ? .failed(since: since, why: why) : .noData(since: since, why: why)
        return alert
    }
}
