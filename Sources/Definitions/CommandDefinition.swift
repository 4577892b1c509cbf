/// A program that a rollout runs at one of its steps, or around one of its stages: on the control plane's machine, in the
/// project's folder, without a shell. It gets no secrets.
package struct CommandDefinition: Sendable, Equatable, Codable {
    /// What a failure leads to.
    package enum Otherwise: String, Sendable, Codable, CaseIterable {
        case rollback
        /// It is put down, and the rollout goes on.
        case goOn = "go-on"
    }

    /// What people read; by default the program's name.
    package var name: String
    /// The program and its arguments. Exit code 0 means done, 75 (`EX_TEMPFAIL` of sysexits.h) not yet.
    package var command: [String]
    /// How long it may take, all its runs together.
    package var within: Duration
    /// The time until it is run again when it said "not yet".
    package var again: Duration
    /// The time until it is run again when it failed; nil: one failure decides.
    package var retry: Duration?
    /// What is run when the rollout goes back after this was begun; it has the same time.
    package var undo: [String]?
    package var otherwise: Otherwise

    package init(
        name: String, command: [String], within: Duration = .seconds(60), again: Duration = .seconds(5),
        retry: Duration? = nil, undo: [String]? = nil, otherwise: Otherwise = .rollback
    ) {
        self.name = name
        self.command = command
        self.within = within
        self.again = again
        self.retry = retry
        self.undo = undo
        self.otherwise = otherwise
    }
}

/// A command before or after a stage of every rollout.
package struct HookDefinition: Sendable, Equatable, Codable {
    package enum Moment: String, Sendable, Codable, CaseIterable { case before, after }

    /// The stages of the way forward are waited for by their hooks; those of the way back are not, for nothing may hold that up.
    package enum Stage: String, Sendable, Codable, CaseIterable {
        case migrating, starting, smoking, scaling, shifting, running, analysing, approving
        case finalSmoke = "final-smoke"
        case baking, retiring, restoring
        case provingRestored = "proving-restored"
        case removing

        package var isBackward: Bool { [.restoring, .provingRestored, .removing].contains(self) }
    }

    package var moment: Moment
    package var stage: Stage
    /// Only around this service's stages; nil: every service's.
    package var service: String?
    package var command: CommandDefinition

    package init(moment: Moment, stage: Stage, service: String? = nil, command: CommandDefinition) {
        self.moment = moment
        self.stage = stage
        self.service = service
        self.command = command
    }
}
