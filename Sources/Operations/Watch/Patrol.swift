import Analysis
import Definitions
import Rollouts

/// One environment's round: judge what runs, gather the facts, and make the alerts what the facts say.
package struct Patrol: Sendable {
    /// What a round found, for status pages and logs.
    package struct Report: Sendable {
        package var verdicts: [String: [Verdict]]
        /// Alerts that began or ceased to fire.
        package var changed: [Alert]
        /// The rollback that the round began.
        package var rollback: String?
    }

    private let environment: String
    private let engine: any RolloutEngine
    private let platform: any Platform
    private let watch: EnvironmentWatch
    private let alerts: AlertStore
    private let spending: @Sendable (Bundle) async -> SpendingLook?
    private let clock: any WallClock
    private let disk: @Sendable () -> AlertFacts.Disk?
    private let certificates: @Sendable () async -> AlertFacts.Certificates?
    private let drift: @Sendable () async -> AlertFacts.Drift?
    private let machine: @Sendable () -> AlertFacts.Machine?
    private let meter: AlertMeter?
    private let metrics: AlertMetrics?

    /// - Parameters:
    ///   - certificates: the router's; nil when they are unknown.
    ///   - disk: the room on the control plane's disk; nil when it is unknown.
    ///   - machine: how busy the control plane's machine is; nil when it is unknown.
    ///   - meter: measures what rules ask of services; nil where nobody does.
    ///   - metrics: is told of each look, for whoever scrapes; nil for nobody.
    ///   - drift: what differs from its definition; nil when that is unknown.
    ///   - spending: how the environment's budgets stand; nil when there is nothing to ask.
    package init(
        environment: String, engine: any RolloutEngine, platform: any Platform, watch: EnvironmentWatch,
        alerts: AlertStore, clock: any WallClock, disk: @Sendable @escaping () -> AlertFacts.Disk? = { nil },
        certificates: @Sendable @escaping () async -> AlertFacts.Certificates? = { nil },
        drift: @Sendable @escaping () async -> AlertFacts.Drift? = { nil },
        machine: @Sendable @escaping () -> AlertFacts.Machine? = { nil }, meter: AlertMeter? = nil,
        metrics: AlertMetrics? = nil,
        spending: @Sendable @escaping (Bundle) async -> SpendingLook?
    ) {
        self.machine = machine
        self.meter = meter
        self.metrics = metrics
        self.disk = disk
        self.certificates = certificates
        self.drift = drift
        self.environment = environment
        self.engine = engine
        self.platform = platform
        self.watch = watch
        self.alerts = alerts
        self.clock = clock
        self.spending = spending
    }

    /// Looks once, and records what has become of the alerts with what is to be sent.
    package func round(_ plan: AlertPlan) async throws -> Report {
        let findings = try await watch.look(try await engine.state(environment: environment))
        let scene = try await Scene(of: environment, engine, platform)
        let state = scene.state
        let facts = try await facts(scene, findings, plan)
        let isRollingOut = state.rollout != nil
        let draining = isRollingOut ? scene.instances.filter { $0.bundle != state.current?.digest }.map(\.id) : []
        let (now, begin) = (clock.now, ContinuousClock.now)
        let snapshot = facts.snapshot(now: now)
        let changed = try await alerts.step(
            environment,
            AlertBoard.Input(
                rules: plan.rules, routing: plan.routing, snapshot: snapshot, rollout: state.rollout,
                draining: Set(draining), zone: zoneOffsetOfIANA), now: now)
        metrics?.looked(environment, snapshot, took: .now - begin, at: now)
        return Report(verdicts: findings.verdicts, changed: changed, rollback: findings.rollback)
    }

    private func facts(
        _ scene: Scene, _ findings: EnvironmentWatch.Findings, _ plan: AlertPlan
    ) async throws -> AlertFacts {
        let state = scene.state
        let isEmpty = state.current == nil && state.rollout == nil
        var facts = AlertFacts(
            environment: environment, lastRollout: nil,
            services: services(scene, try await breaches(state, findings), findings),
            disk: isEmpty ? nil : disk(), certificates: await certificates(), drift: await drift())
        switch await unlessNil(state.current, { await spending($0) }) {
        case .known(let spending): facts.spending = spending
        case .failed(let why): facts.spendingFailure = why
        case nil: break
        }
        let history = try await engine.history(environment: environment, limit: 10)
        facts.lastRollout = lastRollout(state, history)
        metrics?.ended(environment, history)
        facts.machine = isEmpty ? nil : machine()
        facts.heartbeats = try await alerts.heartbeats(environment, plan.heartbeats, now: clock.now)
        facts.waiting = try await alerts.waiting(environment)
        facts.underway = history.first { $0.id == state.rollout }.flatMap { rollout in
            rollout.startedAt.map { AlertFacts.Underway(id: rollout.id, since: $0) }
        }
        if let current = state.current, let meter {
            facts.measured = await meter.measure(plan, environment, current, scene.instances)
        }
        facts.context = context(state, history, facts.spending)
        return facts
    }

    private func breaches(
        _ state: EnvironmentState, _ findings: EnvironmentWatch.Findings
    ) async throws -> [String: String] {
        var breaches = findings.verdicts.compactMapValues { verdicts in verdicts.first { $0.verdict == .fail }?.why }
        breaches.merge(findings.tickets) { breach, _ in breach }
        guard let id = state.rollout else { return breaches }
        for verdict in try await engine.rollout(id).verdicts where verdict.verdict == .fail {
            breaches[verdict.service] = verdict.why
        }
        return breaches
    }

    /// What somebody who is woken wants to know besides: what runs, what changed last, what it costs.
    private func context(
        _ state: EnvironmentState, _ history: [Rollout], _ spending: AlertFacts.Spending?
    ) -> [String: String] {
        var context: [String: String] = [:]
        context["release"] = state.current?.release
        if let last = history.first(where: { $0.endedAt != nil && $0.course != nil }), let ended = last.endedAt {
            let before = last.previousRelease.map { " from \($0)" } ?? ""
            let outcome = last.outcome.map { "\($0)" } ?? "ended"
            context["changed"] = "rollout \(last.id)\(before) to \(last.release) \(outcome) at \(ended.rfc3339)"
        }
        if let total = spending?.budgets.first(where: { $0.scope == "total" }) {
            context["cost"] = "\(total.used) spent this \(total.period)"
        }
        return context
    }

    /// The services about which the look says something; none while a rollout judges another bundle.
    private static func judged(_ findings: EnvironmentWatch.Findings) -> Set<String> {
        Set(findings.verdicts.filter { $0.value.allSatisfy { $0.verdict != .telemetryBroken } }.keys)
    }

    /// The last rollout that touched anything.
    private func lastRollout(_ state: EnvironmentState, _ history: [Rollout]) -> AlertFacts.LastRollout? {
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
        _ scene: Scene, _ breaches: [String: String], _ findings: EnvironmentWatch.Findings
    ) -> [AlertFacts.Service]? {
        guard let current = scene.state.current else { return nil }
        let judged = Self.judged(findings)
        return current.services.map { service in
            let own = scene.serving(service.name)
            var fact = AlertFacts.Service(
                name: service.name, desired: service.replicas, ready: own.filter(\.ready).count,
                healthFailures: own.map(\.healthFailures).max() ?? 0,
                allowedFailures: current.thresholds.healthFailures, breach: breaches[service.name],
                isJudged: judged.contains(service.name))
            fact.restarts = own.map(\.restarts).max() ?? 0
            fact.errorRate = findings.verdicts[service.name].flatMap {
                AlertFacts.ErrorRate($0, of: current.thresholds.minimumRequests)
            }
            return fact
        }
    }

    private func unlessNil<T, U>(_ value: T?, _ body: (T) async -> U?) async -> U? {
        guard let value else { return nil }
        return await body(value)
    }
}

extension AlertFacts.ErrorRate {
    /// As far as there is enough to say: one job that failed is no rate. Whether a breach has lasted, or is the old bundle's as
    /// well, is for rollouts to ask: rules have a `for` of their own.
    init?(_ verdicts: [Verdict], of atLeast: Int) {
        let judged = verdicts.first { $0.signal == "error_rate" && $0.verdict != .telemetryBroken }
        guard let judged, let value = judged.value, judged.samples >= atLeast else { return nil }
        self.init(value: value, samples: judged.samples)
    }
}
