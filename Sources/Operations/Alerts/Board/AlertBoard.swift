import Definitions
import Rollouts

/// All alerts of one environment, and what has been told of them. A value: what is known goes in with the time, what is to
/// be sent comes out.
package struct AlertBoard: Sendable, Equatable {
    /// What one step looks at.
    package struct Input: Sendable {
        package var rules: [AlertRule]
        package var routing: AlertRouting
        package var snapshot: SeriesSnapshot
        package var silences: [Silence]
        /// The rollout that is under way.
        package var rollout: String?
        /// Instances that are being drained.
        package var draining: Set<String>
        package var zone: ZoneOffset

        package init(
            rules: [AlertRule], routing: AlertRouting, snapshot: SeriesSnapshot, silences: [Silence] = [],
            rollout: String? = nil, draining: Set<String> = [], zone: @escaping ZoneOffset = { _, _ in 0 }
        ) {
            self.rules = rules
            self.routing = routing
            self.snapshot = snapshot
            self.silences = silences
            self.rollout = rollout
            self.draining = draining
            self.zone = zone
        }
    }

    /// Since when a rule has had nothing to look at.
    package struct Blindness: Codable, Sendable, Equatable {
        package var since: Timestamp
        package var why: String
        package var isFailure: Bool
    }

    /// Looks farther apart than this count for nothing: nobody knows what was in between.
    package static let maximumGap = Duration.seconds(60)
    /// So much may the clocks of control planes differ that look in turn: within it, time stands still for the one that is
    /// behind. Farther back, the clock was set.
    package static let maximumSkew = Duration.seconds(60)

    package let environment: String
    /// By fingerprint: those that fire or are pending, and those that are over and of which somebody is still to hear.
    package var alerts: [String: Alert]
    package var groups: [String: AlertGroup]
    package var blindness: [String: Blindness]
    package var lastStep: Timestamp?

    package init(
        environment: String, alerts: [String: Alert] = [:], groups: [String: AlertGroup] = [:],
        blindness: [String: Blindness] = [:], lastStep: Timestamp? = nil
    ) {
        self.environment = environment
        self.alerts = alerts
        self.groups = groups
        self.blindness = blindness
        self.lastStep = lastStep
    }

    /// Looks once at everything.
    /// - Returns: what is to be sent, in order.
    package mutating func step(_ input: Input, now: Timestamp) -> [AlertNotification] {
        let now = steady(now)
        followClock(now)
        evaluate(input, now)
        holdBack(input, now)
        let notifications = tell(input, now)
        settle()
        lastStep = now
        return notifications
    }

    // MARK: The clock

    private func steady(_ now: Timestamp) -> Timestamp {
        guard let last = lastStep, now < last, last - now <= Self.maximumSkew else { return now }
        return last
    }

    /// A clock that was set back takes all times with it. A gap, be it a clock that was set forth or an engine that was
    /// down, counts neither for `for` nor for `keep-firing-for`.
    private mutating func followClock(_ now: Timestamp) {
        guard let last = lastStep else { return }
        let passed = now - last
        guard passed < .zero || passed > Self.maximumGap else { return }
        alerts = alerts.mapValues { alert in
            var alert = alert
            if alert.state == .pending { alert.activeSince = alert.activeSince + passed }
            alert.clearSince = alert.clearSince.map { $0 + passed }
            guard passed < .zero else { return alert }
            alert.firedAt = alert.firedAt.map { $0 + passed }
            alert.endedAt = alert.endedAt.map { $0 + passed }
            return alert
        }
        blindness = blindness.mapValues { blind in
            var blind = blind
            blind.since = blind.since + passed
            return blind
        }
        guard passed < .zero else { return }
        groups = groups.mapValues { $0.following(passed) }
    }

    // MARK: The rules

    private mutating func evaluate(_ input: Input, _ now: Timestamp) {
        var byRule: [String: [String: Alert]] = [:]
        for (id, alert) in alerts where alert.state != .resolved { byRule[alert.rule, default: [:]][id] = alert }
        for rule in input.rules {
            let evaluation = RuleEvaluation(
                rule: rule, environment: environment, context: input.snapshot.context, now: now,
                patterns: input.routing.patterns)
            let before = byRule.removeValue(forKey: rule.id) ?? [:]
            let (after, sight) = evaluation.evaluate(state(of: rule, input, now), before)
            note(sight, of: rule, now)
            for id in before.keys where after[id] == nil { alerts[id] = nil }
            for (id, alert) in after { take(alert, id) }
        }
        // A rule that is gone has nothing to say any more; one of a file that could not be read yet is not gone.
        guard input.routing.isKnown else { return }
        for (id, alert) in byRule.values.flatMap(\.self) {
            alerts[id] =
                alert.state == .firing ? RuleEvaluation.resolved(alert, at: now) : RuleEvaluation.overAgain(alert)
        }
        let known = Set(input.rules.map(\.id))
        blindness = blindness.filter { known.contains($0.key) }
    }

    /// One that is over, and of which somebody is still to hear, is over even while it is pending again.
    private mutating func take(_ alert: Alert, _ id: String) {
        let before = alerts[id]
        alerts[id] = alert
        guard alert.state == .pending, let before, before.state == .resolved else { return }
        alerts[id]?.firedAt = before.firedAt
        alerts[id]?.endedAt = before.endedAt
    }

    private func state(of rule: AlertRule, _ input: Input, _ now: Timestamp) -> SeriesState {
        switch rule.source {
        case .metric: return input.snapshot.series[rule.id] ?? .notApplicable
        case .series(AlertSeries.always.rawValue, _): return .known([AlertSample(1)])
        case .series(AlertSeries.ruleWithoutData.rawValue, _): return .known(blindRules(input, now))
        case .series(let name, _): return input.snapshot.series[name] ?? .notApplicable
        }
    }

    /// Rules that have had nothing to look at for longer than they may.
    private func blindRules(_ input: Input, _ now: Timestamp) -> [AlertSample] {
        input.rules.compactMap { rule in
            guard let blind = blindness[rule.id], let limit = rule.noDataAfter, now - blind.since >= limit else {
                return nil
            }
            let detail = blind.isFailure ? "asking failed: \(blind.why)" : "no data: \(blind.why)"
            return AlertSample(
                Double((now - blind.since).components.seconds), labels: ["rule": rule.name], notes: ["detail": detail])
        }
    }

    private mutating func note(_ sight: RuleEvaluation.Sight, of rule: AlertRule, _ now: Timestamp) {
        switch sight {
        case .clear, .none: blindness[rule.id] = nil
        case .missing(let why), .failed(let why):
            let isFailure = sight == .failed(why)
            let since = blindness[rule.id]?.since ?? now
            blindness[rule.id] = Blindness(since: since, why: why, isFailure: isFailure)
        }
    }

    private mutating func holdBack(_ input: Input, _ now: Timestamp) {
        let suppression = Suppression(
            alerts.filter { $0.value.isFiring }, routing: input.routing, silences: input.silences,
            waiting: Set(input.rules.filter(\.waitsForRollout).map(\.id)), rollout: input.rollout,
            draining: input.draining, now: now)
        for (id, alert) in alerts where alert.isFiring {
            let held = suppression.heldBack(id, alert)
            if alert.heldBack != held { alerts[id]?.heldBack = held }
        }
    }

    /// An alert that is over is kept for as long as somebody believes that it fires.
    private mutating func settle() {
        var believed: Set<String> = []
        for group in groups.values { for told in group.told.values { believed.formUnion(told.firing) } }
        for (id, alert) in alerts where alert.state == .resolved && !believed.contains(id) {
            alerts[id]?.isSettled = true
        }
    }

    /// Forgets what is settled; whoever keeps records has them by now.
    package mutating func forgetSettled() { alerts = alerts.filter { !$0.value.isSettled } }
}

extension AlertGroup {
    /// The group by a clock that was set back.
    func following(_ passed: Duration) -> AlertGroup {
        var group = self
        group.nextFlush = nextFlush + passed
        group.told = told.mapValues { $0.following(passed) }
        return group
    }
}
