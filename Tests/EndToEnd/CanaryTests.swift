import Foundation
import TestSupport
import Testing

/// Secret values that nobody would write by chance.
private struct Canaries {
    let database = "canary-database-7b1f9c"
    let token = "canary-token-4e0d52a8b6c1d3f7e9a2b4c6d8f0a1b3"
    let parser = "llx-canary-parser-93ac"
    let model = "sk-canary-model-51de"

    var all: [String] { [database, token, parser, model] }
}

extension EndToEnd {
    @Suite struct `With secrets and PostgreSQL` {
        private let canaries = Canaries()

        @Test func `the main job goes its way, and no secret is seen anywhere`() async throws {
            let address = try await PostgresServer.freshDatabase()
                .replacing("postgres@", with: "postgres:\(canaries.database)@")
            try await Stack.with(prepare: { try plant($0) }) { stack in
                let shell = ["TIDEGATE_TEST_DATABASE": address]
                // Started by the first command, so that it writes its log where it does at home.
                let stopped = try await stack.tidegate("stop")
                #expect(stopped.exit == 0, "\(stopped)")
                var said: [String] = []
                func run(_ arguments: String..., exits: Int32 = 0) async throws {
                    let result = try await stack.tidegate(arguments, environment: shell)
                    #expect(result.exit == exits, "\(arguments): \(result.output)\(result.errors)")
                    said.append(result.output + result.errors)
                }
                try await run("release", "create", "v1", "--from", stack.lightArtifacts)
                try await run(
                    "release", "create", "v2", "--from", stack.lightArtifacts, "--set",
                    "UPLOAD_PIPELINE_LOG_LEVEL=debug")
                try await run("validate", "dev")
                try await run("plan", "dev", "--release", "v1", exits: 10)
                try await run("rollout", "dev", "--release", "v1", "--yes")
                try await run("rollout", "dev", "--release", "v2", "--yes", "--json")
                #expect(try canariesInArguments().isEmpty)
                try await run("smoke", "dev", "--json")
                try await run("rollback", "dev", "--reason", "drill")
                for format in [[], ["--json"]] {
                    for command in [["status", "dev"], ["history", "dev"], ["logs", "dev"], ["alerts", "list"]] {
                        let result = try await stack.tidegate(command + format)
                        #expect(result.exit == 0)
                        said.append(result.output + result.errors)
                    }
                }
                said += try await rolloutsAndPages(stack)
                for (number, text) in said.enumerated() {
                    for canary in canaries.all { #expect(!text.contains(canary), "output \(number) shows \(canary)") }
                }
                let found = try canariesInFiles(of: stack)
                #expect(found.isEmpty, "\(found)")
                #expect(try canariesInArguments().isEmpty)
                #expect(stack.engineLog().contains("dashboard"))
            }
        }

        /// One canary by each way that a secret can come.
        private func plant(_ stack: Stack) throws {
            try stack.hasten()
            try stack.folder.write("vault/token", canaries.token + "\n")
            try stack.folder.write("vault/model", canaries.model + "\n")
            let sources = [
                "DATABASE_URL": "{ from: environment, name: TIDEGATE_TEST_DATABASE }",
                "JWT_SECRET": "{ from: file, path: vault/token }",
                "LLAMAPARSE_API_KEY": "{ from: literal, value: \(canaries.parser) }",
                "OPENAI_API_KEY": "{ from: command, run: [cat, vault/model] }",
            ]
            try stack.rewrite("environments/dev.yaml") { text in
                text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
                    for (name, source) in sources where line.hasPrefix("  UPLOAD_PIPELINE_\(name):") {
                        return "  UPLOAD_PIPELINE_\(name): \(source)"
                    }
                    return String(line)
                }.joined(separator: "\n")
            }
        }

        private func rolloutsAndPages(_ stack: Stack) async throws -> [String] {
            struct Known: Decodable {
                var id: String?
                var rollout: String?
            }
            let history = try await stack.tidegate("history", "dev", "--json").output
            let known = try JSONDecoder().decode([Known].self, from: Data(history.utf8))
            #expect(known.count == 3)
            var said: [String] = []
            for id in known.compactMap({ $0.id ?? $0.rollout }) {
                said.append(try await stack.tidegate("show", id).output)
                said.append(try await stack.tidegate("show", id, "--json").output)
            }
            let dashboard = try await stack.dashboard()
            let pages = ["", "environments/dev", "environments/dev.json", "releases"]
            for path in pages + known.compactMap({ $0.id ?? $0.rollout }).map({ "rollouts/\($0)" }) {
                said.append(try await EndToEndTests.page("\(dashboard)\(path)"))
            }
            return said
        }

        /// Files below `.tidegate` that hold a canary, but for those that are sealed, and the key to them.
        private func canariesInFiles(of stack: Stack) throws -> [String] {
            let all = try #require(FileManager.default.enumerator(atPath: stack.state))
            var found: [String] = []
            var looked = 0
            for case let name as String in all {
                if ["sealed", "generated", "installation.key"].contains(where: { name.hasPrefix($0) }) { continue }
                guard let data = FileManager.default.contents(atPath: "\(stack.state)/\(name)") else { continue }
                looked += 1
                for canary in canaries.all where data.range(of: Data(canary.utf8)) != nil {
                    found.append("\(name): \(canary)")
                }
            }
            #expect(looked > 10)
            return found
        }

        private func canariesInArguments() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { pid in
                guard Int(pid) != nil, let words = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") else {
                    return false
                }
                return canaries.all.contains { words.range(of: Data($0.utf8)) != nil }
            }
        }
    }
}

extension Stack {
    /// The dashboard's address, as the engine's log has it.
    fileprivate func dashboard() async throws -> String {
        let line = engineLog().split(separator: "\n").last { $0.contains("dashboard is at ") }
        return try #require(line?.split(separator: " ").last.map(String.init))
    }
}
