import ArgumentParser
import ControlPlane
import Foundation
import Rollouts

struct EvidenceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evidence", abstract: "What was checked about a release, by whom and when.",
        subcommands: [Add.self, List.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add", abstract: "Record that a check passed or failed.",
            discussion: """
                The file stays where it is; its name and digest are kept.
                Example: tidegate evidence add v2 load --passed --from reports/load.json
                """)
        @Argument(help: "The release.") var release: String
        @Argument(help: "smoke, load, security or alert-test.") var kind: String
        @Flag(help: "How it ended.") var result: Result
        @Option(help: "The file that shows it.") var from: String?
        @Option(help: "The environment in which it was checked.") var environment: String?
        @Option(help: "What there is to say.") var note: String?
        @OptionGroup var options: GlobalOptions

        enum Result: String, EnumerableFlag { case passed, failed }

        func run() async throws {
            let digest = try from.map { path in
                guard let data = FileManager.default.contents(atPath: path) else {
                    throw ValidationError("\(path) cannot be read.")
                }
                return Digest(of: Array(data)).text
            }
            let body = EvidenceBody(
                kind: kind, passed: result == .passed, environment: environment, note: note,
                file: from.map { URL(fileURLWithPath: $0).lastPathComponent }, fileDigest: digest)
            let added: EvidenceDocument = try await options.connect().client.post(
                "/api/v1/releases/\(pathSegment(release))/evidence", body)
            try options.write(added) { "Recorded: \($0.kind) of \($0.release) \($0.passed ? "passed" : "failed")." }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "What is on record for a release, newest first.",
            discussion: "Example: tidegate evidence list v2")
        @Argument(help: "The release.") var release: String
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            let all: [EvidenceDocument] = try await options.connect().client.get(
                "/api/v1/releases/\(pathSegment(release))/evidence")
            try options.write(all, text: GateText.evidence)
        }
    }
}
