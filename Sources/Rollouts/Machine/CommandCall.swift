import Definitions

/// A command as the machine asks for it: what, when, and in whose name.
package struct CommandCall: Codable, Sendable, Equatable {
    package enum Kind: String, Codable, Sendable { case step, before, after, undo }

    package var kind: Kind
    package var stage: Stage
    package var command: CommandDefinition
    /// When it was first asked for.
    package var since: Timestamp

    package init(kind: Kind, stage: Stage, command: CommandDefinition, since: Timestamp) {
        self.kind = kind
        self.stage = stage
        self.command = command
        self.since = since
    }

    /// Whether another run after that while would still be within its time. A step's time is its stage's deadline.
    func mayRunAgain(after delay: Duration, _ now: Timestamp) -> Bool {
        kind == .step || now + delay <= since + command.within
    }

    /// Nothing waits for hooks on the way back.
    var isWaitedFor: Bool { kind == .step || kind == .undo || !stage.isBackward }

    /// Such as `warm-up, before shifting of api`.
    package var title: String {
        let of = stage.name.replacing("_", with: " ") + (stage.service.map { " of \($0)" } ?? "")
        return switch kind {
        case .step: command.name
        case .undo: "\(command.name), undone"
        case .before, .after: "\(command.name), \(kind.rawValue) \(of)"
        }
    }
}

/// One run of a command, as it is shown and kept.
package struct CommandRecord: Codable, Sendable, Equatable {
    package var title: String
    package var kind: CommandCall.Kind
    package var code: Int32?
    package var failure: String?
    package var output: [String]
    package var at: Timestamp
}

extension HookDefinition {
    func isFor(_ moment: Moment, _ other: Rollouts.Stage) -> Bool {
        moment == self.moment && other.name == stage.rawValue.replacing("-", with: "_")
            && (service == nil || other.service == nil || service == other.service)
    }
}
