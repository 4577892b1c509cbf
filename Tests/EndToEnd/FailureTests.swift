import Foundation
import TestSupport
import Testing

extension EndToEnd {
    @Suite struct `At night` {
        @Test func `what a definition asks for and cannot be had is said in a sentence, and nothing is touched`()
            async throws
        {
            try await Stack.with(prepare: { try $0.hasten() }) { stack in
                try await stack.lightlySteady()
                try await malformedDefinition(stack)
                try await missingSecrets(stack)
                try await unreachableDatabase(stack)
                try await takenPort(stack)
            }
        }

        @Test func `who asks for the wrong thing is told the right one`() async throws {
            try await Stack.with(prepare: { try $0.hasten() }) { stack in
                expect(try await stack.tidegate("status", "dve"), exits: 1, saying: "`dve`", "Did you mean `dev`")
                expect(
                    try await stack.tidegate("rollout", "dev", "--release", "v9", "--yes"), exits: 1, saying: "v9",
                    "tidegate release list")
                expect(try await stack.tidegate("show", "r-nope"), exits: 1, saying: "r-nope", "tidegate history")
                expect(try await stack.tidegate("abort", "r-nope"), exits: 1, saying: "r-nope", "tidegate history")
                expect(try await stack.tidegate("smoke", "dev"), exits: 7, saying: "tidegate rollout dev")
                expect(
                    try await stack.tidegate("serve"), exits: 8, saying: "process \(try #require(stack.enginePid()))")
                let port = try freePort()
                expect(
                    try await stack.tidegate("status", "dev", "--server", "http://127.0.0.1:\(port)"), exits: 3,
                    saying: "127.0.0.1:\(port)", "tidegate serve")
                try await twoAtOnce(stack)
            }
        }
    }
}

/// A file that somebody is editing: nothing new begins, and what runs is watched, shown and can be taken back.
private func malformedDefinition(_ stack: Stack) async throws {
    try await stack.withDefinition("secrets:", "secrets: [unclosed") {
        try await stack.untouched {
            let validation = try await stack.tidegate("validate", "dev")
            #expect(validation.exit == 2)
            #expect(validation.output.contains(/environments\/dev\.yaml:\d+:\d+  yaml\.syntax/))
            for command in [["plan", "dev", "--release", "v1"], ["rollout", "dev", "--release", "v1", "--yes"]] {
                let result = try await stack.tidegate(command)
                expect(result, exits: 2, saying: "not valid", "tidegate validate")
                #expect(result.errors.contains(/environments\/dev\.yaml:\d+:\d+: error/))
            }
        }
        let status = try await stack.status()
        #expect(status.state == "steady")
        #expect(status.service("api")?.ready == 2)
        #expect(try await stack.tidegate("smoke", "dev").exit == 0)
        #expect(try await stack.tidegate("history", "dev").exit == 0)
        #expect(try await stack.tidegate("logs", "dev", "api").exit == 0)
        expect(try await stack.tidegate("rollback", "dev"), exits: 7, saying: "no earlier bundle")
        // And after a restart, when the valid definition is not remembered.
        #expect(await stack.killEngine())
        try await stack.startEngine()
        let isSteady = await eventually { (try? await stack.status().state) == "steady" }
        #expect(isSteady)
    }
}

private func missingSecrets(_ stack: Stack) async throws {
    let name = "UPLOAD_PIPELINE_OPENAI_API_KEY"
    let sources = [
        ("{ from: environment, name: TIDEGATE_TEST_NOPE }", "TIDEGATE_TEST_NOPE"),
        ("{ from: command, run: [sh, -c, 'echo half a secret; exit 3'] }", "sh failed"),
        ("{ from: file, path: nowhere.txt }", "nowhere.txt"),
    ]
    for (source, words) in sources {
        try await stack.withDefinition("  \(name):", "  \(name): \(source)") {
            try await stack.untouched {
                for command in [["plan", "dev", "--release", "v1"], ["rollout", "dev", "--release", "v1", "--yes"]] {
                    let result = try await stack.tidegate(command)
                    expect(result, exits: 3, saying: words)
                    #expect(!result.errors.contains("half a secret"))
                }
            }
        }
    }
}

private func unreachableDatabase(_ stack: Stack) async throws {
    let name = "UPLOAD_PIPELINE_DATABASE_URL"
    let port = try freePort()
    let address = "postgresql://nobody:pass-phrase@127.0.0.1:\(port)/none"
    try await stack.withDefinition("  \(name):", "  \(name): { from: literal, value: '\(address)' }") {
        try await stack.untouched {
            let result = try await stack.tidegate("rollout", "dev", "--release", "v1", "--yes")
            expect(result, exits: 4, saying: "could not start here", "cannot be reached", "\(port)")
            #expect(!(result.output + result.errors).contains("pass-phrase"))
        }
    }
}

private func takenPort(_ stack: Stack) async throws {
    let port = try freePort()
    // The simulators' program, which only has to listen.
    let squatter = try stack.pipeline(["simulate", "--port", "\(port)"])
    let isListening = await eventually { (try? await page("http://127.0.0.1:\(port)/health")) != nil }
    #expect(isListening)
    try await stack.withDefinition("    port:", "    port: \(port)", in: "environments/shared.yaml") {
        try await stack.untouched {
            let result = try await stack.tidegate("rollout", "dev", "--release", "v1", "--yes")
            expect(result, exits: 4, saying: "port \(port)", "is taken by pipeline (process \(squatter.pid))")
        }
        #expect(squatter.isRunning)
    }
    try await squatter.stop()
    #expect(try await stack.tidegate("smoke", "dev").exit == 0)
}

private func twoAtOnce(_ stack: Stack) async throws {
    #expect(try await stack.lightRelease("v1").exit == 0)
    let other = try await stack.lightRelease("v1", set: ["UPLOAD_PIPELINE_LOG_LEVEL=debug"])
    expect(other, exits: 7, saying: "v1", "other content", "another version")
    let started = try await stack.tidegate("rollout", "dev", "--release", "v1", "--yes", "--no-wait", "--json")
    #expect(started.exit == 0)
    let id = try JSONDecoder().decode([String: String].self, from: Data(started.output.utf8))["rollout"] ?? ""
    expect(try await stack.tidegate("rollout", "dev", "--release", "v1", "--yes"), exits: 8, saying: id)
    let ended = await eventually(within: .seconds(60)) { (try? await stack.status().state) == "steady" }
    #expect(ended)
}
