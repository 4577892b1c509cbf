import Analysis
import Definitions
import Rollouts

extension RolloutDocument {
    init(_ rollout: Rollout, now: Timestamp) {
        let started = rollout.startedAt ?? now
        let since = rollout.history.last?.enteredAt
        self.init(
            id: rollout.id, environment: rollout.environment, kind: rollout.kind.rawValue, release: rollout.release,
            previous: rollout.previousRelease, bundle: (rollout.toBundle ?? rollout.target)?.text ?? "",
            stage: rollout.stage.name, outcome: rollout.outcome?.rawValue, startedBy: rollout.actor,
            reason: rollout.reason, startedAt: started.rfc3339, endedAt: rollout.endedAt?.rfc3339,
            seconds: ((rollout.endedAt ?? now) - started).seconds, waitingFor: Self.waiting(rollout),
            waitingSince: rollout.isFinished ? nil : (rollout.paused?.since ?? since)?.rfc3339,
            steps: RolloutSteps(rollout: rollout, now: now).steps, verdicts: VerdictDocument.all(of: rollout),
            notes: rollout.notes)
        why = rollout.why
        gates = rollout.gates.map { $0.map { GateDocument($0) } }
        overrides = rollout.overrides.map { $0.map(\.rawValue) }
        approvals = rollout.approvals.isEmpty ? nil : rollout.approvals.map { ApprovalDocument($0) }
    }

    private static func waiting(_ rollout: Rollout) -> String? {
        if rollout.isFinished { return nil }
        if let pause = rollout.paused {
            return "somebody to resume it, paused by \(pause.by)" + (pause.reason.map { ": \($0)" } ?? "")
        }
        if let approval = rollout.approvalAwaited {
            let until = rollout.deadline.map { ", until \($0.at.minute): then \($0.outcome)" } ?? ""
            return
                "an approval by \(approval.who) to \(rollout.stage.service.map { "go on with \($0)" } ?? "begin")\(until)"
        }
        let work = bake(rollout) ?? rollout.pending.first.map { Self.words($0.work) } ?? rollout.stage.name
        return work
            + (rollout.deadline.map {
                ", at the latest until \($0.at.rfc3339.dropFirst(11).prefix(8))Z: then \($0.outcome)"
            }
                ?? "")
    }

    /// How long evidence is gathered, as the plan says; its deadline is the last resort, an hour away or more.
    private static func bake(_ rollout: Rollout) -> String? {
        guard case .analysing(let service, let step) = rollout.stage, let leg = rollout.course?.leg(service),
            let planned = leg.steps[safely: step], case .bake(let duration, _) = planned
        else { return nil }
        return "\(duration.spoken) of evidence on \(service)"
    }

    private static func words(_ work: Work) -> String {
        switch work {
        case .preflight: "every variable and secret to resolve"
        case .checkGates: "the gates"
        case .migrate: "the database migration"
        case .ensure(let service, let bundle, let count):
            "\(EventText.count(count, "instance")) of \(service) at \(bundle.short) to be ready"
        case .smoke(_, _, let services): "the smoke tests of \(services.joined(separator: " and "))"
        case .split(let service, let percent): "\(percent) % of \(service) to be in force"
        case .analyse(let services): "enough evidence on \(services.joined(separator: " and "))"
        case .shrink(let service, let bundle, let count):
            "all but \(count) of \(service) at \(bundle.short) to drain and stop"
        case .command(let call): call.title
        case .stop(let service, let bundle): "\(service) at \(bundle.short) to drain and stop"
        }
    }
}

extension VerdictDocument {
    init(_ verdict: Verdict, at: String? = nil) {
        self.init(
            signal: verdict.signal, service: verdict.service, verdict: verdict.verdict.rawValue, value: verdict.value,
            limit: verdict.limit, samples: Int64(verdict.samples), e: verdict.e, bound: verdict.bound,
            why: verdict.why, at: at)
        log = verdict.log
        interval = verdict.between.map { Interval(lower: $0.lower, upper: $0.upper) }
    }

    /// Those that decided something, then the last look at each service that they do not repeat.
    static func all(of rollout: Rollout) -> [VerdictDocument] {
        let decided = rollout.verdicts.filter { $0.verdict != .pass }
        let told = Set(decided.map { "\($0.service)/\($0.signal)" })
        let latest = rollout.latest.sorted { $0.key < $1.key }.flatMap(\.value)
        return (decided + latest.filter { !told.contains("\($0.service)/\($0.signal)") }).map { VerdictDocument($0) }
    }
}

extension FinishedDocument {
    init(_ rollout: Rollout) {
        self.init(
            outcome: rollout.outcome?.rawValue ?? "quarantined", rollout: rollout.id, release: rollout.release,
            previous: rollout.previousRelease, seconds: rollout.duration?.seconds ?? 0,
            verdicts: VerdictDocument.all(of: rollout), why: rollout.why ?? "")
        findings = rollout.findings.isEmpty ? nil : rollout.findings.map(FindingDocument.init)
        refusal = rollout.refusal?.rawValue
    }
}

/// The course of a rollout as a list of steps, with how far it has come.
struct RolloutSteps {
    let rollout: Rollout
    let now: Timestamp

    var steps: [StepDocument] { stages.map(step) }

    private var stages: [Stage] {
        let forward = rollout.kind == .rollback ? [.preflight] : self.forward
        let backward: [Stage] =
            rollout.kind == .rollback || rollout.turn != nil ? [.restoring, .provingRestored, .removing] : []
        return forward + backward
    }

    private var forward: [Stage] {
        guard let course = rollout.course else { return [.preflight] }
        let waits = course.gates?.asked.approval != nil
        var stages: [Stage] = [.preflight] + (waits ? [.awaitingApproval] : []) + (course.migrates ? [.migrating] : [])
        for leg in course.legs where leg.replicas != nil {
            if leg.first != 0 { stages.append(.starting(service: leg.service)) }
            for (index, step) in leg.steps.enumerated() {
                switch step {
                case .smoke: stages.append(.smoking(service: leg.service, step: index))
                case .preview, .weight: stages.append(.shifting(service: leg.service, step: index))
                case .bake: stages.append(.analysing(service: leg.service, step: index))
                case .grow, .shrink, .regrow, .thin: stages.append(.scaling(service: leg.service, step: index))
                case .run: stages.append(.running(service: leg.service, step: index))
                case .approve: stages.append(.approving(service: leg.service, step: index))
                }
            }
        }
        return stages + [.finalSmoke, .baking, .retiring]
    }

    private func step(_ stage: Stage) -> StepDocument {
        let record = rollout.history.last { $0.stage == stage }
        return StepDocument(
            name: name(stage), service: stage.service, state: state(of: stage, record), detail: detail(stage, record))
    }

    private func state(of stage: Stage, _ record: Rollout.StageRecord?) -> StepDocument.State {
        guard let record else {
            return rollout.isFinished || rollout.turn != nil && !stage.isBackward ? .skipped : .pending
        }
        guard record.leftAt != nil || rollout.isFinished else { return .running }
        let turnedHere = rollout.turn != nil && !stage.isBackward && stage == lastForward
        let failed = turnedHere && rollout.kind != .rollback
        let refused = rollout.outcome == .refused && stage == .preflight
        let stuck = rollout.outcome == .rollbackFailed && stage == rollout.history.last { $0.stage != .ended }?.stage
        return failed || refused || stuck ? .failed : .done
    }

    /// Where it was when it turned back.
    private var lastForward: Stage? {
        rollout.history.last { !$0.stage.isBackward && $0.stage != .ended }?.stage
    }

    private func name(_ stage: Stage) -> String {
        switch stage {
        case .preflight: "validate"
        case .locked: "lock"
        case .awaitingApproval: "approve"
        case .migrating: "migrate"
        case .starting: "start"
        case .smoking: "smoke"
        case .shifting: "shift"
        case .analysing: "analyse"
        case .scaling: "scale"
        case .running: "run"
        case .approving: "approve"
        case .finalSmoke: "smoke, all"
        case .baking: "bake"
        case .retiring: "retire"
        case .restoring: "restore"
        case .undoing: "undo"
        case .provingRestored: "prove restored"
        case .removing: "remove"
        case .ended: "end"
        }
    }

    private func detail(_ stage: Stage, _ record: Rollout.StageRecord?) -> String? {
        let planned = stage.service.flatMap { service in
            stage.step.flatMap { step in rollout.course?.leg(service)?.steps[safely: step] }
        }
        let plan: String? =
            switch planned {
            case .weight(let percent): "\(percent) %"
            case .bake(let duration, _): duration.spoken
            case .grow, .shrink, .regrow, .thin, .run, .preview: planned?.line
            default: nil
            }
        let took = record.map { (($0.leftAt ?? rollout.endedAt ?? now) - $0.enteredAt).spoken }
        let parts = [plan, took.map { plan == nil ? $0 : "in \($0)" }].compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: " ")
    }
}

extension Array {
    fileprivate subscript(safely index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
