import Foundation
import TestSupport
import Testing

/// All commands that the program has, as it tells shells that complete them. A new one is in it by itself.
struct CommandTree {
    struct Leaf {
        /// Its words, without the program's own.
        var path: [String]
        var options: Set<String>
        /// How many words it asks for.
        var needed: Int

        var name: String { path.joined(separator: " ") }
    }

    let leaves: [Leaf]

    private struct Wire: Decodable {
        struct Name: Decodable { var name: String }
        struct Argument: Decodable {
            var kind: String
            var isOptional: Bool
            var names: [Name]?
        }
        struct Command: Decodable {
            var commandName: String
            var arguments: [Argument]?
            var subcommands: [Command]?
        }
        var command: Command
    }

    init(of stack: Stack) async throws {
        // The parser's own description, in a form that it keeps stable.
        let result = try await RunningCommand(
            stack.tidegatePath, ["--experimental-dump-help"], directory: stack.project
        ).result()
        leaves = Self.leaves(of: try JSONDecoder().decode(Wire.self, from: Data(result.output.utf8)).command, [])
            // Shows what --help does.
            .filter { $0.path != ["help"] }
        try #require(leaves.count > 25)
    }

    private static func leaves(of command: Wire.Command, _ path: [String]) -> [Leaf] {
        let below = command.subcommands ?? []
        guard below.isEmpty else { return below.flatMap { leaves(of: $0, path + [$0.commandName]) } }
        let arguments = command.arguments ?? []
        return [
            Leaf(
                path: path, options: Set(arguments.flatMap { ($0.names ?? []).map(\.name) }),
                needed: arguments.count { $0.kind == "positional" && !$0.isOptional })
        ]
    }
}

/// Everything that commands and pages said, and which commands have had their say.
final class Transcript {
    private let stack: Stack
    private var ran: [[String]] = []
    private(set) var said: [String] = []
    var shell: [String: String]

    init(_ stack: Stack, shell: [String: String]) {
        self.stack = stack
        self.shell = shell
    }

    func add(_ text: String) { said.append(text) }

    /// - Parameter exits: any when nil, but for 1: a command that was not understood has said nothing.
    @discardableResult
    func run(
        _ arguments: String..., exits: Set<Int32>? = nil, more: [String: String] = [:], input: String = "",
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> CommandResult {
        try await run(arguments, exits: exits, more: more, input: input, sourceLocation: sourceLocation)
    }

    @discardableResult
    func run(
        _ arguments: [String], exits: Set<Int32>? = nil, more: [String: String] = [:], input: String = "",
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> CommandResult {
        let result = try await stack.tidegate(arguments, environment: shell.merging(more) { $1 }, input: input)
        let isExpected = exits.map { $0.contains(result.exit) } ?? (result.exit != 1)
        #expect(
            isExpected, "\(arguments): \(result.exit) \(result.output.suffix(3000))\(result.errors)",
            sourceLocation: sourceLocation)
        ran.append(arguments)
        add("\(arguments.joined(separator: " "))\n\(result.output)\(result.errors)")
        return result
    }

    /// In text, and in JSON.
    func both(
        _ arguments: String..., exits: Set<Int32>? = nil, input: String = "",
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        for format in [[], ["--json"]] {
            try await run(arguments + format, exits: exits, input: input, sourceLocation: sourceLocation)
        }
    }

    /// Every command's help, and what it says when it is misunderstood, led elsewhere, or to nobody.
    func runEverythingWrongly(_ tree: CommandTree) async throws {
        for leaf in tree.leaves {
            let words = leaf.path + (0..<leaf.needed).map { "nothing\($0)" }
            // In a folder without definitions, so that nothing is begun or ended by it.
            let nowhere =
                ["--project", "/proc"] + (leaf.options.contains("server") ? ["--server", "http://127.0.0.1:1"] : [])
            for arguments in [
                leaf.path + ["--help"], leaf.path + ["--no-such-option"], words + nowhere, words + nowhere + ["--json"],
            ] {
                let result = try await RunningCommand(
                    stack.tidegatePath, arguments, directory: "/", environment: shell
                ).result()
                #expect(!(result.output + result.errors).isEmpty, "\(arguments) says nothing")
                add("\(arguments.joined(separator: " "))\n\(result.output)\(result.errors)")
            }
        }
    }

    /// The commands that were never run to the point, in text or in JSON.
    func missing(from tree: CommandTree) -> [String] {
        tree.leaves.flatMap { leaf in
            let runs = ran.filter { $0.starts(with: leaf.path) }
            let isTold = runs.contains { !$0.contains("--json") }
            let isWritten = runs.contains { $0.contains("--json") } || !leaf.options.contains("json")
            return (isTold ? [] : [leaf.name]) + (isWritten ? [] : ["\(leaf.name) --json"])
        }
    }
}
