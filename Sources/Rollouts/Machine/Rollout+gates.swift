import Definitions

extension Rollout {
    /// Who let it go on, and where it waited for that.
    package struct Approval: Codable, Sendable, Equatable {
        package var by: String
        package var reason: String?
        package var at: Timestamp
        package var stage: Stage
    }

    /// What the gates said is asked again before the first traffic when it is older than this.
    static let gateLife = Duration.seconds(60)

    /// Who let it begin, before anything was touched.
    package var approvedBy: String? { approvals.first { $0.stage == .awaitingApproval }?.by }

    /// After `locked`: waits for a person where the environment asks for one, and otherwise begins.
    mutating func openGates(_ now: Timestamp) {
        guard let approval = course?.gates?.asked.approval else { return begin(now) }
        enter(.awaitingApproval, now, limit: approval.within, otherwise: "refused")
    }

    mutating func begin(_ now: Timestamp) {
        if course?.migrates == true { migrate(now) } else { startNextLeg(after: nil, now) }
    }

    /// Whether the gates have to be asked again before this split, the first that gives the new bundle work.
    func asksGatesAgain(_ now: Timestamp) -> Bool {
        guard kind == .rollout, course?.gates != nil, weights.values.allSatisfy({ $0 == 0 }) else { return false }
        return gatesAskedAt.map { now - $0 > Rollout.gateLife } ?? true
    }

    mutating func take(_ checked: Event.GatesChecked, _ now: Timestamp) throws(TransitionError) {
        finish(checked.action)
        gates = checked.results
        gatesAskedAt = now
        switch stage {
        case .awaitingApproval:
            if let refusal = checked.results.refusal { return end(.refused, refusal, now) }
            advance(now)
        case .shifting(let service, let step):
            if let refusal = checked.results.refusal { return turnBack(.gate, refusal, by: nil, now) }
            guard case .weight(let percent)? = course?.leg(service)?.step(step) else {
                throw unexpected(.gatesChecked(checked))
            }
            split(service, percent, now)
        default: throw unexpected(.gatesChecked(checked))
        }
    }

    /// Doing it twice is doing it once: what was approved already stays approved, and nothing else is.
    mutating func approve(_ person: Event.ByPerson, _ now: Timestamp) throws(TransitionError) {
        let approval = approvalAwaited
        guard let approval else {
            guard approvals.isEmpty else { return }
            throw .notPossible("rollout \(id) waits for no approval")
        }
        try check(person.by, approval)
        // Approved, and the gates are being asked once more.
        guard !pending.contains(where: { $0.work == .checkGates }) else { return }
        approved = approvals + [Approval(by: person.by, reason: person.reason, at: now, stage: stage)]
        guard stage == .awaitingApproval else { return advance(now) }
        deadline = Deadline(id: "\(id)/\(seq)", at: now + .seconds(180), outcome: "refused")
        add(.checkGates, limit: .seconds(30))
    }

    /// What the stage waits for; nil when it waits for no approval.
    package var approvalAwaited: ApprovalDefinition? {
        switch stage {
        case .awaitingApproval: return course?.gates?.asked.approval ?? ApprovalDefinition()
        case .approving(let service, let step):
            guard case .approve(let approval)? = course?.leg(service)?.step(step) else { return ApprovalDefinition() }
            return approval ?? ApprovalDefinition()
        default: return nil
        }
    }

    private func check(_ actor: String, _ approval: ApprovalDefinition) throws(TransitionError) {
        let name = ActorName.login(of: actor)
        guard approval.by.isEmpty || approval.by.contains(name) else {
            throw .notPossible("\(name) may not approve rollout \(id): \(approval.who) may")
        }
        guard !approval.fourEyes || name != ActorName.login(of: self.actor) else {
            throw .notPossible(
                "\(name) has started rollout \(id), and somebody else has to approve it: \(approval.who) may")
        }
    }

    /// Nobody has approved in time.
    mutating func passApproval(_ now: Timestamp) {
        guard let approval = approvalAwaited else { return }
        let why = "nobody has approved it within \(approval.within.words)"
        switch (stage, approval.otherwise) {
        case (.awaitingApproval, _): end(.refused, approvedBy == nil ? why : "the gates did not answer in time", now)
        case (_, .rollback): turnBack(.deadline, why, by: nil, now)
        case (_, .abort): turnBack(.abort, why, by: nil, now)
        }
    }
}

extension Leg {
    func step(_ index: Int) -> StrategyStep? { steps.indices.contains(index) ? steps[index] : nil }
}
