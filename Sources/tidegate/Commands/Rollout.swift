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
    @OptionGroup var change: ChangeOptions

    func run() async throws {
        let connection = try await change.options.connect()
        let body = RolloutBody(
            release: release, strategy: strategy, reason: change.reason,
            secrets: try await connection.carriedSecrets(for: environment))
        let address = "/api/v1/environments/\(pathSegment(environment))"
        if change.asks {
            let plan: PlanDocument = try await connection.client.post("\(address)/plan", body)
            Terminal.line(PlanText.text(plan))
            guard Terminal.ask("Roll out \(release) in \(environment)?") else {
                throw Refusal("declined", "Nothing was done.", exit: .refused)
            }
        }
        let started: StartedDocument = try await connection.client.post("\(address)/rollouts", body)
        try await Follower(options: change.options, connection: connection).follow(started, wait: !change.noWait)
    }
}
