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
        if change.asks { try await ask(connection) }
        let started = try await connection.begin(
            "/api/v1/environments/\(pathSegment(environment))/rollback", RollbackBody(to: to, reason: change.reason))
        try await Follower(options: change.options, connection: connection).follow(
            started, wait: !change.noWait, toGoBack: true)
    }

    /// Says beforehand what speaks against it. Where nobody is asked, the rollback's notes say the same: what goes back by
    /// itself waits for nothing.
    private func ask(_ connection: Connection) async throws {
        let query = to.map { "?to=\(pathSegment($0))" } ?? ""
        let way: WayBackDocument = try await connection.client.get(
            "/api/v1/environments/\(pathSegment(environment))/rollback\(query)")
        for warning in way.warnings { Terminal.complain(warning) }
        guard Terminal.ask("Roll \(environment) back from \(way.release) to \(way.restored)?") else {
            throw Refusal("declined", "Nothing was done.", exit: .refused)
        }
    }
}
