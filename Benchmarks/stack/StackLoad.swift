import Foundation
import TestSupport

/// Requests over connections that are kept open, a third of them POSTs with a body, none of them ever sent twice.
struct StackLoad {
    struct Report: Decodable {
        var requests: Int
        var failed: Int
        var by_status: [String: Int]
        var connections: Int
        var p50: Double
        var p99: Double
        var seconds: Double
    }

    static let connections = 64

    private let command: RunningCommand

    static func begin(_ stack: Stack, rate: Int) async throws -> StackLoad {
        let command = try stack.pipeline([
            "load", "--url", stack.api, "--rps", "\(rate)", "--seconds", "36000", "--users", "0", "--connections",
            "\(connections)",
        ])
        let flows = await eventually { (try? command.errors.contains("requests a second")) == true }
        guard flows else { throw Unexpected(what: "the load", result: try await command.result()) }
        return StackLoad(command: command)
    }

    func end() async throws -> Report {
        command.signal(SIGINT)
        let result = try await command.result()
        guard result.output.hasPrefix("{") else { throw Unexpected(what: "the load", result: result) }
        return try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
    }
}

extension Stack {
    /// dev with a short course, light artifacts, and strategies that differ in how instances are exchanged.
    func prepareForRounds() throws {
        try lighten()
        try setCourse([
            "smoke", "weight: 20%", "bake: { for: 1s, requests: 20, otherwise: smoke }", "weight: 100%",
            "bake: { for: 1s, requests: 20, otherwise: smoke }",
        ])
    }

    /// Runs a command that must end with that code.
    @discardableResult
    func run(_ words: [String], exits code: Int32 = 0) async throws -> CommandResult {
        let result = try await tidegate(words)
        guard result.exit == code else { throw Unexpected(what: words.joined(separator: " "), result: result) }
        return result
    }

    func record(_ version: String, set: [String]) async throws {
        let result = try await lightRelease(version, set: set)
        guard result.exit == 0 else { throw Unexpected(what: "release create \(version)", result: result) }
    }

    /// The id that a followed rollout's lines name.
    static func rollout(in output: String) -> String {
        output.firstMatch(of: #/r-[0-9a-z]+/#).map { String($0.output) } ?? ""
    }
}
