import Foundation
import Storage
import TestSupport
import Testing

extension EndToEnd {
    @Suite struct `A bad release` {
        @Test func `that fails a fifth of its requests is taken back by itself, and blocked`() async throws {
            try await Stack.with { stack in
                try await stack.steady()
                let load = try await stack.load(requestsPerSecond: 60, seconds: 120)
                let recorded = try await stack.release(
                    "v2",
                    set: ["UPLOAD_PIPELINE_DRILL_ERROR_RATE=0.2", "UPLOAD_PIPELINE_DRILL_ERROR_AFTER=40"])
                #expect(recorded.exit == 0, "\(recorded.errors)")
                let rollout = try await stack.rollOut("v2")
                try await load.stop()

                #expect(rollout.exit == 5, "\(rollout)")
                #expect(rollout.finished?.outcome == "rolled_back")
                let verdict = rollout.finished?.verdicts.first { $0.verdict == "fail" }
                #expect(verdict?.signal == "error_rate", "\(rollout)")
                #expect(verdict?.service == "api")

                let status = try await stack.status()
                #expect(status.release == "v1")
                #expect(status.service("api")?.instances.allSatisfy { $0.release == "v1" && $0.ready } == true)
                let isRaised = await eventually {
                    (try? await stack.status().alerts.map(\.name).contains("ReleaseRolledBack")) == true
                }
                #expect(isRaised)
                let again = try await stack.rollOut("v2")
                #expect(again.exit == 7, "\(again)")
            }
        }

        @Test func `whose worker pays twice for each document is taken back for what it costs`() async throws {
            try await Stack.with { stack in
                // So many documents are much for a debug build; how soon it answers is not what this is about. However long they
                // take, a release that proves itself has done enough of them to be compared with.
                try stack.rewrite("environments/dev.yaml") { text in
                    let last = #/(weight: 100%\n +- bake: { for: \w+, requests: )20,/#
                    #expect(text.contains(last))
                    return text.replacing("at-least: 100ms", with: "at-least: 5s")
                        .replacing(last) { "\($0.output.1)120," }
                }
                try await stack.steady()
                let load = try await stack.load(requestsPerSecond: 20, seconds: 240, users: 60, documents: 15)
                // What a document costs is measured while a release proves itself, of a hundred at least.
                _ = try await stack.release("v2", set: ["UPLOAD_PIPELINE_LOG_LEVEL=warning"])
                let good = try await stack.rollOut("v2")
                #expect(good.exit == 0, "\(good)")
                _ = try await stack.release("v3", set: ["UPLOAD_PIPELINE_DRILL_PARSE_TWICE=true"])
                let rollout = try await stack.rollOut("v3")
                let report = try await stack.finish(load)

                #expect(rollout.exit == 5, "\(rollout)")
                let verdict = rollout.finished?.verdicts.first { $0.verdict == "fail" }
                #expect(verdict?.signal == "cost" && verdict?.service == "worker", "\(rollout)")
                #expect(report.failed == 0 && report.documents?.failed == 0, "\(report)")
                #expect(try #require(report.documents).sent > 100, "\(report)")
                #expect(try await stack.status().release == "v2")
            }
        }

        @Test func `whose API never becomes ready gets no request, and its last words are in the verdict`() async throws
        {
            try await Stack.with { stack in
                try stack.rewrite("environments/dev.yaml") {
                    $0.replacing("api: { health: { every: 2s } }", with: "api: { health: { every: 2s, start: 10s } }")
                }
                try await stack.steady()
                _ = try await stack.release("v2", set: ["UPLOAD_PIPELINE_DRILL_NOT_READY=true"])
                let load = try await stack.load(requestsPerSecond: 50, seconds: 120)
                let rollout = try await stack.rollOut("v2")
                let report = try await stack.finish(load)

                #expect(rollout.exit == 5, "\(rollout)")
                let verdict = rollout.finished?.verdicts.first { $0.verdict == "fail" }
                #expect(verdict?.signal == "readiness", "\(rollout)")
                #expect(verdict?.log?.isEmpty == false)
                #expect(report.failed == 0)
                #expect(report.requests > 0)
                #expect(try await stack.status().release == "v1")
                #expect(try await stack.status().drift == [])
            }
        }

        @Test func `whose worker dies on its first job is taken back, and no job is lost`() async throws {
            try await Stack.with { stack in
                try await stack.steady()
                _ = try await stack.release("v2", set: ["UPLOAD_PIPELINE_DRILL_WORKER_EXIT=true"])
                let rollout = try await stack.rollOut("v2")
                #expect(rollout.exit == 5, "\(rollout)")
                #expect(try #require(rollout.finished).seconds < 45, "\(rollout)")
                #expect(try await stack.status().release == "v1")
                #expect(try await stack.status().drift == [])
                // The suite uploads a document of its own and waits until it is complete.
                let smoke = try await stack.tidegate("smoke", "dev")
                #expect(smoke.exit == 0, "\(smoke.output)\(smoke.errors)")
                #expect(try await stack.unfinishedJobs() == 0)
            }
        }

        @Test func `as the first of an environment leaves nothing behind`() async throws {
            try await Stack.with { stack in
                _ = try await stack.release("v1", set: ["UPLOAD_PIPELINE_DRILL_WORKER_EXIT=true"])
                let rollout = try await stack.rollOut("v1")
                #expect(rollout.exit == 5, "\(rollout)")
                let status = try await stack.status()
                #expect(status.release == nil)
                #expect(status.drift == [])
                #expect(status.services.flatMap(\.instances).isEmpty)
                #expect(stack.instances.isEmpty)
                // The next one, a good one, is not in its way, once somebody has said why it will go better.
                _ = try await stack.release("v2")
                let silent = try await stack.rollOut("v2")
                #expect(silent.exit == 7 && silent.finished?.why.hasPrefix("incident: ") == true, "\(silent)")
                let incidents = try await stack.tidegate("incident", "list", "dev")
                #expect(incidents.output.contains("open") && incidents.output.contains("v1"), "\(incidents)")
                // Nor is a freeze that is passed with a reason.
                #expect(try await stack.tidegate("freeze", "add", "dev", "--until", "4h", "--reason", "sale").exit == 0)
                let frozen = try await stack.rollOut("v2", "--reason", "without the drill")
                #expect(frozen.exit == 7 && frozen.finished?.why.contains("sale") == true, "\(frozen)")
                let next = try await stack.rollOut("v2", "--reason", "without the drill", "--override", "freeze")
                #expect(next.exit == 0, "\(next)")
                let history = try await stack.tidegate("history", "dev").output
                #expect(history.contains("override freeze: without the drill"), "\(history)")
                #expect(try await stack.tidegate("incident", "list", "dev").output.contains("closed"))
            }
        }
    }
}

/// What the load generator reports.
struct LoadReport: Decodable {
    var requests: Int
    var failed: Int
    var by_status: [String: Int]
    var documents: Documents?

    struct Documents: Decodable {
        var sent: Int
        var refused: Int
        var failed: Int
        var failures: [String: Int]
    }
}

extension Stack {
    /// Starts traffic through the router, and waits until it flows; a third of it are POSTs, and no request is ever sent
    /// twice.
    /// - Parameters:
    ///   - users: so many are registered first, at half a second each; without any, what needs no token is asked for.
    ///   - connections: so many are kept open between requests; 0 for a new one for each.
    ///   - documents: so many a second are sent besides.
    func load(
        requestsPerSecond: Int, seconds: Int, users: Int = 20, connections: Int = 0, documents: Int = 0
    ) async throws -> RunningCommand {
        let load = try pipeline([
            "load", "--url", api, "--rps", "\(requestsPerSecond)", "--seconds", "\(seconds)", "--users", "\(users)",
            "--connections", "\(connections)", "--documents", "\(documents)",
        ])
        let flows = await eventually(within: .seconds(60)) {
            (try? load.errors.contains("requests a second")) == true
        }
        #expect(flows)
        return load
    }

    /// Ends the traffic, and tells how it went.
    func finish(_ load: RunningCommand) async throws -> LoadReport {
        load.signal(SIGINT)
        let result = try await load.result()
        try #require(result.output.hasPrefix("{"), "\(result)")
        return try JSONDecoder().decode(LoadReport.self, from: Data(result.output.utf8))
    }

    /// Jobs of the bundled application that are neither complete nor given up, read from its database.
    func unfinishedJobs() async throws -> Int {
        let database = try Databases.open(address: "sqlite:\(state)/dev/pipeline.sqlite")
        let rows = try await database.read {
            try $0.query("SELECT COUNT(*) AS n FROM jobs WHERE state NOT IN ('done', 'deadletter')", [])
        }
        await database.close()
        return try rows[0].get("n")
    }
}
