import Definitions

/// How far the hooks of the stage are.
struct Hooking: Codable, Sendable {
    /// Whether hooks are under way that the stage, or the next one, waits for.
    var isWaiting = false
    /// What the stage asks for once they are done.
    var held: [Action] = []
    /// Whether the stage itself is done.
    var isLeaving = false
    /// Whether the hooks after the stage were asked for.
    var hasEnded = false
}

/// Commands around stages, and the undoing of those that were steps.
extension Rollout {
    private func hooks(_ moment: HookDefinition.Moment) -> [CommandDefinition] {
        (course?.hooks ?? []).filter { $0.isFor(moment, stage) }.map(\.command)
    }

    /// Asks for the hooks before a stage that begins. Until they are done, what the stage itself asks for is held back; on
    /// the way back it is not.
    mutating func beginHooks(_ now: Timestamp) { call(.before, hooks(.before), now) }

    /// Asks for the hooks after the stage, once.
    /// - Returns: whether there are hooks to wait for before the next stage.
    mutating func endHooks(_ now: Timestamp) -> Bool {
        if hooking.isWaiting {
            hooking.isLeaving = true
            return true
        }
        guard !hooking.hasEnded else { return false }
        hooking.hasEnded = true
        call(.after, hooks(.after), now)
        hooking.isLeaving = hooking.isWaiting
        return hooking.isWaiting
    }

    private mutating func call(_ kind: CommandCall.Kind, _ commands: [CommandDefinition], _ now: Timestamp) {
        for (index, command) in commands.enumerated() {
            let call = CommandCall(kind: kind, stage: stage, command: command, since: now)
            pending.append(
                Action(
                    key: "\(id)/\(seq)/\(kind.rawValue)-\(stage.name)-\(index)", work: .command(call),
                    limit: command.within))
        }
        hooking.isWaiting = pending.contains(where: \.isWaitedHook)
        guard hooking.isWaiting, let deadline else { return }
        let longest = commands.map(\.within).max() ?? .zero
        self.deadline = Deadline(
            id: "\(id)/\(seq)/\(kind.rawValue)", at: deadline.at + longest, outcome: deadline.outcome,
            least: deadline.least)
    }

    mutating func beginStep(_ command: CommandDefinition, _ now: Timestamp) {
        let call = CommandCall(kind: .step, stage: stage, command: command, since: now)
        begun.append(command)
        add(.command(call), limit: command.within)
    }

    mutating func take(_ ended: Event.CommandEnded, _ now: Timestamp) {
        guard let action = pending.first(where: { $0.key == ended.action }), case .command(let call) = action.work
        else { return }
        let report = ended.report
        keep(
            CommandRecord(
                title: call.title, kind: call.kind, code: report.code, failure: report.failure, output: report.output,
                at: now))
        if report.code == 0 { return done(call, action, now) }
        let delay = report.code == CommandReport.notYet ? call.command.again : call.command.retry
        if let delay, call.mayRunAgain(after: delay, now) { return again(action, after: delay, now) }
        let late = report.code == CommandReport.notYet ? "it was not done in its time" : nil
        fail(call, action, late ?? report.failure ?? "it ended with code \(report.code ?? -1)", report.output, now)
    }

    /// Of those who say "not yet" on end only the last is kept.
    private mutating func keep(_ record: CommandRecord) {
        var all = commands ?? []
        if let last = all.last, last.title == record.title, last.code == CommandReport.notYet { all.removeLast() }
        commands = all + [record]
    }

    private mutating func done(_ call: CommandCall, _ action: Action, _ now: Timestamp) {
        finish(action.key)
        switch call.kind {
        case .step: advance(now)
        case .undo: undoNext(now)
        case .before, .after: hookEnded(now)
        }
    }

    /// A failure decides what its definition says; of hooks on the way back, and of undoing, it is only put down.
    mutating func fail(
        _ call: CommandCall, _ action: Action, _ reason: String, _ output: [String], _ now: Timestamp
    ) {
        let why = "\(call.title): \(reason)" + (output.last.map { "; its last line: \($0)" } ?? "")
        if call.isWaitedFor, call.kind != .undo, call.command.otherwise == .rollback {
            return turnBack(.failure, why, by: nil, now)
        }
        notes.append(why)
        done(call, action, now)
    }

    private mutating func hookEnded(_ now: Timestamp) {
        guard hooking.isWaiting, !pending.contains(where: \.isWaitedHook) else { return }
        hooking.isWaiting = false
        pending += hooking.held
        hooking.held = []
        guard hooking.isLeaving else { return }
        hooking.isLeaving = false
        advance(now)
    }

    /// A command that may fail was not done in time.
    mutating func endsByGoingOn(_ now: Timestamp) -> Bool {
        guard case .running(let service, let step) = stage, let leg = course?.leg(service),
            leg.steps.indices.contains(step), case .run(let command) = leg.steps[step], command.otherwise == .goOn
        else { return false }
        notes.append("\(command.name) took longer than \(command.within)")
        pending = pending.filter(\.isUnwaited)
        advance(now)
        return true
    }

    /// Runs the undoing of the next step that was begun, the last one first.
    mutating func undoNext(_ now: Timestamp) {
        while let command = begun.popLast() {
            guard let undo = command.undo else { continue }
            var inverse = command
            inverse.command = undo
            add(.command(CommandCall(kind: .undo, stage: stage, command: inverse, since: now)), limit: command.within)
            return
        }
        advance(now)
    }
}

extension Action {
    /// A hook that the stage, or the next one, waits for.
    var isWaitedHook: Bool {
        guard case .command(let call) = work, call.kind == .before || call.kind == .after else { return false }
        return call.isWaitedFor
    }

    /// Goes on whatever stage follows.
    var isUnwaited: Bool {
        guard case .command(let call) = work else { return false }
        return !call.isWaitedFor
    }
}
