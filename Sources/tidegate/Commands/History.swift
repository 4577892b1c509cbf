import ArgumentParser
import ControlPlane

struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "What was rolled out, newest first.",
        discussion: "Example: tidegate history production")

    @Argument(help: "The environment.") var environment: String
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let rollouts: [RolloutDocument] = try await options.connect().client.get(
            "/api/v1/environments/\(pathSegment(environment))/history")
        try options.write(rollouts, text: RolloutText.history)
    }
}
