import Foundation
import HTTPClient
import TestSupport
import Testing

extension EndToEnd {
    @Suite struct `Before a rollout` {
        @Test func `everything that it would need is looked at, and nothing is changed`() async throws {
            try await Stack.with(prepare: { try $0.hasten() }) { stack in
                let recorded = try await stack.lightRelease("v1")
                try #require(recorded.exit == 0, "\(recorded.errors)")
                let before = try kept(stack)
                let result = try await stack.tidegate("validate", "dev", "--preflight", "--release", "v1")
                expect(result, exits: 0)
                for words in [
                    "openai takes the key of UPLOAD_PIPELINE_OPENAI_API_KEY", "api says that it could start",
                    "worker says that it could start", "dev with release v1: ready",
                ] { #expect(result.output.contains(words), "\(result.output)") }
                #expect(try kept(stack) == before)
                try await afterwards(stack)
            }
        }

        @Test func `incident 13: only one secret is set, and each of the others is named with its place`() async throws
        {
            try await Stack.with(prepare: { try $0.hasten() }) { stack in
                let secret = "only-one-secret-3e1f9a7c5b2d8e4f60718293a4b5c6d7"
                let result = try await stack.tidegate(
                    ["validate", "production", "--preflight", "--json"], environment: ["PRODUCTION_JWT_SECRET": secret])
                // Production's certificate is not on this machine either, and a check that failed outweighs what is not there.
                #expect(result.exit == 4, "\(result.output)\(result.errors)")
                let report = try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
                #expect(report.findings.contains { $0.rule == "preflight.machine" && $0.name == "certificate" })
                let missing = report.findings.filter { $0.rule == "preflight.secret" }
                #expect(
                    Set(missing.compactMap(\.name)) == [
                        "UPLOAD_PIPELINE_DATABASE_URL", "UPLOAD_PIPELINE_LLAMAPARSE_API_KEY",
                        "UPLOAD_PIPELINE_OPENAI_API_KEY",
                    ])
                #expect(missing.allSatisfy { $0.file == "environments/production.yaml" && $0.line > 1 })
                #expect(!result.output.contains(secret))
            }
        }

        @Test func `incident 7: a key that is missing is named before the rollout, also when the contract forgot it`()
            async throws
        {
            let key = "UPLOAD_PIPELINE_JWT_SECRET"
            func prepare(_ stack: Stack) throws {
                try stack.hasten()
                try stack.rewrite("environments/dev.yaml") { text in
                    text.split(separator: "\n", omittingEmptySubsequences: false).filter {
                        !$0.hasPrefix("  \(key):")
                    }.joined(separator: "\n")
                }
            }
            try await Stack.with(prepare: prepare) { stack in
                let missing = try await stack.tidegate("validate", "dev", "--json")
                #expect(missing.exit == 2, "\(missing.output)\(missing.errors)")
                let report = try JSONDecoder().decode(Report.self, from: Data(missing.output.utf8))
                #expect(
                    report.findings.contains { $0.rule == "variable.missing" && $0.name == key }, "\(missing.output)")

                for file in ["contracts/api.json", "artifacts/api/artifact.json"] {
                    try stack.rewrite(file) { try Self.without(key, in: $0) }
                }
                #expect(try await stack.tidegate("validate", "dev").exit == 0)
                #expect(try await stack.lightRelease("v1").exit == 0)
                let look = try await stack.tidegate("validate", "dev", "--preflight", "--release", "v1")
                #expect(look.exit == 4, "\(look.output)\(look.errors)")
                #expect(look.output.contains("api says that it could not start here"), "\(look.output)")
                #expect(look.output.contains(key), "\(look.output)")
                expect(
                    try await stack.tidegate("rollout", "dev", "--release", "v1", "--yes"), exits: 4, saying: "api", key
                )
                #expect(try await stack.status().services.allSatisfy { $0.instances.isEmpty })
            }
        }

        /// The contract without one of its variables.
        private static func without(_ name: String, in text: String) throws -> String {
            func stripped(_ value: Any) -> Any {
                if let list = value as? [Any] {
                    return list.filter { ($0 as? [String: Any])?["name"] as? String != name }.map(stripped)
                }
                return (value as? [String: Any])?.mapValues(stripped) ?? value
            }
            let whole = try JSONSerialization.jsonObject(with: Data(text.utf8))
            return String(decoding: try JSONSerialization.data(withJSONObject: stripped(whole)), as: UTF8.self)
        }

        @Test func `a provider that refuses or is out, a wrong limit and a release that is not there are told apart`()
            async throws
        {
            try await Stack.with(prepare: { try $0.hasten() }) { stack in
                try await stack.faults(#"{"outage":true,"provider":"openai"}"#)
                let outage = try await stack.tidegate("validate", "dev", "--preflight")
                expect(outage, exits: 0)
                #expect(outage.output.contains("openai answers 503; a rollout will wait for it"), "\(outage.output)")
                let refusing = try ScriptedServer { connection in
                    while connection.readRequest() != nil { connection.respond("401 Unauthorized", body: "{}") }
                }
                try await stack.withDefinition(
                    "  UPLOAD_PIPELINE_OPENAI_URL:", "  UPLOAD_PIPELINE_OPENAI_URL: \(refusing.url)"
                ) {
                    let refused = try await stack.tidegate("validate", "dev", "--preflight", "--format", "github")
                    #expect(refused.exit == 4)
                    #expect(refused.output.contains("::error file=environments/dev.yaml,line="), "\(refused.output)")
                    #expect(refused.output.contains("refuses the key of UPLOAD_PIPELINE_OPENAI_API_KEY (401)"))
                    #expect(!(refused.output + refused.errors).contains("sk-local-stand-in"))
                }
                #expect(try await stack.lightRelease("v1").exit == 0)
                let address = "postgresql://shop:a-Long-passw0rd-7Jq@127.0.0.1:\(try freePort())/shop"
                try await stack.withDefinition(
                    "  UPLOAD_PIPELINE_DATABASE_URL:",
                    "  UPLOAD_PIPELINE_DATABASE_URL: { from: literal, value: \"\(address)\" }"
                ) {
                    // That a program cannot start without it is no other mistake: it may be tried again.
                    let down = try await stack.tidegate("validate", "dev", "--preflight", "--release", "v1")
                    #expect(down.exit == 3, "\(down.output)\(down.errors)")
                    #expect(down.output.contains("No PostgreSQL at postgresql://shop@127.0.0.1"), "\(down.output)")
                    let refused = try await stack.tidegate("rollout", "dev", "--release", "v1", "--yes")
                    expect(refused, exits: 4, saying: "could not start", "worker says the same")
                    #expect(!(down.output + refused.output + refused.errors).contains("a-Long-passw0rd"))
                }
                expect(
                    try await stack.tidegate("validate", "dev", "--preflight", "--time-limit", "weather=2s"), exits: 1,
                    saying: "database=20s")
                expect(
                    try await stack.tidegate("validate", "dev", "--release", "v9"), exits: 1, saying: "v9",
                    "tidegate release list")
                expect(try await stack.tidegate("validate", "--preflight"), exits: 1, saying: "name the environments")
            }
        }

        @Test func `incident 15: a rollout of a program for another machine is refused before anything is touched`()
            async throws
        {
            try await Stack.with { stack in
                for service in ["api", "worker"] {
                    let path = "\(stack.state)/build/\(service)/pipeline"
                    let program = try FileHandle(forUpdating: URL(fileURLWithPath: path))
                    // The processor, in the header of an ELF file: RISC-V.
                    try program.seek(toOffset: 18)
                    try program.write(contentsOf: Data([243, 0]))
                    try program.close()
                }
                #expect(try await stack.release("v1").exit == 0)
                let result = try await stack.tidegate("rollout", "dev", "--release", "v1", "--yes")
                expect(result, exits: 4, saying: "is built for riscv64")
                let look = try await stack.tidegate("validate", "dev", "--preflight", "--release", "v1")
                #expect(look.exit == 4)
                #expect(look.output.contains("is built for riscv64"), "\(look.output)")
                #expect(try await stack.status().services.allSatisfy { $0.instances.isEmpty })
            }
        }
    }
}

private struct Report: Decodable {
    struct Finding: Decodable {
        var rule: String
        var file: String
        var line: Int
        var name: String?
    }
    var findings: [Finding]
}

/// A first rollout goes on from where the preflight looked, and the preflight then finds everything applied.
private func afterwards(_ stack: Stack) async throws {
    let rollout = try await stack.tidegate("rollout", "dev", "--release", "v1", "--yes")
    #expect(rollout.exit == 0, "\(rollout.errors)")
    let before = try kept(stack)
    let again = try await stack.tidegate("validate", "dev", "--preflight")
    expect(again, exits: 0)
    #expect(again.output.contains("are applied"), "\(again.output)")
    #expect(try kept(stack) == before)
}

/// What is kept below the state directory, but for the files that a control plane writes by itself all the time.
private func kept(_ stack: Stack) throws -> [String] {
    let all = try FileManager.default.subpathsOfDirectory(atPath: stack.state)
    return all.filter { path in
        !["engine.log", "tidegate.sqlite", "haproxy"].contains { path.hasPrefix($0) } && !path.hasPrefix("logs")
            && !path.hasSuffix("-wal") && !path.hasSuffix("-shm")
    }.sorted()
}

extension Stack {
    fileprivate func faults(_ json: String) async throws {
        let answer = try await HTTPClient().send(
            HTTPRequest(
                "PUT", "http://127.0.0.1:\(simulatorPort)/_faults",
                headers: [(name: "Content-Type", value: "application/json")], body: .bytes(Array(json.utf8))))
        #expect(answer.status < 300)
    }
}
