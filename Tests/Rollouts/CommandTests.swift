import Definitions
import Rollouts
import Testing

extension Hand {
    /// Ends the first command that is pending.
    mutating func command(_ code: Int32?, _ output: [String] = []) throws {
        let action = try #require(
            rollout.pending.first { if case .command = $0.work { true } else { false } })
        let failure = code == nil ? "it was ended" : nil
        try take(
            .commandEnded(
                .init(action: action.key, title: "", report: .init(code: code, failure: failure, output: output))))
    }

    var titles: [String] {
        rollout.pending.compactMap { if case .command(let call) = $0.work { call.title } else { nil } }
    }
}

@Suite struct CommandTests {
    static let warmUp = CommandDefinition(
        name: "warm-up", command: ["warm"], within: .seconds(45), again: .seconds(17), undo: ["cool"])
    static let check = CommandDefinition(name: "check", command: ["check"], undo: ["uncheck"])

    static func hook(
        _ moment: HookDefinition.Moment, _ stage: HookDefinition.Stage, _ name: String = "hook",
        otherwise: CommandDefinition.Otherwise = .rollback
    ) -> HookDefinition {
        HookDefinition(
            moment: moment, stage: stage, command: .init(name: name, command: [name], otherwise: otherwise))
    }

    @Test func `a command that is done lets the rollout go on`() throws {
        var hand = try Hand(steps: [.run(Self.warmUp), .weight(100)])
        try hand.pass()
        try hand.ready(hand.course.to)
        #expect(hand.rollout.stage == .running(service: "api", step: 0))
        try hand.command(0)
        #expect(hand.rollout.stage == .shifting(service: "api", step: 1))
        #expect(hand.rollout.commands?.map(\.title) == ["warm-up"])
    }

    @Test func `a command that is not done yet is asked again until its time is over`() throws {
        var hand = try Hand(steps: [.run(Self.warmUp), .weight(100)])
        try hand.pass()
        try hand.ready(hand.course.to)
        for attempt in 2...3 {
            try hand.command(75)
            let action = try #require(hand.rollout.pending.first)
            #expect(action.attempt == attempt)
            #expect(action.notBefore == Timestamp(microseconds: (hand.seconds + 17) * 1_000_000))
        }
        try hand.take(.deadlineReached(.init(deadline: try #require(hand.rollout.deadline?.id))))
        #expect(hand.rollout.turn?.cause == .deadline)
    }

    @Test func `a command that fails turns the rollout back, with its last line`() throws {
        var hand = try Hand(steps: [.run(Self.warmUp), .weight(100)])
        try hand.pass()
        try hand.ready(hand.course.to)
        try hand.command(1, ["first", "no such cache"])
        #expect(hand.rollout.turn?.cause == .failure)
        #expect(hand.rollout.turn?.why.contains("no such cache") == true)
    }

    @Test func `a command that may fail is put down, and the rollout goes on`() throws {
        var command = Self.warmUp
        command.otherwise = .goOn
        for ending: Int32? in [1, nil] {
            var hand = try Hand(steps: [.run(command), .weight(100)])
            try hand.pass()
            try hand.ready(hand.course.to)
            try hand.command(ending)
            #expect(hand.rollout.stage == .shifting(service: "api", step: 1))
            #expect(hand.rollout.notes.count == 1)
        }
        var late = try Hand(steps: [.run(command), .weight(100)])
        try late.pass()
        try late.ready(late.course.to)
        try late.take(.deadlineReached(.init(deadline: try #require(late.rollout.deadline?.id))))
        #expect(late.rollout.stage == .shifting(service: "api", step: 1))
    }

    @Test func `going back undoes the commands that were begun, the last first, once each`() throws {
        var hand = try Hand(steps: [.run(Self.warmUp), .weight(50), .run(Self.check), .weight(100)])
        let old = try #require(hand.course.from)
        try hand.pass()
        try hand.ready(hand.course.to)
        try hand.command(0)
        try hand.shift(50)
        #expect(hand.titles == ["check"])
        try hand.take(.abortRequested(.init(by: "me", reason: nil)))
        try hand.ready(old)
        try hand.shift(0)
        #expect(hand.rollout.stage == .undoing)
        #expect(hand.titles == ["check, undone"])
        try hand.command(1)
        #expect(hand.titles == ["warm-up, undone"])
        try hand.command(0)
        #expect(hand.rollout.stage == .provingRestored)
        #expect(hand.rollout.commands?.map(\.kind) == [.step, .undo, .undo])
    }

    @Test func `a stage begins when the hooks before it are done, and ends with those after it`() throws {
        var hand = try Hand(
            steps: [.weight(100)],
            hooks: [Self.hook(.before, .starting, "announce"), Self.hook(.after, .starting, "warm")])
        try hand.pass()
        #expect(hand.rollout.stage == .starting(service: "api"))
        #expect(hand.titles == ["announce, before starting of api"])
        #expect(hand.rollout.pending.count == 1)
        try hand.command(0)
        #expect(hand.rollout.pending.map(\.work) == [.ensure(service: "api", bundle: hand.course.to, count: 2)])
        try hand.ready(hand.course.to)
        #expect(hand.rollout.stage == .starting(service: "api"))
        #expect(hand.titles == ["warm, after starting of api"])
        try hand.command(0)
        #expect(hand.rollout.stage == .shifting(service: "api", step: 0))
    }

    @Test func `hooks of the way back hold nothing up, and end even after the rollout`() throws {
        var hand = try Hand(steps: [.weight(100)], hooks: [Self.hook(.before, .restoring, "tell")])
        let old = try #require(hand.course.from)
        try hand.pass()
        try hand.ready(hand.course.to)
        try hand.take(.abortRequested(.init(by: "me", reason: nil)))
        #expect(hand.titles == ["tell, before restoring"])
        #expect(hand.rollout.pending.count == 2)
        let ensure = try #require(hand.rollout.pending.first { if case .ensure = $0.work { true } else { false } })
        try hand.take(
            .instancesReady(.init(action: ensure.key, service: "api", bundle: old, instances: ["a", "b"])))
        let split = try #require(hand.rollout.pending.first { if case .split = $0.work { true } else { false } })
        try hand.take(
            .weightsShifted(.init(action: split.key, service: "api", percent: 0, weights: [])))
        #expect(hand.rollout.stage == .provingRestored)
        #expect(hand.titles == ["tell, before restoring"])
        try hand.command(1)
        #expect(hand.rollout.stage == .provingRestored)
        #expect(hand.titles.isEmpty)
        #expect(hand.rollout.notes.contains { $0.contains("tell") })
    }

    @Test func `a hook that fails turns the rollout back, unless it may`() throws {
        for otherwise in CommandDefinition.Otherwise.allCases {
            var hand = try Hand(
                steps: [.weight(100)], hooks: [Self.hook(.before, .shifting, otherwise: otherwise)])
            try hand.pass()
            try hand.ready(hand.course.to)
            try hand.command(3)
            if otherwise == .rollback {
                #expect(hand.rollout.turn?.cause == .failure)
                #expect(hand.rollout.touched == ["api"])
            } else {
                #expect(hand.rollout.turn == nil)
                #expect(hand.rollout.pending.map(\.work) == [.split(service: "api", percent: 100)])
            }
        }
    }

    @Test(arguments: CommandDefinition.Otherwise.allCases)
    func `a hook that is never done has its own time, and not the stage's`(otherwise: CommandDefinition.Otherwise)
        throws
    {
        var hook = Self.hook(.before, .shifting, otherwise: otherwise)
        (hook.command.within, hook.command.again) = (.seconds(10), .seconds(4))
        var hand = try Hand(steps: [.weight(100)], hooks: [hook])
        try hand.pass()
        try hand.ready(hand.course.to)
        let deadline = try #require(hand.rollout.deadline)
        var runs = 0
        while !hand.titles.isEmpty, hand.seconds < 60 {
            try hand.command(75)
            hand.seconds += 3
            runs += 1
        }
        #expect(runs == 3)
        #expect(Timestamp(microseconds: hand.seconds * 1_000_000) < deadline.at)
        #expect(hand.rollout.commands?.count == 1)
        #expect((hand.rollout.turn?.cause == .failure) == (otherwise == .rollback))
        #expect((hand.rollout.stage == .shifting(service: "api", step: 0)) == (otherwise == .goOn))
    }

    @Test func `a pause holds after the hooks of the stage`() throws {
        var hand = try Hand(steps: [.weight(50), .weight(100)], hooks: [Self.hook(.after, .shifting)])
        try hand.pass()
        try hand.ready(hand.course.to)
        try hand.take(.paused(.init(by: "me", reason: nil)))
        try hand.shift(50)
        #expect(hand.titles == ["hook, after shifting of api"])
        try hand.command(0)
        #expect(hand.rollout.stage == .shifting(service: "api", step: 0))
        try hand.take(.resumed(.init(by: "me", reason: nil)))
        #expect(hand.rollout.stage == .shifting(service: "api", step: 1))
    }
}
