import Analysis
import Definitions
import Rollouts

/// One environment's round: judge what runs, gather the facts, and make the alerts what the facts say.
package struct Patrol: Sendable {
    /// What a round found, for status pages and logs.
    package struct Report: Sendable {
        package var verdicts: [String: [Verdict]]
        package var changed: [Alert]
        /// The rollback that the round began.
        package var rollback: String?
    }

    private let environment: String
    private let engine: any RolloutEngine
    private let platform: any Platform
    private let watch: EnvironmentWatch
    private let alerts: AlertStore
    private let budgets: @Sendable (Bundle) async -> [AlertFacts.Budget]?
    private let clock: any WallClock
    private let disk: @Sendable () -> AlertFacts.Disk?
    private let certificates: @Sendable () async -> AlertFacts.Certificates?
    private let drift: @Sendable () async -> AlertFacts.Drift?

    /// - Parameters:
    ///   - certificates: the router's; nil when they are unknown.
    ///   - disk: the room on the control plane's disk; nil when it is unknown.
    ///   - drift: what differs from its definition; nil when that is unknown.
    ///   - budgets: the environment's budgets today; nil when they are unknown.
    package init(
        environment: String, engine: any RolloutEngine, platform: any Platform, watch: EnvironmentWatch,
        alerts: AlertStore, clock: any WallClock, disk: @Sendable @escaping () -> AlertFacts.Disk? = { nil },
        certificates: @Sendable @escaping () async -> AlertFacts.Certificates? = { nil },
        drift: @Sendable @escaping () async -> AlertFacts.Drift? = { nil },
        budgets: @Sendable @escaping (Bundle) async -> [AlertFacts.Budget]?
    ) {
        self.disk = disk
        self.certificates = certificates
        self.drift = drift
        self.environment = environment
        self.engine = engine
        self.platform = platform
        self.watch = watch
        self.alerts = alerts
        self.clock = clock
        self.budgets = budgets
    }

    /// - Parameter receivers: addresses of the webhooks to notify.
    package func round(receivers: [String]) async throws -> Report {
        let state = try await engine.state(environment: environment)
        let findings = try await watch.look(state)
        var breaches = findings.verdicts.compactMapValues { verdicts in verdicts.first { $0.verdict == .fail }?.why }
        breaches.merge(findings.tickets) { breach, _ in breach }
        if let id = state.rollout {
            for verdict in try await engine.rollout(id).verdicts where verdict.verdict == .fail {
                breaches[verdict.service] = verdict.why
            }
        }
        let facts = AlertFacts(
            environment: environment, lastRollout: try await lastRollout(state),
            services: try await services(state, breaches, judged: Self.judged(findings)),
            budgets: await unlessNil(state.current) { await budgets($0) },
            disk: state.current == nil && state.rollout == nil ? nil : disk(),
            certificates: await certificates(), drift: await drift())
        let changed = try await alerts.settle(facts, receivers: receivers, now: clock.now)
        return Report(verdicts: findings.verdicts, changed: changed, rollback: findings.rollback)
    }

    /// The services about which the look says something; none while a rollout judges another bundle.
    private static func judged(_ findings: EnvironmentWatch.Findings) -> Set<String> {
        Set(findings.verdicts.filter { $0.value.allSatisfy { $0.verdict != .telemetryBroken } }.keys)
    }

    /// The last rollout that touched anything.
    private func lastRollout(_ state: EnvironmentState) async throws -> AlertFacts.LastRollout? {
        let history = try await engine.history(environment: environment, limit: 10)
        let last = history.first { rollout in
            switch rollout.outcome {
            case .succeeded, .rolledBack, .rollbackFailed, .aborted: true
            case .refused, .quarantined, nil: false
            }
        }
        guard let last, let outcome = last.outcome else { return nil }
        return AlertFacts.LastRollout(
            id: last.id, release: last.course?.toRelease ?? last.release, serving: state.current?.release,
            outcome: outcome, why: last.why ?? "no reason is on record")
    }

    private func services(
        _ state: EnvironmentState, _ breaches: [String: String], judged: Set<String>
    ) async throws -> [AlertFacts.Service]? {
        guard let current = state.current else { return nil }
        let running = try await platform.instances(environment: environment).filter { $0.bundle == current.digest }
        return current.services.map { service in
            let instances = running.filter { $0.service == service.name }
            return AlertFacts.Service(
                name: service.name, desired: service.replicas, ready: instances.filter(\.ready).count,
                healthFailures: instances.map(\.healthFailures).max() ?? 0,
                allowedFailures: current.thresholds.healthFailures, breach: breaches[service.name],
                isJudged: judged.contains(service.name))
        }
    }

    private func unlessNil<T, U>(_ value: T?, _ body: (T) async -> U?) async -> U? {
        guard let value else { return nil }
        return await body(value)
    }
}
