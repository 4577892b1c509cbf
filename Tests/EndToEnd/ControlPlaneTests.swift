import Foundation
import Rollouts
import TestSupport
import Testing

extension EndToEnd {
    @Suite struct `The control plane's own failure` {
        /// Stages that take their time, so that a kill is sure to hit them.
        private static let slow: Set<String> = ["starting", "smoking", "analysing", "final_smoke"]

        @Test func `killed in every stage there and back, it ends as it would have, and no request fails`() async throws
        {
            try await Stack.with(prepare: { try $0.hasten() }) { stack in
                try await stack.lightlySteady()
                let load = try await stack.load(requestsPerSecond: 50, seconds: 600, users: 0, connections: 16)
                #expect(try await stack.lightRelease("v2", set: ["UPLOAD_PIPELINE_DRILL_ERROR_AFTER=2"]).exit == 0)
                let there = try await stack.killInEachStage(of: ["rollout", "dev", "--release", "v2", "--yes"])
                #expect(there.isSuperset(of: Self.slow), "\(there)")
                try await stack.expectEnd(at: "v2", "killed in \(there.sorted())")
                let back = try await stack.killInEachStage(of: ["rollback", "dev"])
                try await stack.expectEnd(at: "v1", "killed in \(back.sorted())")

                // A release whose worker dies: the verdict, and the way back, survive as well.
                #expect(try await stack.lightRelease("v3", set: ["UPLOAD_PIPELINE_DRILL_WORKER_EXIT=true"]).exit == 0)
                let bad = try await stack.killInEachStage(of: ["rollout", "dev", "--release", "v3", "--yes"])
                #expect(bad.isSuperset(of: ["starting", "proving_restored"]), "\(bad)")
                try await stack.expectEnd(at: "v1", "killed in \(bad.sorted())")
                let report = try await stack.finish(load)
                #expect(report.failed == 0, "\(report)")
                #expect(report.requests > 500)
            }
        }

        @Test func `a clock that is stepped forth and back ends no step early and holds none up`() async throws {
            let clock = try await SteppedClock()
            try await Stack.with(prepare: { try $0.hasten() }) { stack in
                try await stack.lightlySteady()
                #expect(await stack.killEngine())
                try await stack.startEngine(environment: clock.environment)
                let load = try await stack.load(requestsPerSecond: 50, seconds: 600, users: 0, connections: 16)
                try stack.setCourse([
                    "smoke", "weight: 50%", "bake: { for: 8s, requests: 20, otherwise: smoke }", "weight: 100%",
                ])
                #expect(try await stack.lightRelease("v2", set: ["UPLOAD_PIPELINE_DRILL_ERROR_AFTER=2"]).exit == 0)
                let id = try await stack.begin(["rollout", "dev", "--release", "v2", "--yes"])
                try await stack.wait(for: id, "the first look") { $0.contains(where: \.isLook) }
                for step in [Duration.seconds(86_400), .seconds(-7_200)] {
                    try clock.step(by: step)
                    let before = try await stack.journal(id)
                    try await stack.wait(for: id, "a look after \(step)") {
                        $0.dropFirst(before.count).contains(where: \.isLook)
                    }
                    // The step's time begins anew, for nobody knows how long it was.
                    let last = try await stack.journal(id).last
                    #expect(last?.stage == before.last?.stage, "after \(step)")
                    let ahead = Double(last?.at.microseconds ?? 0) / 1e6 - Date().timeIntervalSince1970
                    #expect(abs(ahead - step / .seconds(1)) < 600, "after \(step)")
                }
                try await stack.wait(for: id, "its end") { $0.last?.outcome != nil }
                #expect(try await stack.journal(id).last?.outcome == .succeeded)
                let report = try await stack.finish(load)
                #expect(report.failed == 0, "\(report)")
                try await stack.expectEnd(at: "v2", "after the steps")
            }
        }

        @Test func `its database locked by somebody else holds a rollout up, and nothing more`() async throws {
            try await Stack.with(prepare: { try $0.hasten() }) { stack in
                try await stack.lightlySteady()
                let load = try await stack.load(requestsPerSecond: 50, seconds: 600, users: 0, connections: 16)
                #expect(try await stack.lightRelease("v2", set: ["UPLOAD_PIPELINE_DRILL_ERROR_AFTER=2"]).exit == 0)
                let id = try await stack.begin(["rollout", "dev", "--release", "v2", "--yes"])
                try await stack.wait(for: id, "the first look") { $0.contains(where: \.isLook) }
                let locker = try stack.lockDatabase()
                let isLocked = await eventually { (try? locker.output.contains("locked")) == true }
                #expect(isLocked)
                let before = try await stack.journal(id).count
                // Longer than a write waits by itself: it fails, and is tried again.
                let saysSo = await eventually(within: .seconds(60)) { stack.engineLog().contains("was not recorded") }
                #expect(saysSo)
                #expect(try await stack.journal(id).count == before)
                try await locker.stop()
                try await stack.wait(for: id, "its end") { $0.last?.outcome != nil }
                #expect(try await stack.journal(id).last?.outcome == .succeeded)
                let report = try await stack.finish(load)
                #expect(report.failed == 0, "\(report)")
                try await stack.expectEnd(at: "v2", "after the lock")
            }
        }

        @Test func `the application's database gone for both releases holds a rollout, alerts, and takes nothing back`()
            async throws
        {
            let server = try await PostgresServer.own()
            let database = "  UPLOAD_PIPELINE_DATABASE_URL: { from: literal, value: \"\(server.address)\" }"
            let prepare = { (stack: Stack) in
                try stack.hasten()
                try stack.rewrite("environments/dev.yaml") { text in
                    text.split(separator: "\n", omittingEmptySubsequences: false).map {
                        $0.hasPrefix("  UPLOAD_PIPELINE_DATABASE_URL:") ? database : String($0)
                    }.joined(separator: "\n")
                }
            }
            try await Stack.with(prepare: prepare) { stack in
                try await stack.lightlySteady()
                let load = try await stack.load(requestsPerSecond: 40, seconds: 600, users: 0, connections: 16)
                try stack.setCourse([
                    "smoke", "weight: 50%", "bake: { for: 8s, requests: 20, otherwise: smoke }", "weight: 100%",
                ])
                #expect(try await stack.lightRelease("v2", set: ["UPLOAD_PIPELINE_DRILL_ERROR_AFTER=2"]).exit == 0)
                let id = try await stack.begin(["rollout", "dev", "--release", "v2", "--yes"])
                try await stack.wait(for: id, "the first look") { $0.contains(where: \.isLook) }
                try await server.stop()
                try await stack.expectHold(id, looks: 8)
                let alerts = try await stack.status().alerts
                #expect(!alerts.isEmpty)
                #expect(!alerts.contains { $0.name == "ReleaseRolledBack" }, "\(alerts)")
                try await server.start()
                try await stack.wait(for: id, "its end") { $0.last?.outcome != nil }
                #expect(try await stack.journal(id).last?.outcome == .succeeded)
                _ = try await stack.finish(load)
                try await stack.expectEnd(at: "v2", "after the outage")
            }
        }
    }
}

extension Stack {
    /// Starts what the command asks for, without waiting for it.
    /// - Returns: the rollout's id.
    func begin(_ command: [String]) async throws -> String {
        let started = try await tidegate(command + ["--no-wait", "--json"])
        try #require(started.exit == 0, "\(started)")
        return String(try #require(started.output.firstMatch(of: #/r-[0-9a-z]+/#)).output)
    }

    /// Starts what the command asks for, and kills the control plane once in each stage that it is seen in.
    /// - Returns: those stages' names.
    fileprivate func killInEachStage(of command: [String]) async throws -> Set<String> {
        let id = try await begin(command)
        var killed: Set<String> = []
        while true {
            let known = killed
            // Read from the database: nobody has to answer.
            let moved = try await eventually(within: .seconds(120)) {
                guard let last = try await journal(id).last else { return false }
                return last.stage == .ended || !known.contains(last.stage.name)
            }
            let last = try #require(try await journal(id).last)
            let shown = moved ? "" : try await tidegate("show", id).output
            try #require(moved, "\(shown)")
            if last.stage == .ended { return killed }
            killed.insert(last.stage.name)
            #expect(await killEngine())
            try await startEngine()
        }
    }

    /// A process that keeps the control plane's database from being written until it is ended.
    fileprivate func lockDatabase() throws -> RunningCommand {
        let script = """
            import signal, sqlite3, sys
            connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
            connection.execute('BEGIN IMMEDIATE')
            print('locked', flush=True)
            signal.alarm(600)
            signal.pause()
            """
        return try RunningCommand(
            "/usr/bin/python3", ["-c", script, "\(state)/tidegate.sqlite"], directory: project)
    }
}
