import Rollouts

extension Scenario {
    /// True when nothing in it hangs on when it happens, so that an engine that was away for a while must come to the
    /// same end.
    var isTimeless: Bool {
        weather.outage == nil && weather.abortAt == nil && weather.darkness == nil && weather.startFailures == 0
    }

    var isBad: Bool { fault != .none }
    /// Whether somebody or something besides the release may end it.
    var isDisturbed: Bool { weather.outage != nil || weather.abortAt != nil }
}

extension SimulationTests {
    /// What must hold at the end of every run.
    static func judge(_ engine: SimulatedEngine, _ scenario: Scenario) throws {
        let (rollout, world) = (engine.rollout, engine.world)
        let why = "\(rollout.outcome.map(\.rawValue) ?? "nothing"): \(rollout.why ?? "")"
        func expect(_ holds: Bool, _ what: String) throws {
            if !holds { throw Violation(description: "\(what) (\(why))") }
        }
        switch rollout.outcome {
        case .succeeded:
            try expect(!scenario.isBad || scenario.isUnseen, "a bad release succeeded")
            for service in world.new.services {
                try expect(world.weight(service.name, world.new.digest) == 100, "it does not serve")
                if let old = world.old {
                    try expect(world.groups[world.key(service.name, old.digest)] == nil, "the old one still runs")
                }
            }
        case .rolledBack, .aborted:
            try expect(scenario.isBad || scenario.isDisturbed, "a healthy release was taken back")
            for service in world.new.services {
                try expect(world.groups[world.key(service.name, world.new.digest)] == nil, "the new one still runs")
                guard let old = world.old else { continue }
                try expect(world.weight(service.name, old.digest) == 100, "the old one does not serve")
                try expect(world.groups[world.key(service.name, old.digest)] != nil, "the old one is gone")
            }
        case .rollbackFailed: try expect(scenario.weather.outage != nil, "the rollback failed for no reason")
        case .refused: try expect(scenario.fault == .preflight, "refused for no reason")
        case .quarantined, nil: try expect(false, "no end")
        }
        if rollout.turn?.cause == .verdict {
            try expect(!rollout.verdicts.isEmpty, "taken back by a verdict that is not on record")
            try expect(scenario.isBad || scenario.weather.outage != nil, "a verdict against a healthy release")
        }
    }
}

extension Scenario {
    /// Latency needs something to compare with, which an environment's first bundle has not.
    var isUnseen: Bool {
        guard case .slow = fault else { return false }
        return isFirst
    }
}
