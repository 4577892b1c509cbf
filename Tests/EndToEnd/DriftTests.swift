import Foundation
import TestSupport
import Testing

/// What these tests read of `tidegate drift --json`.
private struct Drift: Decodable {
    struct Origin: Decodable {
        var file: String?
        var line: Int?
        var text: String
    }

    struct Item: Decodable {
        var kind: String
        var service: String
        var name: String
        var before: String?
        var after: String?
        var effect: String
        var since: String
        var by: Origin?
    }

    struct Unknown: Decodable { var what: String }

    var state: String
    var verdict: String
    var since: String?
    var fix: String?
    var drift: [Item]
    var unknown: [Unknown]
}

extension Stack {
    fileprivate func drift() async throws -> (report: Drift, exit: Int32) {
        let result = try await tidegate("drift", "dev", "--json")
        return (try JSONDecoder().decode(Drift.self, from: Data(result.output.utf8)), result.exit)
    }

    fileprivate func hasAlert() async throws -> Bool {
        try await status().alerts.contains { $0.name == "ConfigurationDrift" }
    }

    fileprivate func line(of prefix: String, in file: String) throws -> Int {
        let text = try String(contentsOfFile: folder.file(file), encoding: .utf8)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return try #require(lines.firstIndex { $0.trimmingCharacters(in: .whitespaces).hasPrefix(prefix) }) + 1
    }
}

private let key = "UPLOAD_PIPELINE_JWT_SECRET"
private let limit = "UPLOAD_PIPELINE_MAX_FILE_SIZE_BYTES"

extension EndToEnd {
    @Suite struct `Drift` {
        @Test func `incident 3: a file was corrected and the containers were never restarted`() async throws {
            try await Stack.with(prepare: { stack in
                try stack.hasten()
                try stack.rewrite("environments/dev.yaml") { $0 + "\ndrift: { after: 1s }\n" }
            }) { stack in
                try await stack.lightlySteady()
                let calm = try await stack.drift()
                #expect(calm.exit == 0, "\(calm)")
                #expect(calm.report.state == "none")

                try stack.rewrite("environments/shared.yaml") {
                    $0.replacing("\(limit): 26214400", with: "\(limit): 31457280")
                }
                try await isSaid(stack)
                try await survivesTheEngine(stack)
                try await isHiddenByNoMistake(stack)

                let fixed = try await stack.tidegate("drift", "dev", "--fix", "--yes")
                #expect(fixed.exit == 0, "\(fixed)")
                let after = try await stack.drift()
                #expect(after.exit == 0, "\(after)")
                #expect(await eventually { (try? await stack.hasAlert()) == false })
                #expect(try await stack.status().release == "v1")
            }
        }

        private func isSaid(_ stack: Stack) async throws {
            let (report, exit) = try await stack.drift()
            #expect(exit == 4)
            #expect(report.verdict.contains("restart required: api runs \(limit) as of 20"), "\(report)")
            #expect(report.fix == "tidegate drift dev --fix")
            let item = try #require(report.drift.first { $0.service == "api" })
            #expect(item.kind == "stale" && item.name == limit && item.effect == "restart")
            #expect(item.before == "26214400" && item.after == "31457280")
            #expect(item.by?.file == "environments/shared.yaml")
            #expect(item.by?.line == (try stack.line(of: limit, in: "environments/shared.yaml")))
            #expect(await eventually { (try? await stack.hasAlert()) == true }, "no alert")
            let text = try await stack.tidegate("status", "dev")
            #expect(text.output.contains("restart required"), "\(text.output)")
            let page = try await page("http://127.0.0.1:\(stack.dashboardPort)/environments/dev")
            #expect(page.contains("restart required") && page.contains("tidegate drift dev --fix"))
        }

        private func survivesTheEngine(_ stack: Stack) async throws {
            let before = try await stack.drift().report.since
            #expect(await stack.killEngine())
            try await stack.startEngine()
            let after = try await stack.drift()
            #expect(after.exit == 4)
            #expect(after.report.since == before)
            #expect(try await stack.hasAlert())
        }

        /// A definition that cannot be read is no definition without differences.
        private func isHiddenByNoMistake(_ stack: Stack) async throws {
            try await stack.withDefinition("variables:", "variable:") {
                let (report, exit) = try await stack.drift()
                #expect(exit == 3, "\(report)")
                #expect(
                    report.state == "invalid" && report.verdict.contains("cannot be compared: environments/dev.yaml:"))
                #expect(try await stack.hasAlert())
                let fix = try await stack.tidegate("drift", "dev", "--fix", "--yes")
                #expect(fix.exit == 2, "\(fix)")
            }
        }

        @Test func `a secret that its source changed is drift, and one that cannot be asked for is unknown`()
            async throws
        {
            let (old, new) = (TestSecret.make(), TestSecret.make())
            try await Stack.with(prepare: { stack in
                try stack.hasten()
                try stack.folder.write("jwt.secret", "one:\(old)\n")
                try stack.rewrite("environments/dev.yaml") { text in
                    text.replacing(
                        "\(key): { from: generated, bytes: 32 }", with: "\(key): { from: file, path: jwt.secret }")
                }
            }) { stack in
                try await stack.lightlySteady()
                try stack.folder.write("jwt.secret", "two:\(new)\n")
                let (report, exit) = try await stack.drift()
                #expect(exit == 4)
                #expect(report.drift.map(\.name) == [key] && report.drift[0].kind == "stale", "\(report)")
                #expect(report.drift[0].before == nil && report.drift[0].after == nil)
                #expect(report.drift[0].by?.text.contains("its source gave another value") == true)
                #expect(
                    await eventually { (try? await stack.status().drift.isEmpty) == false }, "the watcher sees nothing")
                for output in [try await stack.tidegate("drift", "dev"), try await stack.tidegate("status", "dev")] {
                    #expect(!output.output.contains(old) && !output.output.contains(new))
                }

                try FileManager.default.removeItem(atPath: stack.folder.file("jwt.secret"))
                let lost = try await stack.drift()
                #expect(lost.exit == 3 && lost.report.state == "unknown", "\(lost)")
                #expect(lost.report.unknown.map(\.what) == ["secret \(key)"])

                try stack.folder.write("jwt.secret", "two:\(new)\n")
                let fixed = try await stack.tidegate("drift", "dev", "--fix", "--yes")
                #expect(fixed.exit == 0, "\(fixed)")
                #expect(try await stack.drift().exit == 0)
                #expect(!stack.engineLog().contains(new))
            }
        }

        @Test func `incident 10: a release proved itself and never came here`() async throws {
            let port = try freePort()
            try await Stack.with(prepare: { stack in
                try stack.hasten()
                let dev = try String(contentsOfFile: stack.folder.file("environments/dev.yaml"), encoding: .utf8)
                try stack.folder.write(
                    "environments/staging.yaml",
                    dev.replacing(
                        "environment: dev", with: "environment: staging\nkind: development\npromotes-from: dev"
                    )
                    .replacing("api: { health", with: "api: { port: \(port), health")
                    .replacing("/dev/", with: "/staging/").replacing("local-stand-in", with: "staging-stand-in"))
            }) { stack in
                try await stack.lightlySteady()
                let here = try await stack.tidegate("rollout", "staging", "--release", "v1", "--yes")
                #expect(here.exit == 0, "\(here)")
                #expect(!(try await stack.tidegate("status", "staging").output.contains("behind")))
                #expect(try await stack.lightRelease("v2", set: ["UPLOAD_PIPELINE_LOG_LEVEL=debug"]).exit == 0)
                #expect(try await stack.rollOut("v2").exit == 0)
                let status = try await stack.tidegate("status", "staging").output
                #expect(status.contains("behind: v2 has been good in dev for"), "\(status)")
                #expect(status.contains("v1 runs here: tidegate rollout staging --release v2"), "\(status)")
                #expect(!(try await stack.tidegate("status", "dev").output.contains("behind")))
            }
        }
    }
}

private enum TestSecret {
    static func make() -> String {
        (0..<32).map { _ in String(UInt8.random(in: 0...255), radix: 16) }.joined()
            + String(repeating: "7f3a", count: 4)
    }
}
