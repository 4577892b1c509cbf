import Definitions
import Foundation
import Rollouts
import Testing

extension Hand {
    /// Preflight passes for an environment that asks for this.
    fileprivate mutating func pass(_ terms: GateTerms) throws {
        var course = course
        course.gates = terms
        try take(.preflightPassed(.init(action: key, course: course, plan: plan)))
    }

    fileprivate mutating func gates(_ state: GateResult.State = .passed) throws {
        try take(.gatesChecked(.init(action: key, results: [GateResult(.freeze, state, "it is Friday")])))
    }

    fileprivate mutating func approve(_ name: String) throws {
        try take(.approved(.init(by: name, reason: nil)))
    }
}

private func asking(_ approval: ApprovalDefinition) -> GateTerms {
    GateTerms(asked: GateDefinition(approval: approval))
}

@Suite struct `Approvals` {
    @Test func `are waited for before anything is touched, and the gates are asked again then`() throws {
        var hand = try Hand()
        try hand.pass(asking(ApprovalDefinition()))
        #expect(hand.rollout.stage == .awaitingApproval && hand.actions.isEmpty)
        try hand.approve("ada")
        #expect(hand.actions.map(\.work) == [.checkGates])
        try hand.approve("ada")
        #expect(hand.rollout.approvals.map(\.by) == ["ada"])
        try hand.gates()
        #expect(hand.actions.map(\.work) == [.ensure(service: "api", bundle: hand.course.to, count: 2)])
        try hand.approve("ada")
        #expect(hand.rollout.approvals.count == 1)
    }

    @Test func `do not pass a gate that has closed since`() throws {
        var hand = try Hand()
        try hand.pass(asking(ApprovalDefinition()))
        try hand.approve("ada")
        try hand.gates(.refused)
        #expect(hand.rollout.outcome == .refused)
        #expect(hand.rollout.started.isEmpty)
        #expect(hand.rollout.why == "freeze: it is Friday")
    }

    @Test(arguments: [
        (["ada", "bob"], false, "ada", true), (["ada", "bob"], false, "eve", false), ([], true, "ada", true),
        ([], true, "me", false), ([], true, "me, for ada", false), (["ada"], true, "ada, for me", true),
        (["ada"], false, "eve, for ada", false),
    ]) func `are given by those who may, whatever they call themselves`(
        by: [String], fourEyes: Bool, name: String, may: Bool
    ) throws {
        var hand = try Hand()
        try hand.pass(asking(ApprovalDefinition(by: by, fourEyes: fourEyes)))
        if may {
            try hand.approve(name)
            #expect(hand.rollout.approvedBy == name)
        } else {
            #expect(throws: TransitionError.self) { try hand.approve(name) }
            #expect(hand.rollout.approvals.isEmpty && hand.rollout.stage == .awaitingApproval)
        }
    }

    @Test func `that do not come in time refuse what has touched nothing`() throws {
        var hand = try Hand()
        try hand.pass(asking(ApprovalDefinition(within: .seconds(60))))
        let deadline = try #require(hand.rollout.deadline)
        #expect(deadline.outcome == "refused")
        try hand.take(.deadlineReached(.init(deadline: deadline.id)))
        #expect(hand.rollout.outcome == .refused)
        #expect(hand.rollout.why == "nobody has approved it within 1 min")
    }

    @Test(arguments: [(ApprovalDefinition.Otherwise.rollback, Outcome.rolledBack), (.abort, .aborted)])
    func `of a step end as it says when they do not come`(otherwise: ApprovalDefinition.Otherwise, end: Outcome) throws
    {
        let approval = ApprovalDefinition(by: ["ada"], within: .seconds(60), otherwise: otherwise)
        var hand = try Hand(steps: [.approve(approval), .weight(100)])
        try hand.pass()
        try hand.ready(hand.course.to)
        #expect(hand.rollout.stage == .approving(service: "api", step: 0))
        #expect(throws: TransitionError.self) { try hand.approve("eve") }
        let deadline = try #require(hand.rollout.deadline)
        try hand.take(.deadlineReached(.init(deadline: deadline.id)))
        try hand.stop(hand.course.to)
        #expect(hand.rollout.outcome == end)
    }

    @Test func `of older records, without a name or a time, are still read`() throws {
        let old =
            #"[{"approve":{}},{"approve":{"_0":{"by":["ada"],"fourEyes":true,"otherwise":"abort","within":[1,0]}}}]"#
        let steps = try decoded(old)
        #expect(steps.first == .approve(nil))
        #expect(steps.count == 2)
    }
}

@Suite struct `Before the first traffic` {
    /// Ready to shift, so long after preflight.
    private func ready(after seconds: Int64) throws -> Hand {
        var hand = try Hand()
        try hand.pass(GateTerms())
        hand.seconds += seconds
        try hand.ready(hand.course.to)
        try hand.smoke(true)
        return hand
    }

    @Test func `gates that were asked just now are not asked again`() throws {
        let hand = try ready(after: 10)
        #expect(hand.actions.map(\.work) == [.split(service: "api", percent: 10)])
    }

    @Test func `gates are asked again when time has passed, and only then`() throws {
        var hand = try ready(after: 100)
        #expect(hand.actions.map(\.work) == [.checkGates])
        #expect(hand.rollout.touched.isEmpty)
        try hand.gates()
        #expect(hand.actions.map(\.work) == [.split(service: "api", percent: 10)])
        hand.seconds += 1_000
        try hand.shift(10)
        #expect(hand.actions.map(\.work) == [.split(service: "api", percent: 100)])
    }

    @Test func `a preview is no traffic`() throws {
        var hand = try Hand(steps: [.preview, .weight(100)])
        try hand.pass(GateTerms())
        hand.seconds += 100
        try hand.ready(hand.course.to)
        #expect(hand.actions.map(\.work) == [.split(service: "api", percent: 0)])
        try hand.shift(0)
        #expect(hand.actions.map(\.work) == [.checkGates])
    }

    @Test func `a gate that has closed meanwhile takes the new instances away, and blames nobody`() throws {
        var hand = try ready(after: 100)
        try hand.gates(.refused)
        #expect(hand.rollout.turn?.cause == .gate)
        #expect(hand.actions.map(\.work) == [.stop(service: "api", bundle: hand.course.to)])
        try hand.stop(hand.course.to)
        #expect(hand.rollout.outcome == .aborted)
    }

    @Test func `gates that cannot be asked let nothing pass`() throws {
        var hand = try ready(after: 100)
        for _ in 0..<3 {
            try hand.take(.actionFailed(.init(action: hand.key, reason: "the disk is full", log: [])))
        }
        #expect(hand.rollout.turn?.cause == .failure)
        #expect(hand.rollout.touched.isEmpty)
    }
}

private func decoded(_ text: String) throws -> [StrategyStep] {
    try JSONDecoder().decode([StrategyStep].self, from: Data(text.utf8))
}
