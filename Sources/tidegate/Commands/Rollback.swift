import ArgumentParser
import ControlPlane

struct RollbackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback", abstract: "Go back to the last good bundle, or to a named one.",
        discussion: "Example: tidegate rollback production --reason 'uploads fail'")

    @Argument(help: "The environment.") var environment: String
    @Option(help: "A bundle's digest, its beginning, or a release.") var to: String?
    @OptionGroup var change: ChangeOptions

    func run() async throws {
        let connection = try await change.options.connect()
        if change.asks, !Terminal.ask("Roll \(environment) back to \(to ?? "the last good bundle")?") {
            throw Refusal("declined", "Nothing was done.", exit: .refused)
        }
        let started: StartedDocument = try await connection.client.post(
            "/api/v1/environments/\(pathSegment(environment))/rollback", RollbackBody(to: to, reason: change.reason))
        try await Follower(options: change.options, connection: connection).follow(
            started, wait: !change.noWait, toGoBack: true)
    }
}
