import ArgumentParser
import ControlPlane

struct IncidentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "incident", abstract: "What automatic rollbacks cost.",
        subcommands: [List.self, Show.self, Close.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Incidents of an environment, newest first.",
            discussion: "Example: tidegate incident list production")
        @Argument(help: "The environment.") var environment: String
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            let all: [IncidentDocument] = try await options.connect().client.get(
                "/api/v1/environments/\(pathSegment(environment))/incidents")
            try options.write(all, text: GateText.incidents)
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "One incident: the verdict, its cost, the weights over time.",
            discussion: "Example: tidegate incident show i-1f3a")
        @Argument(help: "The incident's id.") var incident: String
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            let one: IncidentDocument = try await options.connect().client.get(
                "/api/v1/incidents/\(pathSegment(incident))")
            try options.write(one, text: GateText.incident)
        }
    }

    struct Close: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "close", abstract: "Close an incident, saying what was found and done.",
            discussion: "Example: tidegate incident close i-1f3a --note 'the index was missing; v3 brings it'")
        @Argument(help: "The incident's id.") var incident: String
        @Option(help: "What was found and done; kept on record.") var note: String
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            let one: IncidentDocument = try await options.connect().client.post(
                "/api/v1/incidents/\(pathSegment(incident))/close", ReasonBody(reason: note))
            try options.write(one) { "\($0.id) is closed." }
        }
    }
}
