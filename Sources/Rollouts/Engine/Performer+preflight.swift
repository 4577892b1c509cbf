import Definitions
import Storage

extension Performer {
    /// Resolves everything, records the bundle, and sets the course. Touches no instance.
    func prepare(_ action: Action, _ rollout: Rollout) async -> Event {
        do {
            if rollout.kind == .rollout { return try await prepareRollout(action, rollout) }
            let (course, plan) = try await course(rollout)
            return .preflightPassed(.init(action: action.key, course: course, plan: plan))
        } catch PreflightError.invalid(let findings) {
            let reason =
                "the definition of \(rollout.environment) has \(findings.count) error\(findings.count == 1 ? "" : "s") for \(rollout.release)"
            return .preflightRefused(.init(action: action.key, reason: reason, findings: findings, cause: .invalid))
        } catch {
            return .preflightRefused(
                .init(action: action.key, reason: "\(error)", findings: [], cause: Self.cause(error)))
        }
    }

    /// The gates come first, so that a refusal fetches no secret. What runs already is no rollout, and asks none.
    private func prepareRollout(_ action: Action, _ rollout: Rollout) async throws -> Event {
        var terms = try await gateSource.terms(environment: rollout.environment)
        terms.promotesFrom = terms.promotesFrom ?? rollout.source
        let results = try await gates(
            terms, environment: rollout.environment, release: rollout.release, reason: rollout.reason,
            overrides: rollout.overrides ?? [], approvedBy: nil)
        let (release, running) = (rollout.release, try await current(rollout.environment)?.release)
        if let refusal = results.refusal, release != running { return refused(action, refusal, results) }
        var (course, plan) = try await course(rollout)
        if let refusal = results.refusal, !plan.nothingToDo { return refused(action, refusal, results) }
        course.gates = terms
        plan.gates = results
        return .preflightPassed(.init(action: action.key, course: course, plan: plan))
    }

    private func refused(_ action: Action, _ refusal: String, _ results: [GateResult]) -> Event {
        .preflightRefused(.init(action: action.key, reason: refusal, findings: [], gates: results))
    }

    private func current(_ environment: String) async throws -> Bundle? {
        try await database.read { try EnvironmentRecord.state(environment, $0).current }
    }

    private static func cause(_ error: any Error) -> Event.PreflightRefused.Cause? {
        switch error {
        case PreflightError.invalid: .invalid
        case PreflightError.unreachable: .unreachable
        case is PreflightError, is DatabaseError, is PlatformError: .failed
        default: nil
        }
    }

    private func course(_ rollout: Rollout) async throws -> (Course, Plan) {
        let environment = rollout.environment
        let record = try await database.read { try EnvironmentRecord.state(environment, $0) }
        if rollout.kind == .rollback {
            guard let target = rollout.target, let current = record.current else {
                throw RolloutError.nothingToRollBackTo(environment: environment)
            }
            let restored = try await bundle(target)
            try await preflight.check(restoring: restored)
            return try await course(environment, from: restored, to: current, planFrom: current, planTo: restored)
        }
        let version = rollout.release
        let release = try await database.read { try ReleaseRecord.release(version, $0) }
        let request = RolloutRequest(
            environment: environment, release: version, strategy: rollout.strategy, actor: rollout.actor,
            reason: rollout.reason)
        let next = try await preflight.bundle(
            request, release: release, callerSecrets: callerSecrets, seal: true, now: clock.now)
        try await database.write { try BundleStore.save(next, $0) }
        let planned = try await course(
            environment, from: record.current, to: next, planFrom: record.current, planTo: next)
        let refused = planned.0.refusedMigrations
        if !refused.isEmpty {
            throw RolloutError.breakingMigrations(refused, before: record.current?.release ?? "")
        }
        return planned
    }

    private func course(
        _ environment: String, from: Bundle?, to: Bundle, planFrom: Bundle?, planTo: Bundle
    ) async throws -> (Course, Plan) {
        let running = try await platform.instances(environment: environment).map(\.bundle)
        let strays = Set(running).subtracting([to.digest]).subtracting([from?.digest].compactMap(\.self))
        let baselines = try await database.read {
            try BaselineRecord.inForce(environment, $0).mapValues(\.baseline)
        }
        let course = Course.make(
            from: from, to: to, strays: strays.sorted { $0.text < $1.text }, baselines: baselines)
        let planned = Course.make(from: planFrom, to: planTo, baselines: baselines)
        return (course, Plan.make(planned, from: planFrom, to: planTo))
    }
}
