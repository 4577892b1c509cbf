import ArgumentParser
import ControlPlane

struct FreezeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "freeze", abstract: "Windows in which nothing rolls out but rollbacks.",
        subcommands: [Add.self, List.self, Lift.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add", abstract: "Let nothing begin for a while.",
            discussion: "Example: tidegate freeze add production --until 2026-12-27T08:00Z --reason 'the holidays'")
        @Argument(help: "The environment.") var environment: String
        @Option(help: "When it begins, such as 2026-12-24T16:00Z; now without it.") var from: String?
        @Option(help: "When it ends, such as 2026-12-27T08:00+01:00, or a time from now such as 4h.") var until: String
        @Option(help: "Why; whoever is refused reads it.") var reason: String
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            let now = WrittenTime.now
            let body = FreezeBody(
                from: try from.map { try WrittenTime.moment($0, now: now) },
                until: try WrittenTime.moment(until, now: now), reason: reason)
            let freeze: FreezeDocument = try await options.connect().client.post(
                "/api/v1/environments/\(pathSegment(environment))/freezes", body)
            try options.write(freeze) { "\($0.environment) is frozen until \(minute($0.until ?? "")): \($0.id ?? "")" }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Freezes in force and to come.",
            discussion: "Example: tidegate freeze list production --all")
        @Argument(help: "The environment.") var environment: String
        @Flag(help: "Those that are over as well.") var all = false
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            let freezes: [FreezeDocument] = try await options.connect().client.get(
                "/api/v1/environments/\(pathSegment(environment))/freezes", query: all ? [("all", "true")] : [])
            try options.write(freezes, text: GateText.freezes)
        }
    }

    struct Lift: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "lift", abstract: "End a freeze before its time.",
            discussion: "Example: tidegate freeze lift production f-4k2m --reason 'sale is over'")
        @Argument(help: "The environment.") var environment: String
        @Argument(help: "The freeze's id.") var freeze: String
        @Option(help: "Why; kept on record.") var reason: String
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            let address = "/api/v1/environments/\(pathSegment(environment))/freezes/\(pathSegment(freeze))/lift"
            let lifted: FreezeDocument = try await options.connect().client.post(address, ReasonBody(reason: reason))
            try options.write(lifted) { "\($0.id ?? "") is lifted." }
        }
    }
}
