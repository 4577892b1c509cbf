import ArgumentParser
import ControlPlane

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Say what a rollout would do; touch nothing.",
        discussion: """
            Exit 0 when there is nothing to do, 10 when there are changes, 2 when the definition is invalid.
            Example: tidegate plan staging --release v2
            """)

    @Argument(help: "The environment.") var environment: String
    @Option(help: "The release.") var release: String
    @Option(help: "Another list of steps than the environment's.") var strategy: String?
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let connection = try await options.connect()
        let body = RolloutBody(
            release: release, strategy: strategy,
            secrets: try await connection.carriedSecrets(for: environment))
        let plan: PlanDocument = try await connection.client.post(
            "/api/v1/environments/\(pathSegment(environment))/plan", body)
        try options.write(plan, text: PlanText.text)
        if plan.changes { throw ExitCode(ExitStatus.changes.rawValue) }
    }
}
