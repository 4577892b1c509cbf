import ArgumentParser
import ControlPlane

struct CostCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cost", abstract: "What the environments spend.", subcommands: [Report.self])

    struct Report: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "report",
            abstract: "Today's spend against its budgets.", discussion: "Example: tidegate cost report dev --json")
        @Argument(help: "The environment.") var environment: String
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            let spend: SpendDocument = try await options.connect().client.get(
                "/api/v1/environments/\(pathSegment(environment))/spend")
            try options.write(spend, text: SpendText.text)
        }
    }
}
