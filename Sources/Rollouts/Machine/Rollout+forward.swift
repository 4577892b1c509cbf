import Analysis
import Definitions

extension Rollout {
    /// Goes from a stage that is done to the next one, unless paused.
    mutating func advance(_ now: Timestamp) {
        if endHooks(now) { return }
        if paused != nil, !stage.isBackward {
            guard !waitsAtBoundary else { return }
            // What is analysed goes on being watched, so that a verdict can still turn it back.
            pending.removeAll { if case .analyse = $0.work { false } else { true } }
            waitsAtBoundary = true
            deadline = Deadline(id: "\(id)/\(seq)", at: now + .seconds(86_400), outcome: "rolled back")
            return
        }
        guard course != nil else { return end(.refused, "preflight gave no course", now) }
        switch stage {
        case .preflight, .ended: break
        case .locked: openGates(now)
        case .awaitingApproval: begin(now)
        case .migrating: startNextLeg(after: nil, now)
        case .starting(let service): goOn(service, step: 0, now)
        case .smoking(let service, let step), .shifting(let service, let step), .analysing(let service, let step),
            .scaling(let service, let step), .running(let service, let step), .approving(let service, let step):
            goOn(service, step: step + 1, now)
        case .finalSmoke: bake(now)
        case .baking: retire(now)
        case .retiring: end(.succeeded, nil, now)
        case .restoring: undo(now)
        case .undoing: proveRestored(now)
        case .provingRestored: removeNew(now)
        case .removing: endTurn(now)
        }
    }

    mutating func migrate(_ now: Timestamp) {
        guard let course else { return }
        enter(.migrating, now, limit: .seconds(960), otherwise: "rolled back")
        add(.migrate(bundle: course.to), limit: .seconds(900))
    }

    /// Starts the first service after `service` that the new bundle has, or goes on to the final stages.
    mutating func startNextLeg(after service: String?, _ now: Timestamp) {
        guard let course else { return }
        let legs = course.legs.filter { $0.replicas != nil }
        let next = service.flatMap { name in legs.firstIndex { $0.service == name } }.map { $0 + 1 } ?? 0
        guard legs.indices.contains(next), let count = legs[next].replicas else { return smokeAll(now) }
        let leg = legs[next]
        let first = leg.first ?? count
        // Where there is no room for a new instance, an old one goes first.
        guard first > 0 else { return goOn(leg.service, step: 0, now) }
        enter(
            .starting(service: leg.service), now, limit: leg.startLimit * 2 + .seconds(60), otherwise: "rolled back")
        started.append(leg.service)
        add(.ensure(service: leg.service, bundle: course.to, count: first), limit: leg.startLimit)
    }

    private mutating func scale(_ leg: Leg, _ step: Int, _ course: Course, _ now: Timestamp) {
        let stage = Stage.scaling(service: leg.service, step: step)
        switch leg.steps[step] {
        case .grow(let count):
            enter(stage, now, limit: leg.startLimit * 2 + .seconds(60), otherwise: "rolled back")
            if !started.contains(leg.service) { started.append(leg.service) }
            add(.ensure(service: leg.service, bundle: course.to, count: count), limit: leg.startLimit)
        case .regrow(let count):
            enter(stage, now, limit: leg.startLimit * 2 + .seconds(60), otherwise: "rolled back")
            guard let from = course.from else { return advance(now) }
            add(.ensure(service: leg.service, bundle: from, count: count), limit: leg.startLimit)
        case .shrink(let count): shrink(leg, course.from, to: count, stage, now)
        case .thin(let count): shrink(leg, course.to, to: count, stage, now)
        case .smoke, .preview, .weight, .bake, .approve, .run: advance(now)
        }
    }

    private mutating func shrink(_ leg: Leg, _ bundle: Digest?, to count: Int, _ stage: Stage, _ now: Timestamp) {
        enter(stage, now, limit: leg.drainLimit + .seconds(300), otherwise: "rolled back")
        if !touched.contains(leg.service) { touched.append(leg.service) }
        guard let bundle else { return advance(now) }
        add(.shrink(service: leg.service, bundle: bundle, count: count), limit: leg.drainLimit + .seconds(60))
    }

    /// Begins the service's step of that index, or the next service.
    private mutating func goOn(_ service: String, step index: Int, _ now: Timestamp) {
        guard let course, let leg = course.leg(service) else { return }
        guard leg.steps.indices.contains(index) else { return startNextLeg(after: service, now) }
        switch leg.steps[index] {
        case .smoke:
            enter(.smoking(service: service, step: index), now, limit: .seconds(660), otherwise: "rolled back")
            guard course.smokesTo else { return skipSmoke(now) }
            add(.smoke(stage: .beforeTraffic, bundle: course.to, services: ready), limit: .seconds(600))
        case .preview:
            // Nobody else serves yet, or nothing is routed: there is nobody to be kept apart from.
            guard leg.fromReplicas != nil else { return goOn(service, step: index + 1, now) }
            enter(.shifting(service: service, step: index), now, limit: .seconds(180), otherwise: "rolled back")
            if !touched.contains(service) { touched.append(service) }
            add(.split(service: service, percent: 0), limit: .seconds(60))
        case .weight(let percent):
            enter(.shifting(service: service, step: index), now, limit: .seconds(180), otherwise: "rolled back")
            if asksGatesAgain(now) { add(.checkGates, limit: .seconds(30)) } else { split(service, percent, now) }
        case .bake(let duration, _):
            enter(
                .analysing(service: service, step: index), now, limit: duration + Rollout.holdLimit,
                least: duration, otherwise: "rolled back")
            beginJudging()
        case .run(let command):
            enter(
                .running(service: service, step: index), now, limit: command.within,
                otherwise: command.otherwise == .goOn ? "the next step" : "rolled back")
            beginStep(command, now)
        case .grow, .shrink, .regrow, .thin: scale(leg, index, course, now)
        case .approve(let approval):
            let approval = approval ?? ApprovalDefinition()
            enter(
                .approving(service: service, step: index), now, limit: approval.within,
                otherwise: approval.otherwise == .abort ? "aborted" : "rolled back")
        }
    }

    mutating func split(_ service: String, _ percent: Int, _ now: Timestamp) {
        if !touched.contains(service) { touched.append(service) }
        let share = course?.leg(service)?.fromReplicas == nil ? 100 : percent
        add(.split(service: service, percent: share), limit: .seconds(60))
    }

    /// How long a step may wait for evidence beyond its own time.
    static let holdLimit = Duration.seconds(3_600)

    private mutating func skipSmoke(_ now: Timestamp) {
        notes.append("\(stage.name): no smoke suite is defined, so none was run")
        advance(now)
    }

    private mutating func smokeAll(_ now: Timestamp) {
        guard let course else { return }
        enter(.finalSmoke, now, limit: .seconds(660), otherwise: "rolled back")
        guard course.smokesTo else { return skipSmoke(now) }
        add(.smoke(stage: .final, bundle: course.to, services: ready), limit: .seconds(600))
    }

    private mutating func bake(_ now: Timestamp) {
        enter(.baking, now, limit: .seconds(600), otherwise: "rolled back")
        beginJudging()
    }

    private mutating func retire(_ now: Timestamp) {
        guard let course else { return }
        recordLatencies(course)
        let longest = course.legs.map(\.drainLimit).max() ?? .zero
        enter(.retiring, now, limit: longest + .seconds(300), otherwise: "succeeded, with a note")
        for stray in course.strays {
            for leg in course.legs {
                add(.stop(service: leg.service, bundle: stray), limit: leg.drainLimit + .seconds(60))
            }
        }
        if isIdle { advance(now) }
    }

    /// What the services were while this bundle proved itself, where enough was seen.
    private mutating func recordLatencies(_ course: Course) {
        for (service, judge) in judges {
            let quantile = course.thresholds.latencyQuantile
            guard judge.latencies.total >= Int64(max(course.thresholds.minimumRequests, LatencyBaseline.leastSamples)),
                let milliseconds = judge.latencies.quantile(quantile)
            else { continue }
            // Thresholds of an older bundle's costs tell more than none.
            let costs = judge.costs.flatMap { $0.jobs >= LatencyBaseline.leastSamples ? $0 : nil }
            measured[service] = LatencyBaseline(
                quantile: quantile, milliseconds: milliseconds, samples: judge.latencies.total, bundle: course.to,
                histogram: judge.latencies, count: judge.seen, costs: costs ?? course.baselines[service]?.costs)
        }
    }
}
