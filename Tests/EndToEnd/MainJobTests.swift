import Foundation
import TestSupport
import Testing

/// All tests that start whole stacks, one after the other: two cores serve them.
@Suite(.serialized, .timeLimit(.minutes(10))) enum EndToEnd {}

extension EndToEnd {
    @Suite struct `A first release` {
        @Test func `goes from an environment file to steady, proved by a document that search finds`() async throws {
            try await Stack.with { stack in
                #expect(try await stack.release("v1").exit == 0)
                #expect(try await stack.tidegate("validate", "dev").exit == 0)
                #expect(try await stack.tidegate("plan", "dev", "--release", "v1").exit == 10)

                let rollout = try await stack.rollOut("v1")
                #expect(rollout.finished?.outcome == "succeeded", "\(rollout)")

                let status = try await stack.status()
                #expect(status.state == "steady")
                #expect(status.release == "v1")
                for name in ["api", "worker"] {
                    #expect(status.service(name)?.ready == 2)
                    #expect(status.service(name)?.instances.map(\.proof) == ["reported", "reported"])
                }
                let smoke = try await stack.tidegate("smoke", "dev")
                #expect(smoke.exit == 0, "\(smoke.output)\(smoke.errors)")

                // Again, there is nothing to do, and what `make run` asks sees that.
                #expect(try await stack.isSteadyToScripts())
                #expect(try await stack.tidegate("plan", "dev", "--release", "v1").exit == 0)
                #expect(try await stack.rollOut("v1").exit == 0)
            }
        }
    }
}

/// What following a rollout with `--json` gave.
struct Followed: CustomStringConvertible {
    struct Finished: Decodable {
        var type: String
        var outcome: String
        var rollout: String
        var seconds: Double
        var verdicts: [Verdict]
        var why: String
    }

    struct Verdict: Decodable {
        var signal: String
        var service: String
        var verdict: String
        var value: Double?
        var samples: Int
        var why: String
        var log: [String]?
    }

    var exit: Int32
    var lines: [String]
    var errors: String

    var finished: Finished? {
        lines.last.flatMap { try? JSONDecoder().decode(Finished.self, from: Data($0.utf8)) }
    }

    var description: String { "exit \(exit)\n\(lines.suffix(12).joined(separator: "\n"))\n\(errors)" }
}

extension Stack {
    /// Whether the scripts behind `make run` find the environment steady, by what the real status says.
    func isSteadyToScripts() async throws -> Bool {
        let scripts = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(
            path: "../../deploy/common.sh")
        let program = try BuildProducts.path("tidegate")
        let check = try RunningCommand(
            "/bin/bash",
            [
                "-euc", ". \(scripts.path); tidegate() { \(program) \"$@\" --project \(project); }; state_of_dev",
            ], directory: project)
        return try await check.result().output == "steady\n"
    }

    /// Rolls the release out to dev and follows it to its end.
    func rollOut(_ release: String, _ more: String...) async throws -> Followed {
        followed(try await tidegate(["rollout", "dev", "--release", release, "--yes", "--json"] + more))
    }

    func followed(_ result: CommandResult) -> Followed {
        Followed(
            exit: result.exit, lines: result.output.split(separator: "\n").map(String.init), errors: result.errors)
    }

    /// A steady environment running `v1`.
    func steady() async throws {
        let recorded = try await release("v1")
        try #require(recorded.exit == 0, "\(recorded.errors)")
        let first = try await rollOut("v1")
        try #require(first.exit == 0, "\(first)")
    }
}
