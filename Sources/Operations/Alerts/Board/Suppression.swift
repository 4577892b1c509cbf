import Definitions
import Rollouts

/// What holds firing alerts back at one moment: silences, other alerts, a rollout, a drain. Pure.
struct Suppression {
    let routing: AlertRouting
    let silences: [(silence: Silence, matchers: [LabelMatcher])]
    let waiting: Set<String>
    let rollout: String?
    let draining: Set<String>
    /// For each inhibition, the fingerprints of the alerts that it holds others back for, by the values of its labels.
    private let sources: [[Labels: [String]]]
    private let inhibitions: [AlertInhibition]

    /// - Parameters:
    ///   - waiting: the rules whose alerts wait for the end of a rollout.
    init(
        _ firing: [String: Alert], routing: AlertRouting, silences: [Silence], waiting: Set<String>, rollout: String?,
        draining: Set<String>, now: Timestamp
    ) {
        self.routing = routing
        self.waiting = waiting
        self.rollout = rollout
        self.draining = draining
        self.silences = silences.filter { $0.isInForce(at: now) }
            .map { ($0, $0.matchers.compactMap { LabelMatcher($0) }) }
            // A matcher that cannot be read would otherwise silence more than was meant.
            .filter { $0.0.matchers.count == $0.1.count && !$0.1.isEmpty }
        inhibitions = routing.inhibitions + [AlertRouting.severities]
        let patterns = routing.patterns
        sources = inhibitions.map { inhibition in
            var found: [Labels: [String]] = [:]
            for (id, alert) in firing where inhibition.source.match(alert.labels, patterns) {
                guard let key = Self.key(inhibition, alert.labels) else { continue }
                if found[key, default: []].count < 2 { found[key, default: []].append(id) }
            }
            return found
        }
    }

    func heldBack(_ id: String, _ alert: Alert) -> HeldBack? {
        let patterns = routing.patterns
        if let silence = silences.first(where: { $0.matchers.match(alert.labels, patterns) }) {
            return .silence(id: silence.silence.id)
        }
        if let instance = alert.labels["instance"], draining.contains(instance) { return .draining(instance: instance) }
        if let rollout, waiting.contains(alert.rule) { return .rollout(rollout) }
        return inhibitor(id, alert).map { .inhibited(by: $0) }
    }

    private func inhibitor(_ id: String, _ alert: Alert) -> String? {
        let patterns = routing.patterns
        for (inhibition, known) in zip(inhibitions, sources) where inhibition.target.match(alert.labels, patterns) {
            // What matches both sides holds nothing of its kind back, or all of them would hold each other back.
            guard !inhibition.source.match(alert.labels, patterns), let key = Self.key(inhibition, alert.labels),
                let other = known[key]?.sorted().first(where: { $0 != id })
            else { continue }
            return other
        }
        return nil
    }

    /// The values that both sides must share. The built-in inhibition also asks for the same place, whatever names it; of
    /// those in the file, a label that is not there makes nobody equal.
    private static func key(_ inhibition: AlertInhibition, _ labels: Labels) -> Labels? {
        if inhibition == AlertRouting.severities { return labels.filter { $0.key != "severity" } }
        var key: Labels = [:]
        for name in inhibition.equal {
            guard let value = labels[name], !value.isEmpty else { return nil }
            key[name] = value
        }
        return key
    }
}
