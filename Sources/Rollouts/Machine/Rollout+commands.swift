extension Rollout {
    /// What people ask for. Asked twice is asked once: whoever got no answer may ask again.
    mutating func takeCommand(_ event: Event, _ now: Timestamp) throws(TransitionError) {
        guard outcome == nil else { throw .notPossible("rollout \(id) has ended: nothing to act on") }
        if stage.isBackward {
            if isGoingBack(as: event) { return }
            throw .notPossible("rollout \(id) is on its way back: wait for its end")
        }
        switch event {
        case .paused(let person):
            if paused == nil { paused = Pause(by: person.by, reason: person.reason, since: now) }
        case .resumed:
            paused = nil
            if waitsAtBoundary { leaveBoundary(now) }
        case .approved(let person): try approve(person, now)
        case .abortRequested(let person):
            turnBack(.abort, person.reason ?? "aborted by \(person.by)", by: person.by, now)
        case .rollbackRequested(let person):
            turnBack(.request, person.reason ?? "rolled back by \(person.by)", by: person.by, now)
        default: throw unexpected(event)
        }
    }

    /// Whether it goes back already for what is asked.
    private func isGoingBack(as event: Event) -> Bool {
        switch event {
        case .abortRequested: turn?.cause == .abort
        case .rollbackRequested: true
        default: false
        }
    }

    /// After a pause: the next stage, or the next look where something is watched.
    private mutating func leaveBoundary(_ now: Timestamp) {
        waitsAtBoundary = false
        guard !isIdle else { return advance(now) }
        deadline = Deadline(id: "\(id)/\(seq)", at: now + Rollout.holdLimit, outcome: "rolled back")
    }

    /// The stage's declared outcome.
    mutating func passDeadline(_ now: Timestamp) {
        let why = "\(stage.name)\(stage.service.map { " of \($0)" } ?? "") took longer than it may"
        switch stage {
        case .ended: break
        case .preflight: end(.refused, why, now)
        case .awaitingApproval: passApproval(now)
        case .approving where paused == nil: passApproval(now)
        case .restoring, .provingRestored: end(.rollbackFailed, why, now)
        case .retiring, .removing, .undoing:
            notes.append(why)
            pending = []
            hooking = Hooking()
            advance(now)
        case .running where endsByGoingOn(now): break
        default: turnBack(.deadline, paused == nil ? why : "it was paused for longer than a day", by: nil, now)
        }
    }
}
