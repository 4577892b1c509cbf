import Analysis

extension Rollout {
    mutating func take(_ instances: Event.InstancesReady, _ now: Timestamp) throws(TransitionError) {
        finish(instances.action)
        switch stage {
        case .starting(let service) where service == instances.service, .scaling(let service, _):
            if instances.bundle == course?.to, !ready.contains(service) { ready.append(service) }
            advance(now)
        case .restoring: splitBack(instances.service, now)
        default: throw unexpected(.instancesReady(instances))
        }
    }

    mutating func take(_ instances: Event.InstancesNotReady, _ now: Timestamp) throws(TransitionError) {
        guard let action = pending.first(where: { $0.key == instances.action }) else { return }
        switch stage {
        case .scaling where instances.bundle != course?.to:
            // What was before does not come back: that is not the release's failure, and no reason to block it.
            if action.attempt < 3 { return again(action, after: .seconds(5), now) }
            turnBack(.failure, "\(instances.service): \(instances.reason)", by: nil, now)
        case .starting, .scaling:
            var verdict = Verdict(
                signal: "readiness", service: instances.service, verdict: .fail,
                why: "\(instances.service): \(instances.reason)", log: instances.log)
            if instances.oldIsUnreadyToo {
                verdict.verdict = .notEnoughEvidence
                verdict.why += "; the old bundle is not ready either, so it is not the release's doing"
                latest[instances.service] = [verdict]
                return again(action, after: .seconds(5), now)
            }
            decide(verdict)
            turnBack(.verdict, verdict.why, by: nil, now)
        case .restoring: retryRestoring(action, instances.service, instances.reason, now)
        default: throw unexpected(.instancesNotReady(instances))
        }
    }

    mutating func take(_ smoke: Event.SmokeFinished, _ now: Timestamp) throws(TransitionError) {
        guard let action = pending.first(where: { $0.key == smoke.action }) else { return }
        switch stage {
        case .smoking where smoke.report.suites.isEmpty, .analysing where smoke.report.suites.isEmpty:
            // Those that need all services run at the end, where none at all is a failure.
            notes.append("\(stage.service ?? ""): no smoke suite can run before the other services are there")
            advance(now)
        case .smoking, .analysing, .finalSmoke:
            if smoke.passed { return advance(now) }
            let verdict = smoke.verdict(service: stage.service ?? "all")
            decide(verdict)
            turnBack(.verdict, verdict.why, by: nil, now)
        case .provingRestored:
            if smoke.passed { return advance(now) }
            let verdict = smoke.verdict(service: "all")
            if action.attempt < 3 { return again(action, after: .seconds(3), now) }
            decide(verdict)
            end(.rollbackFailed, "the old bundle serves, but its smoke tests fail: \(verdict.why)", now)
        default: throw unexpected(.smokeFinished(smoke))
        }
    }

    mutating func take(_ shift: Event.WeightsShifted, _ now: Timestamp) throws(TransitionError) {
        finish(shift.action)
        weights[shift.service] = shift.percent
        note(shift, now)
        switch stage {
        case .shifting: advance(now)
        case .restoring:
            restored.append(shift.service)
            hurry()
            if isIdle { advance(now) }
        default: throw unexpected(.weightsShifted(shift))
        }
    }

    mutating func take(_ stopped: Event.InstancesStopped, _ now: Timestamp) {
        finish(stopped.action)
        if stopped.cutOff > 0 {
            notes.append("\(stopped.service): \(stopped.cutOff) requests were still in flight when the drain ended")
        }
        stopsWent(now)
    }

    /// Tries again what is worth it; then turns back, or goes on with a note where nothing depends on it.
    mutating func take(_ failure: Event.ActionFailed, _ now: Timestamp) {
        guard let action = pending.first(where: { $0.key == failure.action }) else { return }
        let delay = Duration.seconds(min(1 << min(action.attempt, 4), 10))
        switch action.work {
        case .preflight: end(.refused, failure.reason, now)
        case .migrate:
            notes.append(contentsOf: failure.log)
            turnBack(.failure, failure.reason, by: nil, now)
        case .ensure(let service, _, _) where stage == .restoring:
            retryRestoring(action, service, failure.reason, now)
        case .split(let service, _) where stage == .restoring:
            retryRestoring(action, service, failure.reason, now)
        case .smoke where stage == .provingRestored && action.attempt >= 3:
            end(.rollbackFailed, "the old bundle serves, but could not be proved: \(failure.reason)", now)
        case .analyse: again(action, after: delay, now)
        case .checkGates where stage == .awaitingApproval && action.attempt >= 3:
            end(.refused, "the gates could not be asked: \(failure.reason)", now)
        case .ensure, .split, .smoke, .shrink, .checkGates:
            if action.attempt < 3 {
                again(action, after: delay, now)
            } else {
                turnBack(.failure, failure.reason, by: nil, now)
            }
        case .command(let call): fail(call, action, failure.reason, failure.log, now)
        case .stop:
            if action.attempt < 3 { return again(action, after: delay, now) }
            finish(action.key)
            notes.append("not stopped: \(failure.reason)")
            stopsWent(now)
        }
    }

    private mutating func stopsWent(_ now: Timestamp) {
        guard isIdle else { return }
        if stage == .ended { previousRetired = true } else { advance(now) }
    }

    mutating func take(_ ended: Event.WindowEnded) throws(TransitionError) {
        guard stage == .ended, outcome == .succeeded, !previousRetired, pending.isEmpty, let course else {
            throw unexpected(.windowEnded(ended))
        }
        for leg in course.legs where leg.fromReplicas != nil {
            add(.stop(service: leg.service, bundle: ended.previous), limit: leg.drainLimit + .seconds(60))
        }
    }
}

extension Event.SmokeFinished {
    /// Names the first step that failed.
    func verdict(service: String) -> Verdict {
        let failed = report.suites.first { !$0.passed }
        let step = failed?.steps.first { !$0.passed }
        let what = failed.map { "\($0.suite)\(step.map { ", \($0.name)" } ?? "")" } ?? "no suite ran"
        let seen = step?.failure.map { ": \($0)" } ?? ""
        let steps = report.suites.reduce(0) { $0 + $1.steps.count }
        return Verdict(
            signal: "smoke", service: service, verdict: passed ? .pass : .fail, samples: steps,
            why: "smoke tests (\(stage.rawValue)): \(what)\(seen)")
    }
}
