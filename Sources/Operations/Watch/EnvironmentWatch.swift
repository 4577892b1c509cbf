import Analysis
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
    }

    private let environment: String
    private let engine: any RolloutEngine
    private let signals: any Signals
    private let baselines: @Sendable (_ service: String) async throws -> Double?
    private let block: @Sendable (_ release: String, _ reason: String) async throws -> Void
    private let clock: any WallClock
    private let gap: Duration
    private var judges: [String: ServiceJudge] = [:]
    private var watched: Digest?

    /// - Parameters:
    ///   - baselines: a service's latency under the last good bundle, in milliseconds, if it was recorded.
    ///   - block: keeps a release that was taken back from being rolled out again.
    ///   - gap: looks farther apart than this begin their windows anew.
    package init(
        environment: String, engine: any RolloutEngine, signals: any Signals, clock: any WallClock, gap: Duration,
        baselines: @Sendable @escaping (_ service: String) async throws -> Double?,
        block: @Sendable @escaping (_ release: String, _ reason: String) async throws -> Void
    ) {
        self.environment = environment
        self.engine = engine
        self.signals = signals
        self.clock = clock
        self.gap = gap
        self.baselines = baselines
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
            watched = current.digest
        }
        var findings = Findings()
        for service in current.services {
            let sample = await signals.sample(environment: environment, service: service.name)
            let look = Look(sample, candidate: current.digest, reference: state.previous?.digest)
            var judge =
                if let known = judges[service.name] { known } else { try await judge(service.name, current) }
            findings.verdicts[service.name] = judge.observe(look).verdicts
            judges[service.name] = judge
        }
        findings.rollback = try await takeBack(findings, current, state)
        return findings
    }

    private func judge(_ service: String, _ bundle: Bundle) async throws -> ServiceJudge {
        let rules = JudgeRules(bundle.thresholds, latencyBaseline: try await baselines(service), gap: gap)
        return ServiceJudge(service: service, rules: rules)
    }

    private func takeBack(_ findings: Findings, _ current: Bundle, _ state: EnvironmentState) async throws -> String? {
        let failed = findings.verdicts.keys.sorted().compactMap { service in
            findings.verdicts[service]?.first { $0.verdict == .fail }
        }
        guard let verdict = failed.first, let previous = state.previous, let until = state.warmUntil, clock.now < until
        else { return nil }
        // The target is named: a rollout that has begun since the look is not the one that the verdict is about.
        let rollback = try await engine.rollback(
            environment: environment, to: previous.digest, reason: verdict.why, by: "watch")
        try await block(current.release, verdict.why)
        judges = [:]
        return rollback
    }
}
