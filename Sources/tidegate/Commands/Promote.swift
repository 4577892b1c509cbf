import ArgumentParser
import ControlPlane

struct PromoteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promote", abstract: "Roll out what proved itself in another environment.",
        discussion: """
            Refused (exit 7) when the release has not succeeded there, was taken back since, or has not soaked for as long as
            the environment asks. Example: tidegate promote v2 --from staging --to production
            """)

    @Argument(help: "The release.") var release: String
    @Option(help: "The environment in which it proved itself.") var from: String
    @Option(help: "The environment that takes it.") var to: String
    @Option(help: "Another list of steps than the environment's.") var strategy: String?
    @Option(name: .customLong("override"), help: "A gate to pass, with a reason; may be repeated.")
    var overrides: [String] = []
    @OptionGroup var change: ChangeOptions

    func run() async throws {
        let body = RolloutBody(release: release, strategy: strategy, overrides: overrides, from: from)
        try await RolloutStart(environment: to, body: body, change: change).run()
    }
}
