import ArgumentParser
import ControlPlane

struct SmokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "smoke", abstract: "Run the smoke tests now.",
        discussion: "Exit 4 when one of them fails. Example: tidegate smoke dev --suite document")

    @Argument(help: "The environment.") var environment: String
    @Option(help: "One suite, by its name or its file's.") var suite: String?
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let suites: [SmokeDocument] = try await options.connect().client.post(
            "/api/v1/environments/\(pathSegment(environment))/smoke", SmokeBody(suite: suite))
        try options.write(suites, text: SmokeText.text)
        if suites.isEmpty || !suites.allSatisfy(\.passed) { throw ExitCode(ExitStatus.checkFailed.rawValue) }
    }
}
