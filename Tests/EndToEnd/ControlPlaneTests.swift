import Foundation
import Rollouts
import TestSupport
import Testing

extension EndToEnd {
    @Suite struct `The control plane's own failure` {
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

    /// A process that keeps the control plane's database from being written until it is ended.
    fileprivate func lockDatabase() throws -> RunningCommand {
        let script = """
            import sqlite3, sys, time
            connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
            connection.execute('BEGIN IMMEDIATE')
            print('locked', flush=True)
            time.sleep(600)
            """
        return try RunningCommand(
            "/usr/bin/python3", ["-c", script, "\(state)/tidegate.sqlite"], directory: project)
    }
}
