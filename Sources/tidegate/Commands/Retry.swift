import ArgumentParser
import ControlPlane

struct RetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Do once more what a rollout did that did not succeed.",
        discussion: """
            The same release by the same list of steps, from its first one. A release that a verdict took back is blocked
            until `tidegate release unblock`. Example: tidegate retry r-1f3a --reason 'the disk is mended'
            """)

    @Argument(help: "The rollout's id.") var rollout: String
    @OptionGroup var change: ChangeOptions

    func run() async throws {
        let connection = try await change.options.connect()
        let address = "/api/v1/rollouts/\(pathSegment(rollout))"
        let before: RolloutDocument = try await connection.client.get(address)
        if change.asks,
            !Terminal.ask("Do rollout \(before.id) of \(before.release) in \(before.environment) once more?")
        {
            throw Refusal("declined", "Nothing was done.", exit: .refused)
        }
        let body = RetryBody(
            reason: change.reason, secrets: try await connection.carriedSecrets(for: before.environment))
        let started = try await connection.begin("\(address)/retry", body)
        try await Follower(options: change.options, connection: connection).follow(
            started, wait: !change.noWait, toGoBack: before.kind == "rollback")
    }
}
