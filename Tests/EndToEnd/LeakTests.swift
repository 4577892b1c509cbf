import Foundation
import HTTPClient
import TestSupport
import Testing

extension EndToEnd {
    @Suite struct `A known secret` {
        @Test func `appears in no output, page, file or argument of any command, in no encoding, also when all fails`()
            async throws
        {
            let vault = try VaultWithOneSecret(Blurter.secrets["VAULTED"] ?? "")
            try await Stack.with(prepare: { try Blurter.plant($0, provider: vault.url) }) { stack in
                // Started by the first command, so that it knows this shell.
                #expect(try await stack.tidegate("stop").exit == 0)
                let tree = try await CommandTree(of: stack)
                let transcript = Transcript(stack, shell: Blurter.shell(vault.url))
                let leaks = Leaks(Blurter.secrets)
                let witness = ArgumentWitness(Array(Blurter.secrets.values))
                let watching = Task { await witness.watch() }

                try await transcript.runEverythingWrongly(tree)
                try await Visit(stack, transcript).all()
                try await transcript.both("stop", exits: [0])

                witness.stop()
                await watching.value
                #expect(witness.looks > 20)
                #expect(witness.found.isEmpty, "in arguments: \(witness.found)")
                // Whoever adds a command has to have it run here.
                #expect(transcript.missing(from: tree) == [], "commands that were not looked at")
                transcript.add("log\n" + stack.engineLog())
                for text in transcript.said {
                    #expect(leaks.find(in: Array(text.utf8)).isEmpty, "\(text.prefix(400))")
                }
                #expect(try leaks.find(below: stack.state).isEmpty)
                // The service did blurt them out: what was masked was there.
                #expect(transcript.said.contains { $0.hasPrefix("logs dev") && $0.contains("•••") })
            }
        }
    }
}

/// Asks for everything: while all goes well, while it fails, and after everything that gave secrets is gone.
private struct Visit {
    let stack: Stack
    let transcript: Transcript

    init(_ stack: Stack, _ transcript: Transcript) {
        self.stack = stack
        self.transcript = transcript
    }

    private var artifacts: String { "\(stack.project)/artifacts" }

    func all() async throws {
        try await begin()
        try await look()
        try await drift()
        try await fail()
        try await askGates()
        try await kill()
        try await goBack()
    }

    private func begin() async throws {
        let keys = try await RunningCommand("/bin/sh", ["-e", "age.sh"], directory: stack.project).result()
        try #require(keys.exit == 0, "\(keys.errors)")
        try FileManager.default.removeItem(atPath: stack.folder.file("aged.json"))
        try await transcript.run("release", "create", "v1", "--from", artifacts, exits: [0])
        try await transcript.run(
            "release", "create", "v2", "--from", artifacts, "--set", "MODE=other", "--json", exits: [0])
        try await transcript.both("secrets", "check", "dev", exits: [3])
        try await transcript.run("rollout", "dev", "--release", "v1", "--yes", exits: [3, 7])
        try await transcript.both("secrets", "set", "dev", "STORED", exits: [0], input: Blurter.secrets["STORED"] ?? "")
        try await transcript.both("plan", "dev", "--release", "v1", exits: [10])
        try await transcript.run("rollout", "dev", "--release", "v1", "--yes", exits: [0])
        try await transcript.run("rollout", "dev", "--release", "v2", "--yes", "--json", exits: [0])
        let (soft, hard) = try coreLimits()
        // A shell's usual limit is 0, so that only the engine's own shows that it was set.
        #expect(soft == (hard == "0" ? "0" : "1"))
    }

    /// How much of its memory the engine may leave behind when it crashes, and how far it may raise that.
    private func coreLimits() throws -> (soft: Substring, hard: Substring) {
        let pid = try #require(stack.enginePid())
        let lines = try String(contentsOfFile: "/proc/\(pid)/limits", encoding: .utf8).split(separator: "\n")
        let words = try #require(lines.first { $0.hasPrefix("Max core file size") }).split(separator: " ")
        return (words[4], words[5])
    }

    private func look() async throws {
        for format in ["text", "json", "sarif", "github", "markdown"] {
            try await transcript.run("validate", "--format", format)
            // The provider refuses the key and says it, the database is not there.
            try await transcript.run("validate", "dev", "--preflight", "--format", format, exits: [4])
        }
        try await transcript.both("validate", "--explain", "secret")
        for command in [
            "secrets list dev", "secrets check dev", "status dev", "status", "history dev", "logs dev", "alerts list",
            "release list", "release show v1", "contract \(artifacts)/blurter", "cost report dev",
            "cost report dev --by day", "cost budget dev", "cost budget dev --changes", "cost prices list dev",
            "cost prices add dev model-x --provider openai --unit token --amount 1 --from 2027-01-01T00:00Z --source list",
            "cost moves dev v1 v2", "cost check dev", "cost budget dev --lift openai --reason leak",
            "cost correct dev llamaparse --by -0.1 --at 2026-11-20T00:00Z --id one --reason leak", "cost export dev",
            "cost export dev --format json",
            "doctor",
            "smoke dev",
            "alerts rules dev", "alerts check", "alerts explain ServiceDown --environment dev", "silence list dev",
            "schema", "drift dev", "drift", "plan dev --release v1", "validate dev --preflight --release v1",
        ] { for format in ["", " --json"] { try await transcript.run(words(command + format)) } }
        for format in [[], ["--json"]] {
            try await transcript.run(["cost", "import", "dev", "/dev/null", "--source", "other"] + format, exits: [1])
            let invoice = words(
                "cost reconcile dev openai --invoice /dev/null --from 2026-11-01T00:00Z --until 2026-12-01T00:00Z")
            try await transcript.run(invoice + format, exits: [1])
            try await transcript.run(["alerts", "test", "dev"] + format, exits: [0, 4, 7])
            try await transcript.run(["alerts", "acknowledge", "dev", "Nothing"] + format, exits: [1])
            let added = try await transcript.run(
                ["silence", "add", "dev", "service=blurter", "--until", "1h", "--reason", "known"] + format, exits: [0])
            #expect(!added.output.isEmpty)
            try await transcript.run(["silence", "expire", "dev", "s-none"] + format, exits: [1])
        }
        // One runs already.
        try await transcript.both("serve", exits: [8])
    }

    private func words(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }

    /// A secret that its source changed, which the old lines are part of.
    private func drift() async throws {
        for (format, more) in [([], "\nMIIBcanaryLineThree0011223344556677"), (["--json"], "")] {
            try stack.folder.write("filed", (Blurter.secrets["FILED"] ?? "") + more)
            try await transcript.run(["drift", "dev"] + format, exits: [4])
            try await transcript.run(["drift", "dev", "--fix", "--yes"] + format, exits: [0])
        }
    }

    /// A crash that prints its environment, a failing migration, a check that refuses, instances that never become
    /// ready, a dead provider, refused values.
    private func fail() async throws {
        for mode in ["crash", "unmigrated", "unready", "unchecked"] {
            try await transcript.run(
                "release", "create", mode, "--from", artifacts, "--set", "MODE=\(mode)", exits: [0])
            try await transcript.run(
                "rollout", "dev", "--release", mode, "--yes", "--json", "--reason", "drill", exits: [4, 5, 7])
            try await transcript.run(
                "rollout", "dev", "--release", mode, "--yes", "--reason", "drill", exits: [4, 5, 7])
            try await transcript.run("validate", "dev", "--preflight", "--release", mode, exits: [4])
        }
        try await transcript.both("release", "unblock", "unready", "--reason", "drill", exits: [0, 7])
        let wrong = ["VAULT_TOKEN": "hvs.wrong"]
        try await transcript.run(
            "rollout", "dev", "--release", "v1", "--yes", "--reason", "drill", exits: [3, 7], more: wrong)
        try await transcript.run("secrets", "check", "dev", exits: [3], more: wrong)
        try await transcript.run("validate", "dev", "--preflight", exits: [3, 4], more: wrong)
        try await transcript.run("drift", "dev", exits: [3], more: wrong)
        try await transcript.run(
            "secrets", "set", "dev", "SHELL", exits: [2, 3, 4, 7], input: "another-canary-0000000")
        // Who gives a value where every process can read it is told so, and it is not said again.
        let typed = ["secrets", "set", "dev", "STORED", "a-typed-value"]
        let refused = try await transcript.run(typed, exits: [1])
        #expect(!(refused.output + refused.errors).contains("a-typed-value"), "\(refused.errors)")
        let stored = Blurter.secrets["STORED"] ?? ""
        try await transcript.run("secrets", "rotate", "dev", "STORED", "--stdin", exits: [0], input: stored + "-next")
        try await transcript.run(
            "secrets", "rotate", "dev", "STORED", "--stdin", "--json", exits: [0], input: stored + "-last")
    }

    /// What stands before a rollout, and what the ones that were taken back left behind.
    private func askGates() async throws {
        let succeeded = try #require(try await history().first { $0.outcome == "succeeded" }?.id)
        try await transcript.both(
            "freeze", "add", "dev", "--until", "2036-01-01T00:00Z", "--reason", "drill", exits: [0])
        try await transcript.both("freeze", "list", "dev", exits: [0])
        try await transcript.both("incident", "list", "dev", exits: [0])
        let freezes = try await transcript.run("freeze", "list", "dev", "--json", exits: [0]).output
        let incidents = try await transcript.run("incident", "list", "dev", "--json", exits: [0]).output
        let frozen = freezes.matches(of: #/"(f-[0-9a-z]+)"/#).map { String($0.output.1) }
        let opened = incidents.matches(of: #/"(i-[0-9a-z]+)"/#).map { String($0.output.1) }
        #expect(frozen.count == 2 && !opened.isEmpty, "\(freezes)\(incidents)")
        for (freeze, format) in zip(frozen, [[], ["--json"]]) {
            try await transcript.run(["freeze", "lift", "dev", freeze, "--reason", "drill"] + format, exits: [0])
        }
        for format in [[], ["--json"]] {
            for id in opened.prefix(1) {
                try await transcript.run(["incident", "show", id] + format, exits: [0])
                try await transcript.run(["incident", "close", id, "--note", "drill"] + format)
            }
            try await transcript.run(["evidence", "add", "v1", "load", "--passed", "--note", "drill"] + format)
            try await transcript.run(["evidence", "list", "v1"] + format, exits: [0])
            try await transcript.run(["baseline", "show", "dev"] + format, exits: [0])
            try await transcript.run(
                ["baseline", "set", "dev", "blurter", "--latency", "120", "--reason", "drill"] + format)
            try await transcript.run(
                ["promote", "v1", "--from", "staging", "--to", "dev", "--yes"] + format, exits: [1])
            try await transcript.run(["retry", succeeded, "--yes"] + format, exits: [7])
        }
    }

    private func kill() async throws {
        #expect(await stack.killEngine())
        try await transcript.run("status", "dev", exits: [0])
        let known = try await history()
        #expect(known.count >= 5)
        for one in known { try await transcript.both("show", one.id, exits: [0]) }
        for action in ["pause", "resume", "approve", "abort"] {
            try await transcript.both(action, known[0].id, exits: [7])
        }
        let line = stack.engineLog().split(separator: "\n").last { $0.contains("dashboard is at ") }
        let dashboard = try #require(line?.split(separator: " ").last.map(String.init))
        let paths =
            ["", "environments/dev", "environments/dev.json", "releases", "api/v1/alerts", "metrics"]
            + ["secrets", "status", "journal?limit=1000", "logs?lines=2000", "drift", "history", "spend"].map {
                "api/v1/environments/dev/\($0)"
            } + known.map { "rollouts/\($0.id)" }
        for path in paths { transcript.add("\(path)\n\(try await answer("\(dashboard)\(path)"))") }
        try await transcript.run("logs", "dev", "--lines", "2000", exits: [0])
    }

    /// With every provider gone: back to the bundle before, and then to one whose seal is lost.
    private func goBack() async throws {
        for name in ["filed", "commanded", "aged.age", "identity"] {
            try FileManager.default.removeItem(atPath: stack.folder.file(name))
        }
        let current = try #require(try await history().first { $0.outcome == "succeeded" }?.bundle)
        try await transcript.run("rollback", "dev", "--reason", "drill", exits: [0])
        let seal = String(current.dropFirst("sha256:".count))
        try FileManager.default.removeItem(atPath: "\(stack.state)/sealed/\(seal)")
        let refused = try await transcript.run("rollback", "dev", "--to", current, exits: [3])
        #expect(refused.output.contains("it needs AGED, COMMANDED, FILED, SHELL, STORED, VAULTED"), "\(refused)")
        try await transcript.run("rollback", "dev", "--to", current, "--json", exits: [3])
    }

    /// A page, also one that says that there is none.
    private func answer(_ address: String) async throws -> String {
        let client = HTTPClient(maximumConnections: 1, name: "test")
        defer { client.close() }
        let response = try await client.send(HTTPRequest("GET", address, timeout: .seconds(60)))
        return String(decoding: response.body, as: UTF8.self)
    }

    private struct Known: Decodable {
        var id: String
        var bundle: String
        var outcome: String?
    }

    private func history() async throws -> [Known] {
        let history = try await stack.tidegate("history", "dev", "--json").output
        return try JSONDecoder().decode([Known].self, from: Data(history.utf8))
    }
}
