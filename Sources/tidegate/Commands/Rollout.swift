import ArgumentParser
import ControlPlane

struct RolloutCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollout", abstract: "Roll a release out, and follow it to its end.",
        discussion: """
            Ctrl-C stops following; the rollout goes on. Exit 0 succeeded, 5 rolled back clean, 6 rollback failed,
            7 refused or aborted. Example: tidegate rollout staging --release v2 --reason 'ticket 214'
            """)

    @Argument(help: "The environment.") var environment: String
    @Option(help: "The release.") var release: String
    @Option(help: "Another list of steps than the environment's.") var strategy: String?
    @Option(name: .customLong("override"), help: "A gate to pass, with a reason; may be repeated.")
    var overrides: [String] = []
    @OptionGroup var change: ChangeOptions

    func run() async throws {
        let body = RolloutBody(release: release, strategy: strategy, overrides: overrides)
        try await RolloutStart(environment: environment, body: body, change: change).run()
    }
}
