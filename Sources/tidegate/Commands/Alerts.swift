import ArgumentParser
import ControlPlane

struct AlertsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alerts", abstract: "What is firing, and what was.", subcommands: [List.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Alerts, firing ones first.", discussion: "Example: tidegate alerts list production")
        @Argument(help: "The environment; all of them without.") var environment: String?
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            let alerts: [AlertDocument] = try await options.connect().client.get(
                "/api/v1/alerts", query: environment.map { [("environment", $0)] } ?? [])
            try options.write(alerts, text: AlertText.list)
        }
    }
}
