import ArgumentParser
import ControlPlane
import FoundationEssentials

struct ReleaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release", abstract: "Record releases, and look at them.",
        subcommands: [Create.self, List.self, Show.self, Unblock.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create",
            abstract: "Record an immutable release.",
            discussion: "Example: tidegate release create v2 --from build/artifacts --set LOG_LEVEL=debug")

        @Argument(help: "The version, such as v2.") var version: String
        @Option(help: "The folder of an artifact, or of a folder per service.") var from: String?
        @Option(help: ArgumentHelp("The folder of one service.", valueName: "name=dir")) var service: [String] = []
        @Option(help: ArgumentHelp("A default in the release's contracts.", valueName: "key=value"))
        var set: [String] = []
        @Option(help: "Where it comes from, such as a commit.") var origin: String?
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            let here = FileManager.default.currentDirectoryPath
            let body = ReleaseBody(
                version: version, from: from.map { Project.absolute($0, from: here) },
                services: try pairs(service, option: "--service").mapValues { Project.absolute($0, from: here) },
                defaults: try pairs(set, option: "--set"), origin: origin)
            let release: ReleaseDocument = try await options.connect().client.post("/api/v1/releases", body)
            try options.write(release) { "Recorded \($0.version): \($0.digest)" }
        }

        private func pairs(_ texts: [String], option: String) throws -> [String: String] {
            var pairs: [String: String] = [:]
            for text in texts {
                guard let separator = text.firstIndex(of: "="), separator != text.startIndex else {
                    throw ValidationError("\(option) takes NAME=VALUE, not \(text).")
                }
                pairs[String(text[..<separator])] = String(text[text.index(after: separator)...])
            }
            return pairs
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "All releases, newest first.", discussion: "Example: tidegate release list --json")
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            let releases: [ReleaseDocument] = try await options.connect().client.get("/api/v1/releases")
            try options.write(releases, text: ReleaseText.list)
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "One release and its artifacts.", discussion: "Example: tidegate release show v2")
        @Argument(help: "The version.") var version: String
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            let release: ReleaseDocument = try await options.connect().client.get(
                "/api/v1/releases/\(pathSegment(version))")
            try options.write(release, text: ReleaseText.one)
        }
    }

    struct Unblock: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "unblock",
            abstract: "Allow a release again that was rolled back by a verdict.",
            discussion: "Example: tidegate release unblock v2 --reason 'the database was at fault'")
        @Argument(help: "The version.") var version: String
        @Option(help: "Why it may go out again; kept on record.") var reason: String
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            let release: ReleaseDocument = try await options.connect().client.post(
                "/api/v1/releases/\(pathSegment(version))/unblock", ReasonBody(reason: reason))
            try options.write(release) { "\($0.version) may be rolled out again." }
        }
    }
}
