import Definitions

extension Rollout {
    /// Turns back: all weight to the old bundle, whose instances are made sure of first, then the proof, then the end of
    /// the new instances. Skips every gate.
    mutating func turnBack(_ cause: RollbackCause, _ why: String, by actor: String?, _ now: Timestamp) {
        turn = Turn(cause: cause, why: why, by: actor, at: now)
        paused = nil
        guard let course else { return end(cause == .abort ? .aborted : .refused, why, now) }
        noteSchema(course)
        let longest = course.legs.map(\.startLimit).max() ?? .zero
        enter(.restoring, now, limit: longest * 3 + .seconds(300), otherwise: "rollback failed")
        for leg in course.legs.reversed() where touched.contains(leg.service) {
            if let count = leg.fromReplicas, let from = course.from {
                add(.ensure(service: leg.service, bundle: from, count: count), limit: leg.startLimit)
            } else {
                splitBack(leg.service, now)
            }
        }
        if isIdle { advance(now) }
    }

    /// Says whether the old release comes back to a database that was changed under it.
    private mutating func noteSchema(_ course: Course) {
        let isMigrated = kind == .rollback || history.contains { $0.stage == .migrating }
        guard isMigrated, let before = course.fromRelease, let warning = course.migrations?.warning(back: before) else {
            return
        }
        notes.append(warning)
    }

    /// How long a service whose old instances are ready waits for those that depend on it to go back first. What serves
    /// badly is not kept for longer for the order's sake.
    package static let restoringPatience = Duration.seconds(5)

    /// Gives the service's work back to the old bundle, after the services that depend on it: so that no pair of bundles
    /// meets that did not meet on the way there.
    mutating func splitBack(_ service: String, _ now: Timestamp) {
        let waits = !dependents(of: service).isEmpty
        add(
            .split(service: service, percent: 0), limit: .seconds(60),
            after: waits ? now + Rollout.restoringPatience : nil)
    }

    /// The services after it that are still to be restored.
    private func dependents(of service: String) -> [String] {
        let order = course?.legs.map(\.service) ?? []
        return order.drop { $0 != service }.dropFirst().filter {
            touched.contains($0) && !restored.contains($0) && !unrestored.contains($0)
        }
    }

    /// Another service is done: those that waited for it alone go on at once.
    mutating func hurry() {
        for action in pending where action.attempt == 1 && action.notBefore != nil {
            guard case .split(let service, _) = action.work, dependents(of: service).isEmpty else { continue }
            finish(action.key)
            add(action.work, limit: action.limit)
        }
    }

    /// Waits for all old instances twice, then goes back with those that are ready: fewer that serve well are better than
    /// many that do not. Where none is, the split is refused; tried ten times, the service then stays as it is, for what
    /// serves badly is better than nothing.
    mutating func retryRestoring(_ action: Action, _ service: String, _ reason: String, _ now: Timestamp) {
        let waits = if case .ensure = action.work { true } else { false }
        if action.attempt < (waits ? 2 : 10) {
            return again(action, after: .seconds(min(1 << action.attempt, 10)), now)
        }
        finish(action.key)
        if waits {
            notes.append("\(service) goes back with the instances that are ready: \(reason)")
            return splitBack(service, now)
        }
        unrestored.append(service)
        hurry()
        notes.append("\(service) could not be restored: \(reason)")
        if isIdle { advance(now) }
    }

    /// Undoes what the strategy's commands did, the last first; there is nothing to undo for most.
    mutating func undo(_ now: Timestamp) {
        let limits = begun.compactMap { $0.undo == nil ? nil : $0.within }
        guard !limits.isEmpty else { return proveRestored(now) }
        enter(
            .undoing, now, limit: limits.reduce(.seconds(60), +), otherwise: "rolled back, with a note")
        undoNext(now)
    }

    mutating func proveRestored(_ now: Timestamp) {
        guard let course else { return }
        if !unrestored.isEmpty {
            let names = unrestored.joined(separator: ", ")
            return end(
                .rollbackFailed, "\(names) could not be restored, and serves as before: \(notes.last ?? "")", now)
        }
        guard course.from != nil, course.smokesFrom, !touched.isEmpty, let from = course.from else {
            return removeNew(now)
        }
        enter(.provingRestored, now, limit: .seconds(1_900), otherwise: "rollback failed")
        let services = course.legs.filter { $0.fromReplicas != nil }.map(\.service)
        add(.smoke(stage: .final, bundle: from, services: services), limit: .seconds(600))
    }

    mutating func removeNew(_ now: Timestamp) {
        guard let course else { return }
        let longest = course.legs.map(\.drainLimit).max() ?? .zero
        enter(.removing, now, limit: longest * 3 + .seconds(300), otherwise: "rolled back, with a note")
        for leg in course.legs.reversed() where started.contains(leg.service) {
            add(.stop(service: leg.service, bundle: course.to), limit: leg.drainLimit + .seconds(60))
        }
        if isIdle { advance(now) }
    }

    mutating func endTurn(_ now: Timestamp) {
        end(turn?.cause == .abort || turn?.cause == .gate ? .aborted : .rolledBack, turn?.why, now)
    }
}
