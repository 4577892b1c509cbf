import Definitions
import Rollouts
import Storage

extension SimulatedEngine {
    /// Brings an action about in the world, now, and says what came of it.
    func perform(_ action: Action) throws -> Event {
        func failed(_ reason: String) -> Event { .actionFailed(.init(action: action.key, reason: reason, log: [])) }
        switch action.work {
        case .preflight: return try preflight(action)
        case .checkGates: return .gatesChecked(.init(action: action.key, results: []))
        case .migrate:
            return world.scenario.fault == .migration
                ? failed("the migration failed") : .migrated(.init(action: action.key, output: ""))
        case .ensure(let service, let bundle, let count):
            switch world.ensure(service, bundle, count, now) {
            case .ready:
                return .instancesReady(.init(action: action.key, service: service, bundle: bundle, instances: []))
            case .failed: return failed("cannot start")
            case .notReady:
                let oldIsUnready = world.old.map { !world.isReady(service, $0.digest, now) } ?? false
                return .instancesNotReady(
                    .init(
                        action: action.key, service: service, bundle: bundle, reason: "never ready", log: ["boom"],
                        oldIsUnreadyToo: oldIsUnready && bundle == world.new.digest))
            }
        case .smoke(let stage, let bundle, _):
            let passed = world.smoke(stage, bundle, now)
            let report = SmokeReport(suites: [.init(suite: "health", passed: passed, steps: [])])
            return .smokeFinished(
                .init(action: action.key, stage: stage, bundle: bundle, passed: passed, report: report))
        case .split(let service, let percent):
            let intent = SplitIntent(
                environment: rollout.environment, service: service, from: world.old, to: world.new, percent: percent)
            guard try world.apply(intent, now) else { return failed("the router refused") }
            return .weightsShifted(.init(action: action.key, service: service, percent: percent, weights: []))
        case .shrink(let service, let bundle, let count):
            world.shrink(service, bundle, to: count)
            return .instancesStopped(
                .init(action: action.key, service: service, bundle: bundle, cutOff: 0, left: count))
        case .stop(let service, let bundle):
            try world.stop(service, bundle)
            return .instancesStopped(.init(action: action.key, service: service, bundle: bundle, cutOff: 0))
        case .analyse, .command: return failed("no scenario asks for it")
        }
    }

    private func preflight(_ action: Action) throws -> Event {
        if world.scenario.fault == .preflight {
            return .preflightRefused(.init(action: action.key, reason: "a secret is missing", findings: []))
        }
        let course = Course.make(from: world.old, to: world.new)
        return .preflightPassed(
            .init(action: action.key, course: course, plan: Plan.make(course, from: world.old, to: world.new)))
    }
}
