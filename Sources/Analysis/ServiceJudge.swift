/// Judges one service's new bundle from look to look: thresholds over trailing windows, and sequential tests between
/// them. Rebuilt by feeding it the same looks again.
package struct ServiceJudge: Sendable {
    /// What one look leads to.
    package struct Assessment: Sendable {
        /// One for each signal.
        package var verdicts: [Verdict]
        /// True when nothing may be promoted now, though nothing fails: a threshold is breached, but not for long enough, or
        /// the same is wrong with both bundles, or the look cannot be trusted.
        package var holds: Bool
    }

    package let service: String
    package let rules: JudgeRules
    /// When the step's window began, in the looks' microseconds; nil before its first trusted look.
    package private(set) var stepBegan: Int64?
    /// The new bundle's requests since then.
    package private(set) var stepRequests: Int64 = 0
    /// The new bundle's latencies since judging began.
    package private(set) var latencies = LatencyHistogram()

    var last: Look?
    var firstRestarts: (candidate: Int, reference: Int)?
    var deadLooks = 0
    var compared = ComparedRateTest()
    var absolute: AbsoluteRateTest
    var errorWindow: TrailingWindow
    var latencyWindow: TrailingWindow
    var errorBreach = BreachTimer()
    var latencyBreach = BreachTimer()

    package init(service: String, rules: JudgeRules) {
        self.service = service
        self.rules = rules
        absolute = AbsoluteRateTest(allowed: rules.errorRate)
        errorWindow = TrailingWindow(rule: rules.errorRateFor)
        latencyWindow = TrailingWindow(rule: rules.latencyFor)
    }

    /// A new step begins: its counts start at the next look.
    package mutating func beginStep() {
        stepBegan = nil
        stepRequests = 0
    }

    package mutating func observe(_ look: Look) -> Assessment {
        guard look.broken == nil, let candidate = look.candidate else {
            return untrusted(look.broken ?? "there is no series of the new bundle")
        }
        let elapsed = take(look, candidate)
        let verdicts = [
            health(candidate, look.reference), errors(elapsed: elapsed), latency(elapsed: elapsed),
        ]
        let breached = errorBreach.lasted != nil || latencyBreach.lasted != nil
        return Assessment(verdicts: verdicts.map(\.verdict), holds: breached || verdicts.contains(where: \.holds))
    }

    private func untrusted(_ reason: String) -> Assessment {
        let verdict = Verdict(
            signal: "telemetry", service: service, verdict: .telemetryBroken,
            why: "\(service) cannot be judged: \(reason)")
        return Assessment(verdicts: [verdict], holds: true)
    }

    /// Adds what came since the look before. A gap, or counters that began anew, restart the step's window.
    /// - Returns: microseconds since the look before; 0 after a restart.
    private mutating func take(_ look: Look, _ candidate: Look.Arm) -> Int64 {
        defer { last = look }
        if firstRestarts == nil { firstRestarts = (candidate.restarts, look.reference?.restarts ?? 0) }
        guard let last, last.epoch == look.epoch, look.at >= last.at, look.at - last.at <= microseconds(rules.gap),
            let new = last.candidate.flatMap({ Self.difference($0, candidate) })
        else {
            restart(at: look.at)
            return 0
        }
        let old = Self.difference(last.reference, look.reference)
        if stepBegan == nil { stepBegan = look.at } else { stepRequests += new.requests }
        latencies = latencies + new.latency
        if let old, old.requests > 0 {
            compared.observe(candidate: new.count, reference: old.count)
        } else {
            absolute.observe(new.count)
        }
        errorWindow.add(at: look.at, candidate: new, reference: old)
        latencyWindow.add(at: look.at, candidate: new, reference: old)
        return look.at - last.at
    }

    private mutating func restart(at: Int64) {
        stepBegan = at
        stepRequests = 0
        errorWindow.reset()
        latencyWindow.reset()
        errorBreach.reset()
        latencyBreach.reset()
    }

    private static func difference(_ before: Look.Arm?, _ now: Look.Arm?) -> TrailingWindow.Arm? {
        guard let before, let now, now.requests >= before.requests, now.errors >= before.errors,
            let latency = now.latency.since(before.latency)
        else { return nil }
        return .init(requests: now.requests - before.requests, errors: now.errors - before.errors, latency: latency)
    }
}
