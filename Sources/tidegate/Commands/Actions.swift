import ArgumentParser
import ControlPlane

/// The four that act on a rollout under way differ in one word.
protocol ActionCommand: AsyncParsableCommand {
    static var action: RolloutAction { get }
    var target: ActionTarget { get }
}

struct ActionTarget: ParsableArguments {
    @Argument(help: "The rollout's id.") var rollout: String
    @Option(help: "Why; kept on record.") var reason: String?
    @OptionGroup var options: GlobalOptions
}

extension ActionCommand {
    func run() async throws {
        let rollout: RolloutDocument = try await target.options.connect().client.post(
            "/api/v1/rollouts/\(pathSegment(target.rollout))/\(Self.action.rawValue)",
            ReasonBody(reason: target.reason))
        try target.options.write(rollout, text: RolloutText.summary)
    }
}

struct PauseCommand: ActionCommand {
    static let action = RolloutAction.pause
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Hold a rollout where it is.",
        discussion: "Example: tidegate pause r-1f3a --reason 'looking at it'")
    @OptionGroup var target: ActionTarget
}

struct ResumeCommand: ActionCommand {
    static let action = RolloutAction.resume
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let a paused rollout go on.", discussion: "Example: tidegate resume r-1f3a")
    @OptionGroup var target: ActionTarget
}

struct ApproveCommand: ActionCommand {
    static let action = RolloutAction.approve
    static let configuration = CommandConfiguration(
        commandName: "approve", abstract: "Let a rollout past the gate that waits for a person.",
        discussion: "Example: tidegate approve r-1f3a --reason 'change 88'")
    @OptionGroup var target: ActionTarget
}

struct AbortCommand: ActionCommand {
    static let action = RolloutAction.abort
    static let configuration = CommandConfiguration(
        commandName: "abort", abstract: "End a rollout and put back what was there.",
        discussion: "Example: tidegate abort r-1f3a --reason 'wrong release'")
    @OptionGroup var target: ActionTarget
}
