import Definitions
import Rollouts
import Storage

extension Scenario {
    /// True when nothing in it hangs on when it happens, so that an engine that was away for a while must come to the
    /// same end.
    var isTimeless: Bool {
        weather.outage == nil && weather.darkness == nil && weather.blindness == nil && weather.startFailures == 0
            && deeds.isEmpty
            && weather.deaths.isEmpty && sequel == nil
    }

    /// Whether somebody or something besides the release may end it.
    var isDisturbed: Bool {
        weather.outage != nil || !weather.deaths.isEmpty || weather.startFailures + weather.routerRefusals > 1
            || deeds.contains { $0.deed == .abort || $0.deed == .rollback }
    }

    /// Latency needs something to compare with, which an environment's first bundle has not.
    var isUnseen: Bool {
        guard case .slow = fault else { return false }
        return isFirst
    }
}

extension Disturbance {
    /// Whether what it adds to the scenario's own refusals may be more than an action is tried.
    func exhausts(_ scenario: Scenario) -> Bool {
        let failures = scenario.weather.routerRefusals + scenario.weather.startFailures
        return failures > 0 && failures + lostAnswers > 2
    }
}

extension Run {
    /// What must hold at the end of every run.
    func judge() throws {
        let rollouts = try rollouts()
        if let first = rollouts.first(where: { $0.release == "v2" && $0.kind == .rollout }) {
            try judge(first)
        } else if !isForestalled {
            throw Violation(description: "the rollout was never begun: \(answers)")
        }
        let state = try store.memory.read { try EnvironmentRecord.state(Run.environment, $0) }
        for rollout in rollouts { try judgeCommands(rollout) }
        let failed = rollouts.contains { $0.outcome == .rollbackFailed }
        guard !failed else { return }
        try judgeWhatRuns(state, rollouts.last)
    }

    /// Whether somebody else began another rollout before it.
    private var isForestalled: Bool {
        scenario.deeds.contains { $0.deed == .start("v3") }
            && answers.contains { $0.hasPrefix(#"start("v2"): \#(Run.environment) is locked"#) }
    }

    private func judge(_ rollout: Rollout) throws {
        let why = "\(rollout.outcome.map(\.rawValue) ?? "nothing"): \(rollout.why ?? "")"
        func expect(_ holds: Bool, _ what: String) throws {
            if !holds { throw Violation(description: "\(what) (\(why))") }
        }
        let isDisturbed = scenario.isDisturbed || !disturbance.isTransparent
        let isBad = scenario.fault.isBad
        switch rollout.outcome {
        case .succeeded: try expect(!isBad || scenario.isUnseen, "a bad release succeeded")
        case .rolledBack, .aborted: try expect(isBad || isDisturbed, "a healthy release was taken back")
        case .rollbackFailed: try expect(isDisturbed, "the rollback failed for no reason")
        case .refused: try expect(scenario.fault == .preflight || isDisturbed, "refused for no reason")
        case .quarantined, nil: try expect(false, "no end")
        }
        if rollout.turn?.cause == .verdict {
            try expect(!rollout.verdicts.isEmpty, "taken back by a verdict that is not on record")
            let isStruck = scenario.weather.outage != nil || !scenario.weather.deaths.isEmpty
            try expect(isBad || isStruck, "a verdict against a healthy release")
        }
    }

    /// What a strategy's program did stays with the release, and is undone with it.
    private func judgeCommands(_ rollout: Rollout) throws {
        guard disturbance.isTransparent, let last = world.commands[rollout.id]?.last else { return }
        let isUndone = last == command.undo?.joined(separator: " ")
        switch rollout.outcome {
        case .succeeded where isUndone:
            throw Violation(description: "\(rollout.id) succeeded, and its program was undone")
        case .rolledBack where !isUndone, .aborted where !isUndone:
            throw Violation(description: "\(rollout.id) went back, and its program was not undone")
        default: break
        }
    }

    /// The current bundle runs, whole, and has all the work; nothing else does.
    private func judgeWhatRuns(_ state: EnvironmentState, _ last: Rollout?) throws {
        for service in state.current?.services ?? [] {
            let place = Place(service: service.name, bundle: state.current?.digest ?? old!.digest)
            guard world.weight(place) == 100 else {
                throw Violation(description: "\(place) is current and has \(world.weight(place)) % of the traffic")
            }
            guard world.readyCount(place) >= service.replicas else {
                throw Violation(description: "\(world.readyCount(place)) of \(service.replicas) of \(place) run")
            }
        }
        for (place, group) in world.groups.sorted(by: { $0.key < $1.key })
        where place.bundle != state.current?.digest && !group.copies.isEmpty {
            // What could not be stopped is on record, and the next rollout stops it.
            let isNoted = last?.notes.contains { $0.hasPrefix("not stopped") || $0.contains("took longer") } ?? false
            if !isNoted { throw Violation(description: "\(place) still runs") }
        }
    }
}
