import Analysis
import Contract
import Definitions
import Rollouts
import Testing

/// Feeds the machine by hand: each call is one event, a second later.
struct Hand {
    var rollout = Rollout(id: "r")
    var seconds: Int64 = 0
    var actions: [Action] = []

    init(
        steps: [StrategyStep] = [.smoke, .weight(10), .weight(100)], hasOld: Bool = true, hooks: [HookDefinition] = []
    ) throws {
        var build = builder(release("v2"), environment: "dev")
        build.environment.strategies["canary"] = Strategy(steps: steps)
        build.environment.hooks = hooks
        var old = builder(release("v1"), environment: "dev")
        old.environment.strategies["canary"] = Strategy(steps: steps)
        let now = Timestamp(microseconds: 0)
        let from = hasOld ? try old.build(now: now) : nil
        let to = try build.build(now: now)
        course = Course.make(from: from, to: to)
        plan = Plan.make(course, from: from, to: to)
        let requested = Event.Requested(
            environment: "dev", kind: .rollout, release: "v2", actor: "me", reason: nil, strategy: nil,
            machine: Rollout.machineVersion, target: nil, tick: .seconds(2))
        self.requested = .requested(requested)
        try take(self.requested)
    }

    private let requested: Event
    /// Is told of each event before the rollout takes it.
    var taken: ((Event, Timestamp) throws -> Void)?

    /// From the beginning, so that `taken` hears of everything.
    mutating func restart() throws {
        rollout = Rollout(id: "r")
        try take(requested)
    }

    var course: Course
    let plan: Plan
    var key: String { rollout.pending[0].key }

    mutating func take(_ event: Event) throws {
        seconds += 1
        try taken?(event, Timestamp(microseconds: seconds * 1_000_000))
        actions = try rollout.handle(event, at: Timestamp(microseconds: seconds * 1_000_000))
    }

    mutating func pass() throws { try take(.preflightPassed(.init(action: key, course: course, plan: plan))) }

    mutating func ready(_ bundle: Digest) throws {
        try take(.instancesReady(.init(action: key, service: "api", bundle: bundle, instances: ["a", "b"])))
    }

    mutating func smoke(_ passed: Bool, _ stage: SmokeRequest.Stage = .beforeTraffic) throws {
        let report = SmokeReport(suites: [.init(suite: "health", passed: passed, steps: [])])
        try take(
            .smokeFinished(.init(action: key, stage: stage, bundle: course.to, passed: passed, report: report)))
    }

    mutating func shift(_ percent: Int) throws {
        try take(.weightsShifted(.init(action: key, service: "api", percent: percent, weights: [])))
    }

    mutating func stop(_ bundle: Digest) throws {
        try take(.instancesStopped(.init(action: key, service: "api", bundle: bundle, cutOff: 0)))
    }
}

@Suite struct RolloutTests {
    @Test func `the way forward takes every stage in order`() throws {
        var hand = try Hand()
        #expect(hand.actions.map(\.work) == [.preflight])
        try hand.pass()
        #expect(hand.actions.map(\.work) == [.ensure(service: "api", bundle: hand.course.to, count: 2)])
        try hand.ready(hand.course.to)
        try hand.smoke(true)
        #expect(hand.actions.map(\.work) == [.split(service: "api", percent: 10)])
        try hand.shift(10)
        try hand.shift(100)
        try hand.smoke(true, .final)
        #expect(hand.rollout.stage == .baking)
        #expect(
            hand.rollout.history.map(\.stage.name) == [
                "preflight", "locked", "starting", "smoking", "shifting", "shifting", "final_smoke", "baking",
            ])
    }

    @Test func `the first bundle gets all of the traffic at once, and nothing is restored when it fails`() throws {
        var hand = try Hand(hasOld: false)
        try hand.pass()
        try hand.ready(hand.course.to)
        try hand.smoke(true)
        #expect(hand.actions.map(\.work) == [.split(service: "api", percent: 100)])
        try hand.shift(100)
        try hand.smoke(false, .final)
        #expect(hand.actions.map(\.work) == [.split(service: "api", percent: 0)])
        try hand.shift(0)
        #expect(hand.actions.map(\.work) == [.stop(service: "api", bundle: hand.course.to)])
        try hand.stop(hand.course.to)
        #expect(hand.rollout.outcome == .rolledBack)
    }

    @Test func `going back makes sure of the old instances before they get their traffic`() throws {
        var hand = try Hand()
        let old = try #require(hand.course.from)
        try hand.pass()
        try hand.ready(hand.course.to)
        try hand.smoke(true)
        try hand.shift(10)
        try hand.take(.abortRequested(.init(by: "me", reason: nil)))
        #expect(hand.rollout.pending.map(\.work) == [.ensure(service: "api", bundle: old, count: 2)])
        try hand.ready(old)
        #expect(hand.rollout.pending.map(\.work) == [.split(service: "api", percent: 0)])
        try hand.shift(0)
        try hand.smoke(true, .final)
        try hand.stop(hand.course.to)
        #expect(hand.rollout.outcome == .aborted)
    }

    @Test func `what was not touched is not restored`() throws {
        var hand = try Hand()
        try hand.pass()
        try hand.take(
            .instancesNotReady(
                .init(
                    action: hand.key, service: "api", bundle: hand.course.to, reason: "503", log: [],
                    oldIsUnreadyToo: false)))
        #expect(hand.rollout.pending.map(\.work) == [.stop(service: "api", bundle: hand.course.to)])
        #expect(hand.rollout.turn?.cause == .verdict)
    }

    @Test func `a release is not blamed for what its predecessor cannot do either`() throws {
        var hand = try Hand()
        try hand.pass()
        try hand.take(
            .instancesNotReady(
                .init(
                    action: hand.key, service: "api", bundle: hand.course.to, reason: "503", log: [],
                    oldIsUnreadyToo: true)))
        #expect(hand.rollout.stage == .starting(service: "api"))
        #expect(hand.rollout.pending.first?.attempt == 2)
        #expect(hand.rollout.verdicts.isEmpty)
    }

    @Test func `a rollback whose smoke tests go on failing says so`() throws {
        var hand = try Hand()
        let old = try #require(hand.course.from)
        try hand.pass()
        try hand.ready(hand.course.to)
        try hand.smoke(true)
        try hand.shift(10)
        try hand.take(.rollbackRequested(.init(by: "me", reason: "look")))
        try hand.ready(old)
        try hand.shift(0)
        for _ in 0..<3 { try hand.smoke(false, .final) }
        #expect(hand.rollout.outcome == .rollbackFailed)
    }

    @Test func `a rollback goes back with the old instances that are ready when the others do not come`() throws {
        var hand = try Hand()
        let old = try #require(hand.course.from)
        try hand.pass()
        try hand.ready(hand.course.to)
        try hand.smoke(true)
        try hand.shift(10)
        try hand.take(.rollbackRequested(.init(by: "me", reason: "look")))
        for _ in 0..<2 {
            try hand.take(
                .instancesNotReady(
                    .init(
                        action: hand.key, service: "api", bundle: old, reason: "one of two", log: [],
                        oldIsUnreadyToo: false)))
        }
        #expect(hand.rollout.pending.map(\.work) == [.split(service: "api", percent: 0)])
        try hand.shift(0)
        #expect(hand.rollout.stage == .provingRestored)
        #expect(hand.rollout.notes.contains { $0.contains("one of two") })
    }

    @Test func `the outcome of what is no longer wanted changes nothing`() throws {
        var hand = try Hand()
        try hand.pass()
        let late = hand.key
        try hand.take(.abortRequested(.init(by: "me", reason: nil)))
        let (stage, pending) = (hand.rollout.stage, hand.rollout.pending)
        try hand.take(
            .instancesReady(.init(action: late, service: "api", bundle: hand.course.to, instances: [])))
        #expect(hand.rollout.stage == stage)
        #expect(hand.rollout.pending == pending)
    }

    @Test func `a deadline ends the stage with its declared outcome, an old one does nothing`() throws {
        var hand = try Hand()
        let first = try #require(hand.rollout.deadline?.id)
        try hand.pass()
        try hand.take(.deadlineReached(.init(deadline: first)))
        #expect(hand.rollout.stage == .starting(service: "api"))
        try hand.take(.deadlineReached(.init(deadline: try #require(hand.rollout.deadline?.id))))
        #expect(hand.rollout.turn?.cause == .deadline)
    }

    @Test func `an approval is waited for, and given once`() throws {
        var hand = try Hand(steps: [.approve(nil), .weight(100)])
        try hand.pass()
        try hand.ready(hand.course.to)
        #expect(hand.rollout.stage == .approving(service: "api", step: 0))
        try hand.take(.approved(.init(by: "me", reason: nil)))
        #expect(hand.rollout.stage == .shifting(service: "api", step: 1))
        let before = hand.rollout.history
        try hand.take(.approved(.init(by: "me", reason: nil)))
        #expect(hand.rollout.history == before)
    }

    @Test func `a preview puts the new instances behind the router without any traffic`() throws {
        var hand = try Hand(steps: [.preview, .approve(nil), .weight(100)])
        try hand.pass()
        try hand.ready(hand.course.to)
        #expect(hand.actions.map(\.work) == [.split(service: "api", percent: 0)])
        try hand.shift(0)
        #expect(hand.rollout.stage == .approving(service: "api", step: 1))
        try hand.take(.abortRequested(.init(by: "me", reason: nil)))
        #expect(hand.rollout.pending.map(\.work.kind) == ["ensure-api-\(try #require(hand.course.from).short)"])

        var first = try Hand(steps: [.preview, .weight(100)], hasOld: false)
        try first.pass()
        try first.ready(first.course.to)
        #expect(first.actions.map(\.work) == [.split(service: "api", percent: 100)])
    }

    @Test func `an approval that nobody asked for is refused`() throws {
        var hand = try Hand()
        try hand.pass()
        #expect(throws: TransitionError.self) { try hand.take(.approved(.init(by: "me", reason: nil))) }
    }

    @Test func `what is asked for twice happens once`() throws {
        var hand = try Hand()
        try hand.pass()
        try hand.take(.paused(.init(by: "first", reason: "lunch")))
        try hand.take(.paused(.init(by: "second", reason: nil)))
        #expect(hand.rollout.paused?.by == "first")
        try hand.take(.resumed(.init(by: "first", reason: nil)))
        try hand.take(.resumed(.init(by: "second", reason: nil)))
        #expect(hand.rollout.paused == nil)
        try hand.take(.abortRequested(.init(by: "first", reason: nil)))
        let (history, pending) = (hand.rollout.history, hand.rollout.pending)
        try hand.take(.abortRequested(.init(by: "second", reason: nil)))
        #expect(hand.rollout.history == history)
        #expect(hand.rollout.pending == pending)
        #expect(hand.rollout.turn?.by == "first")
        #expect(throws: TransitionError.self) { try hand.take(.paused(.init(by: "second", reason: nil))) }
    }

    @Test func `a pause stops at the next stage, a resume goes on from there`() throws {
        var hand = try Hand()
        try hand.pass()
        try hand.take(.paused(.init(by: "me", reason: nil)))
        try hand.ready(hand.course.to)
        #expect(hand.rollout.pending.isEmpty)
        #expect(hand.rollout.stage == .starting(service: "api"))
        try hand.take(.resumed(.init(by: "me", reason: nil)))
        #expect(hand.rollout.stage == .smoking(service: "api", step: 0))
    }

    @Test func `no smoke suite before the other services are there is a note, none at the end is a failure`() throws {
        var hand = try Hand(steps: [.smoke, .weight(100)])
        func none(_ stage: SmokeRequest.Stage) -> Event {
            .smokeFinished(
                .init(
                    action: hand.key, stage: stage, bundle: hand.course.to, passed: false,
                    report: SmokeReport(suites: [])))
        }
        try hand.pass()
        try hand.ready(hand.course.to)
        try hand.take(none(.beforeTraffic))
        #expect(hand.rollout.notes.count == 1)
        try hand.shift(100)
        try hand.take(none(.final))
        #expect(hand.rollout.turn?.cause == .verdict)
    }

    @Test func `the router is asked three times, then the rollout turns back without blaming the release`() throws {
        var hand = try Hand()
        try hand.pass()
        try hand.ready(hand.course.to)
        try hand.smoke(true)
        for _ in 0..<3 { try hand.take(.actionFailed(.init(action: hand.key, reason: "refused", log: []))) }
        #expect(hand.rollout.turn?.cause == .failure)
        #expect(hand.rollout.verdicts.isEmpty)
    }

    @Test func `actions of one rollout never share a key`() throws {
        var hand = try Hand()
        var keys: [String] = hand.actions.map(\.key)
        try hand.pass()
        keys += hand.actions.map(\.key)
        try hand.ready(hand.course.to)
        keys += hand.actions.map(\.key)
        try hand.take(.actionFailed(.init(action: hand.key, reason: "x", log: [])))
        keys += hand.actions.map(\.key)
        #expect(Set(keys).count == keys.count)
        #expect(keys.count == 4)
    }
}
