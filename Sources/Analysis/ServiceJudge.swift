/// Judges one service's new bundle from look to look: thresholds over trailing windows, and sequential tests between
/// them. Rebuilt by feeding it the same looks again.
package struct ServiceJudge: Codable, Sendable, Equatable {
    /// What one look leads to.
    package struct Assessment: Sendable {
        /// One for each signal.
        package var verdicts: [Verdict]
        /// True when nothing may be promoted now, though nothing fails: a threshold is breached, but not for long enough, or
        /// the same is wrong with both bundles, or the look cannot be trusted.
        package var holds: Bool
        /// Further series of which the new bundle has no number: a step that asks for evidence has not all of it.
        package var missing: [String] = []
    }

    /// Those that had happened before judging began.
    struct Restarts: Codable, Sendable, Equatable {
        var candidate: Int
        var reference: Int
    }

    package let service: String
    package let rules: JudgeRules
    /// When the step's window began, in the looks' microseconds; nil before its first trusted look.
    package private(set) var stepBegan: Int64?
    /// The new bundle's requests since then.
    package private(set) var stepRequests: Int64 = 0
    /// The new bundle's latencies since judging began.
    package private(set) var latencies = LatencyHistogram()
    /// The new bundle's requests and failures since judging began.
    package private(set) var seen = ArmCount(requests: 0, errors: 0)

    /// What the new bundle's jobs cost since judging began; nil where nobody tells.
    package private(set) var costs: JobCosts?

    var last: Look?
    var firstRestarts: Restarts?
    var deadLooks = 0
    /// How many instances of the new bundle were ready at the look before, and until when the last ones are cold.
    var readyBefore = 0
    var coldUntil = Int64.min
    var evidence: ServiceEvidence
    var errorWindow: TrailingWindow
    var latencyWindow: TrailingWindow
    var errorBreach = BreachTimer()
    var latencyBreach = BreachTimer()
    /// Nil without further series, and in what was recorded before there were any.
    var metrics: [MetricWatch]?
    /// Nil where no bake is judged so.
    var kayenta: KayentaBake?

    package init(service: String, rules: JudgeRules) {
        self.service = service
        self.rules = rules
        evidence = ServiceEvidence(rules)
        errorWindow = TrailingWindow(rule: rules.errorRateFor)
        latencyWindow = TrailingWindow(rule: rules.latencyFor)
        metrics = rules.metrics?.map { MetricWatch($0) }
        if rules.keepsMinutes == true { kayenta = KayentaBake(quantile: rules.latencyQuantile, further: levels()) }
    }

    /// A new step begins: its counts start at the next look.
    package mutating func beginStep() {
        stepBegan = nil
        stepRequests = 0
        evidence.closePool()
        kayenta?.begin()
    }

    /// What Kayenta's judge says of the step so far; nil until another minute is over, and where it is not asked.
    package mutating func kayentaVerdict(_ terms: KayentaBake.Terms) -> Verdict? {
        kayenta?.verdict(terms, service: service)
    }

    package mutating func observe(_ look: Look) -> Assessment {
        guard look.broken == nil, let candidate = look.candidate else {
            return untrusted(look.broken ?? "there is no series of the new bundle")
        }
        let new = take(look, candidate)
        let elapsed = new?.elapsed ?? 0
        let proof = proof
        let verdicts =
            [health(candidate, look.reference), errors(proof, elapsed: elapsed), latency(proof, elapsed: elapsed)]
            + [cost(proof)].compactMap(\.self)
        let breached = errorBreach.lasted != nil || latencyBreach.lasted != nil
        let further = furtherSeries(look)
        if let new, let stepBegan {
            let levels = levels(unanswered: look.unanswered ?? [:])
            kayenta?.observe(at: look.at, since: stepBegan, new.candidate, new.reference, further: levels)
        }
        return Assessment(
            verdicts: verdicts.map(\.verdict) + further.map(\.verdict),
            holds: breached || verdicts.contains(where: \.holds) || further.contains(where: \.holds),
            missing: further.filter(\.isMissing).map(\.verdict.signal))
    }

    /// What further series come to now; those about which nobody could be asked come to nothing.
    private func levels(unanswered: [String: String] = [:]) -> [String: KayentaBake.Level] {
        let pairs = (metrics ?? []).map { ($0.rule.name, $0.levels(isKnown: unanswered[$0.rule.name] == nil)) }
        return Dictionary(pairs) { first, _ in first }
    }

    private mutating func furtherSeries(_ look: Look) -> [(verdict: Verdict, holds: Bool, isMissing: Bool)] {
        guard let watches = metrics else { return [] }
        return watches.indices.compactMap { index in
            let name = watches[index].rule.name
            let point = MetricWatch.Point(
                at: look.at, candidate: look.candidate?.metrics?[name], reference: look.reference?.metrics?[name])
            return metrics?[index].observe(
                point, gap: microseconds(rules.gap), unanswered: look.unanswered?[name], service: service)
        }
    }

    private func untrusted(_ reason: String) -> Assessment {
        let verdict = Verdict(
            signal: "telemetry", service: service, verdict: .telemetryBroken,
            why: "\(service) cannot be judged: \(reason)")
        return Assessment(verdicts: [verdict], holds: true)
    }

    /// What came since the look before.
    private struct New {
        var elapsed: Int64
        var candidate: TrailingWindow.Arm
        var reference: TrailingWindow.Arm?
    }

    /// Adds what came since the look before. A gap, or counters that began anew, restart the step's window.
    /// - Returns: nil after a restart.
    private mutating func take(_ look: Look, _ candidate: Look.Arm) -> New? {
        defer {
            last = look
            warm(candidate, at: look.at)
        }
        if firstRestarts == nil {
            firstRestarts = Restarts(candidate: candidate.restarts, reference: look.reference?.restarts ?? 0)
        }
        guard let last, last.epoch == look.epoch, look.at >= last.at, look.at - last.at <= microseconds(rules.gap),
            let new = last.candidate.flatMap({ Self.difference($0, candidate) })
        else {
            restart(at: look.at)
            return nil
        }
        let old = Self.difference(last.reference, look.reference)
        if stepBegan == nil { stepBegan = look.at } else { stepRequests += new.requests }
        latencies = latencies + new.latency
        seen = seen + new.count
        if let more = new.costs { costs = (costs ?? JobCosts()) + more }
        evidence.observe(new, old, isWarm: last.at >= coldUntil)
        errorWindow.add(at: look.at, candidate: new, reference: old)
        latencyWindow.add(at: look.at, candidate: new, reference: old)
        return New(elapsed: look.at - last.at, candidate: new, reference: old)
    }

    private mutating func warm(_ candidate: Look.Arm, at: Int64) {
        if candidate.ready > readyBefore, let evidence = rules.evidence {
            coldUntil = at + microseconds(evidence.warmUp)
        }
        readyBefore = candidate.ready
    }

    private mutating func restart(at: Int64) {
        stepBegan = at
        stepRequests = 0
        evidence.closePool()
        errorWindow.reset()
        latencyWindow.reset()
        errorBreach.reset()
        latencyBreach.reset()
        kayenta?.begin()
    }

    /// What clients came since; nil when they were not told apart at both looks.
    private static func clients(_ before: ArmCount?, _ now: ArmCount?) -> ArmCount? {
        guard let before, let now, now.requests >= before.requests, now.errors >= before.errors else { return nil }
        return ArmCount(requests: now.requests - before.requests, errors: now.errors - before.errors)
    }

    private static func difference(_ before: Look.Arm?, _ now: Look.Arm?) -> TrailingWindow.Arm? {
        guard let before, let now, now.requests >= before.requests, now.errors >= before.errors,
            let latency = now.latency.since(before.latency)
        else { return nil }
        return .init(
            requests: now.requests - before.requests, errors: now.errors - before.errors, latency: latency,
            clients: clients(before.clients, now.clients),
            costs: before.costs.flatMap { then in now.costs.flatMap { $0.since(then) } })
    }
}
