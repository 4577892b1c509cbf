import Analysis

extension Rollout {
    /// Takes one event. On an error nothing has changed.
    /// - Returns: the actions that are new in `pending`; those that left it need no outcome any more.
    package mutating func handle(_ event: Event, at now: Timestamp) throws(TransitionError) -> [Action] {
        var next = self
        if let action = event.action, !next.pending.contains(where: { $0.key == action }) {
            next.seq += 1  // The outcome of something that is no longer wanted: recorded, and that is all.
        } else {
            try next.take(event, now)
            next.seq += 1
        }
        let known = Set(pending.map(\.key))
        self = next
        return pending.filter { !known.contains($0.key) }
    }

    private mutating func take(_ event: Event, _ now: Timestamp) throws(TransitionError) {
        switch event {
        case .requested(let request): try begin(request, now)
        case .preflightPassed(let passed): try takeCourse(passed, now)
        case .preflightRefused(let refusal):
            findings = refusal.findings
            self.refusal = refusal.cause
            gates = refusal.gates
            end(.refused, refusal.reason, now)
        case .gatesChecked(let checked): try take(checked, now)
        case .migrated(let migrated):
            finish(migrated.action)
            advance(now)
        case .instancesReady(let instances): try take(instances, now)
        case .instancesNotReady(let instances): try take(instances, now)
        case .smokeFinished(let smoke): try take(smoke, now)
        case .weightsShifted(let shift): try take(shift, now)
        case .sampled(let sampled): take(sampled.sample, now)
        case .commandEnded(let ended): take(ended, now)
        case .instancesStopped(let stopped): take(stopped, now)
        case .actionFailed(let failure): take(failure, now)
        case .deadlineReached(let reached): if reached.deadline == deadline?.id { passDeadline(now) }
        case .paused, .resumed, .approved, .abortRequested, .rollbackRequested: try takeCommand(event, now)
        case .windowEnded(let ended): try take(ended)
        }
    }

    private mutating func begin(_ request: Event.Requested, _ now: Timestamp) throws(TransitionError) {
        guard seq == 0 else { throw unexpected(.requested(request)) }
        environment = request.environment
        kind = request.kind
        release = request.release
        actor = request.actor
        reason = request.reason
        strategy = request.strategy
        machine = request.machine
        target = request.target
        retries = request.retries
        tick = request.tick
        overrides = request.overrides
        source = request.source
        startedAt = now
        enter(.preflight, now, limit: .seconds(180), otherwise: "refused")
        add(.preflight, limit: .seconds(170))
    }

    private mutating func takeCourse(_ passed: Event.PreflightPassed, _ now: Timestamp) throws(TransitionError) {
        guard stage == .preflight else { throw unexpected(.preflightPassed(passed)) }
        finish(passed.action)
        course = passed.course
        plan = passed.plan
        gates = passed.plan.gates
        gatesAskedAt = now
        if kind == .rollout, passed.course.from == passed.course.to {
            return end(.succeeded, "\(environment) runs this bundle already", now)
        }
        enter(.locked, now)
        if kind == .rollback {
            touched = passed.course.legs.map(\.service)
            started = passed.course.legs.filter { $0.replicas != nil }.map(\.service)
            turnBack(.request, reason ?? "asked for", by: actor, now)
        } else {
            advance(now)
        }
    }

    func unexpected(_ event: Event) -> TransitionError { .unexpected(event: event.type, stage: stage.name) }

    // MARK: What every transition is made of

    /// Leaves the stage and all that it waited for.
    /// - Parameter least: how long it takes when nothing is in its way.
    mutating func enter(
        _ next: Stage, _ now: Timestamp, limit: Duration? = nil, least: Duration? = nil, otherwise: String = ""
    ) {
        if let last = history.indices.last { history[last].leftAt = now }
        history.append(StageRecord(stage: next, enteredAt: now, leftAt: nil))
        stage = next
        pending = pending.filter(\.isUnwaited)
        waitsAtBoundary = false
        hooking = Hooking()
        deadline = limit.map { Deadline(id: "\(id)/\(seq)", at: now + $0, outcome: otherwise, least: least) }
        beginHooks(now)
    }

    /// True when nothing is pending, or held back, that the stage waits for besides its hooks.
    var isIdle: Bool { hooking.held.isEmpty && pending.allSatisfy { $0.isUnwaited || $0.isWaitedHook } }

    mutating func add(_ work: Work, limit: Duration, after: Timestamp? = nil, attempt: Int = 1) {
        let key = "\(id)/\(seq)/\(work.kind)"
        let action = Action(key: key, work: work, limit: limit, notBefore: after, attempt: attempt)
        if hooking.isWaiting, !action.isWaitedHook { hooking.held.append(action) } else { pending.append(action) }
    }

    mutating func finish(_ key: String) { pending.removeAll { $0.key == key } }

    /// Tries the action again after a while.
    mutating func again(_ action: Action, after delay: Duration, _ now: Timestamp) {
        finish(action.key)
        add(action.work, limit: action.limit, after: now + delay, attempt: action.attempt + 1)
    }

    mutating func end(_ outcome: Outcome, _ why: String?, _ now: Timestamp) {
        enter(.ended, now)
        self.outcome = outcome
        self.why = why
        endedAt = now
        paused = nil
        if outcome == .succeeded, let course, course.from != nil, course.from != course.to {
            warmUntil = now + course.rollbackWindow
        }
    }

    mutating func decide(_ verdict: Verdict) {
        verdicts.append(verdict)
        latest[verdict.service, default: []].removeAll { $0.signal == verdict.signal }
        latest[verdict.service, default: []].append(verdict)
    }
}
