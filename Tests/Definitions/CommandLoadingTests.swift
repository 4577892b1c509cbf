import Definitions
import TestSupport
import Testing

@Suite struct CommandLoadingTests {
    private func load(_ lines: String) throws -> (environment: Definitions.Environment?, rules: [String]) {
        var fixture = try Fixture()
        fixture.replace("environment: dev", "environment: dev\n\(lines)")
        let result = try fixture.validate(["dev"])
        return (result.usable["dev"], result.findings.map(\.rule))
    }

    @Test func `a hook has a moment, a stage and a command, and defaults for the rest`() throws {
        let (environment, rules) = try load(
            """
            hooks:
              - { before: migrating, run: [scripts/announce.sh, start] }
              - { after: final-smoke, service: api, name: tell, run: [curl], within: 5m, again: 1s, retry: 2s,
                  undo: [curl, -X, DELETE], otherwise: go-on }
            """)
        #expect(rules == [])
        #expect(
            environment?.hooks == [
                HookDefinition(
                    moment: .before, stage: .migrating,
                    command: .init(name: "announce.sh", command: ["scripts/announce.sh", "start"])),
                HookDefinition(
                    moment: .after, stage: .finalSmoke, service: "api",
                    command: .init(
                        name: "tell", command: ["curl"], within: .seconds(300), again: .seconds(1), retry: .seconds(2),
                        undo: ["curl", "-X", "DELETE"], otherwise: .goOn)),
            ])
    }

    @Test(arguments: [
        "hooks: [{ run: [a] }]", "hooks: [{ before: baking, after: baking, run: [a] }]",
        "hooks: [{ before: lunch, run: [a] }]", "hooks: [{ before: baking, run: [] }]",
        "hooks: [{ before: baking, run: [a], within: 0s }]", "hooks: [{ before: baking, run: [a], within: 2d }]",
    ])
    func `a hook that says nothing clear is an error`(lines: String) throws {
        let (environment, rules) = try load(lines)
        #expect(rules == ["value.type"])
        #expect(environment == nil)
    }

    @Test func `a command is a step of a strategy`() throws {
        var fixture = try Fixture()
        fixture.replace(
            "  canary:\n", "  canary:\n    - run: { command: [warm, up], within: 2m }\n")
        let result = try fixture.validate(["dev"])
        #expect(result.findings.isEmpty)
        #expect(
            result.usable["dev"]?.strategies["canary"]?.steps.first
                == .run(.init(name: "warm", command: ["warm", "up"], within: .seconds(120))))
    }
}
