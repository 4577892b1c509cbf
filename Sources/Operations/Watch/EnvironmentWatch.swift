import Analysis
import Definitions
import Logging
import Rollouts

/// Goes on judging the bundle that an environment runs after its rollout has succeeded. A failing verdict while the bundle
/// before is still warm takes the release back; later it is an alert for a person.
package actor EnvironmentWatch {
    /// What one look led to.
    package struct Findings: Sendable {
        /// By service; empty while a rollout is in progress, which judges for itself.
        package var verdicts: [String: [Verdict]] = [:]
        /// The rollback that the look began.
        package var rollback: String?
        /// By service: budgets that are spent too fast for long, but not so fast that somebody has to get up.
        package var tickets: [String: String] = [:]
    }

    private let environment: String
    private let engine: any RolloutEngine
    private let signals: any Signals
    private let baselines: @Sendable (_ service: String) async throws -> LatencyBaseline?
    private let block: @Sendable (_ release: String, _ reason: String) async throws -> Void
    private let objectives: @Sendable () async -> [String: Double]
    private let clock: any WallClock
    private let gap: Duration
    private var judges: [String: RecordedJudge] = [:]
    private var burns = BurnWatch()
    private var burning: [String: BurnVerdict] = [:]
    private var watched: Digest?

    /// - Parameters:
    ///   - baselines: what a service was under the last good bundle, if that was recorded.
    ///   - block: keeps a release that was taken back from being rolled out again.
    ///   - objectives: the part of requests that is to succeed, by service, where one is promised.
    ///   - gap: looks farther apart than this begin their windows anew.
    package init(
        environment: String, engine: any RolloutEngine, signals: any Signals, clock: any WallClock, gap: Duration,
        baselines: @Sendable @escaping (_ service: String) async throws -> LatencyBaseline?,
        objectives: @Sendable @escaping () async -> [String: Double] = { [:] },
        block: @Sendable @escaping (_ release: String, _ reason: String) async throws -> Void
    ) {
        self.environment = environment
        self.engine = engine
        self.signals = signals
        self.clock = clock
        self.gap = gap
        self.baselines = baselines
        self.objectives = objectives
        self.block = block
    }

    /// Looks once at every service of the running bundle.
    /// - Parameter state: what the environment runs now.
    package func look(_ state: EnvironmentState) async throws -> Findings {
        guard state.rollout == nil, let current = state.current else {
            watched = nil
            return Findings()
        }
        if watched != current.digest {
            judges = [:]
            burns = BurnWatch()
            watched = current.digest
        }
        var findings = Findings()
        burning = [:]
        let promised = await objectives()
        for service in current.services {
            let sample = await signals.sample(
                SignalRequest(
                    environment: environment, service: service.name,
                    arms: [current, state.previous].compactMap { bundle in
                        bundle.map { .init(bundle: $0.digest, release: $0.release) }
                    }, thresholds: current.thresholds))
            let look = Look(sample, candidate: current.digest, reference: state.previous?.digest)
            var judge =
                if let known = judges[service.name] { known } else { try await judge(service.name, current) }
            findings.verdicts[service.name] = judge.observe(look).verdicts
            judges[service.name] = judge
            if let availability = promised[service.name] {
                burn(sample, current.digest, availability, &findings)
            }
        }
        findings.rollback = try await takeBack(findings, current, state)
        return findings
    }

    /// What burns so fast that it pages is a verdict like the others; what burns slowly is work for tomorrow.
    private func burn(
        _ sample: SignalSample, _ bundle: Digest, _ availability: Double, _ findings: inout Findings
    ) {
        guard let reading = burns.observe(sample, bundle: bundle, availability: availability) else { return }
        let burn = BurnVerdict(objective: availability, reading: reading)
        var verdict = burn.verdict(service: sample.service)
        if verdict.verdict == .fail, reading.rule.severity == .ticket {
            findings.tickets[sample.service] = verdict.why
            verdict.verdict = .notEnoughEvidence
        } else {
            burning[sample.service] = burn
        }
        findings.verdicts[sample.service, default: []].append(verdict)
    }

    private func judge(_ service: String, _ bundle: Bundle) async throws -> RecordedJudge {
        var thresholds = bundle.thresholds
        thresholds.evidence = thresholds.evidence ?? EvidenceDefinition()
        let rules = JudgeRules(
            thresholds, baseline: try await baselines(service), services: bundle.services.count, gap: gap,
            of: service)
        return RecordedJudge(ServiceJudge(service: service, rules: rules))
    }

    private func takeBack(_ findings: Findings, _ current: Bundle, _ state: EnvironmentState) async throws -> String? {
        let failed = findings.verdicts.keys.sorted().compactMap { service in
            findings.verdicts[service]?.first { $0.verdict == .fail }
        }
        guard let verdict = failed.first, let previous = state.previous, let until = state.warmUntil, clock.now < until
        else { return nil }
        // The target is named: a rollout that has begun since the look is not the one that the verdict is about.
        let rollback = try await engine.rollback(
            environment: environment, to: previous.digest, reason: verdict.why, by: "watch",
            evidence: judges[verdict.service]?.evidence(
                for: verdict, burn: verdict.signal == "burn_rate" ? burning[verdict.service] : nil))
        try await block(current.release, verdict.why)
        judges = [:]
        return rollback
    }
}
