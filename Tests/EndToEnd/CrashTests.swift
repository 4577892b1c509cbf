import Foundation
import TestSupport
import Testing

extension EndToEnd {
    @Suite struct `What is killed` {
        @Test func `the control plane in the middle of a rollout: it ends as it would have, and no request is lost`()
            async throws
        {
            try await Stack.with { stack in
                try await stack.steady()
                let load = try await stack.load(requestsPerSecond: 50, seconds: 400)
                for (number, event) in ["instances_ready", "weights_shifted", "smoke_finished"].enumerated() {
                    let version = "v\(number + 2)"
                    _ = try await stack.release(version, set: ["UPLOAD_PIPELINE_DRILL_ERROR_AFTER=\(number + 10)"])
                    try await stack.interrupt(["rollout", "dev", "--release", version], after: event)
                    try await stack.expectEnd(at: version, "after \(event)")
                }
                try await stack.interrupt(["rollback", "dev"], after: "instances_ready")
                try await stack.expectEnd(at: "v3", "during a rollback")
                let report = try await stack.finish(load)
                #expect(report.failed == 0, "\(report)")
                #expect(report.requests > 500)
            }
        }

        @Test func `a bad release and the control plane: it is taken back all the same`() async throws {
            try await Stack.with { stack in
                try await stack.steady()
                _ = try await stack.release("v2", set: ["UPLOAD_PIPELINE_DRILL_WORKER_EXIT=true"])
                try await stack.interrupt(["rollout", "dev", "--release", "v2"], after: "weights_shifted")
                try await stack.expectEnd(at: "v1", "of a bad release")
                let history = try await stack.tidegate("history", "dev", "--json").output
                #expect(history.contains("rolled_back"), "\(history)")
            }
        }

        @Test func `an instance and the router: both come back, and the status counts it`() async throws {
            try await Stack.with { stack in
                try await stack.steady()
                let victim = try #require(try await stack.status().service("api")?.instances.first)
                let pid = try #require(stack.instances[victim.id])
                #expect(kill(pid, SIGKILL) == 0)
                let back = await eventually(within: .seconds(40)) {
                    let api = try? await stack.status().service("api")
                    return api?.ready == 2 && api?.instances.contains { $0.restarts > 0 } == true
                }
                #expect(back)

                let router = stack.routers
                #expect(!router.isEmpty)
                for pid in router { kill(pid, SIGKILL) }
                let isGone = await eventually { stack.routers.filter(router.contains).isEmpty }
                #expect(isGone)
                let serves = await eventually(within: .seconds(40)) {
                    (try? await stack.tidegate("smoke", "dev", "--suite", "health").exit) == 0
                }
                #expect(serves)
            }
        }

        @Test func `everything, in order or as by a reboot: the control plane brings back what it knows`() async throws
        {
            try await Stack.with { stack in
                try await stack.steady()
                #expect(try await stack.tidegate("stop").exit == 0)
                #expect(stack.instances.isEmpty)
                #expect(stack.routers.isEmpty)
                try await stack.startEngine()
                try await stack.expectEnd(at: "v1", "after a stop")

                #expect(await stack.killEngine())
                for pid in stack.routers + stack.instances.values { kill(pid, SIGKILL) }
                let isDark = await eventually { stack.instances.isEmpty && stack.routers.isEmpty }
                #expect(isDark)
                try await stack.startEngine()
                try await stack.expectEnd(at: "v1", "after a reboot")
                let smoke = try await stack.tidegate("smoke", "dev")
                #expect(smoke.exit == 0, "\(smoke.output)\(smoke.errors)")
            }
        }
    }

    @Suite struct `Under load` {
        /// `benchmarks stack` does fifty of each, with programs that were built to be fast.
        @Test func `three rollouts and three rollbacks over kept connections lose not one request`() async throws {
            try await Stack.with(prepare: { try $0.hasten() }) { stack in
                try await stack.lightlySteady()
                let load = try await stack.load(requestsPerSecond: 100, seconds: 600, users: 0, connections: 32)
                for round in 1...3 {
                    // In the second round instances are exchanged one by one, so that some are drained that serve.
                    try stack.rewrite("environments/dev.yaml") { text in
                        round == 2
                            ? text.replacing("{ health:", with: "{ surge: 1, health:")
                            : text.replacing("{ surge: 1, health:", with: "{ health:")
                    }
                    let version = "v\(round + 1)"
                    let set = ["UPLOAD_PIPELINE_DRILL_ERROR_AFTER=\(round)"]
                    #expect(try await stack.lightRelease(version, set: set).exit == 0)
                    let rollout = try await stack.rollOut(version)
                    #expect(rollout.exit == 0, "\(rollout)")
                    let rollback = try await stack.tidegate("rollback", "dev", "--reason", "drill")
                    #expect(rollback.exit == 0, "\(rollback.output)\(rollback.errors)")
                }
                let report = try await stack.finish(load)
                #expect(report.failed == 0, "\(report)")
                #expect(report.requests > 2_000)
                let status = try await stack.status()
                #expect(status.release == "v1")
                #expect(status.drift == [])
            }
        }
    }
}

extension Stack {
    /// Pids of the instances that run, by their ids.
    var instances: [String: Int32] {
        let pids = processes { $0.count == 2 && $0[0].hasSuffix("/pipeline") }
        let found = pids.compactMap { pid -> (String, Int32)? in
            let directory = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/cwd")) ?? ""
            guard directory.hasPrefix(project) else { return nil }
            let bytes = FileManager.default.contents(atPath: "/proc/\(pid)/environ") ?? Data()
            let id = bytes.split(separator: 0).lazy.map { String(decoding: $0, as: UTF8.self) }
                .first { $0.hasPrefix("TIDEGATE_INSTANCE=") }
            return id.map { (String($0.dropFirst("TIDEGATE_INSTANCE=".count)), pid) }
        }
        return Dictionary(found) { first, _ in first }
    }

    /// Pids of the router's processes.
    var routers: [Int32] {
        processes { words in
            words.first?.hasSuffix("haproxy") == true && words.contains { $0.hasPrefix(self.state) }
        }
    }

    /// Starts what the command asks for, kills the control plane when that event is on record, and starts it again.
    func interrupt(_ arguments: [String], after event: String) async throws {
        let command = try start(arguments + ["--yes", "--json"])
        let seen = await eventually(within: .seconds(60)) {
            (try? command.output.contains("\"type\":\"\(event)\"")) == true
        }
        let output = try command.output
        #expect(seen, "\(output)")
        // Else it would start a control plane itself.
        command.signal(SIGSTOP)
        #expect(await killEngine())
        command.signal(SIGKILL)
        try await startEngine()
    }

    /// Everything is as it should be, with that release, and nothing else.
    func expectEnd(at release: String, _ when: String) async throws {
        var status = try await status()
        let ended = await eventually(within: .seconds(60)) {
            guard let now = try? await self.status() else { return false }
            return ["steady", "rolled_back"].contains(now.state) && now.release == release && now.drift.isEmpty
        }
        status = try await self.status()
        let history = try await tidegate("history", "dev").output
        #expect(ended, "\(when): \(status)\n\(history)")
        for name in ["api", "worker"] {
            let current = status.service(name)?.instances.filter { $0.release == release }
            #expect(current?.count == 2 && current?.allSatisfy(\.ready) == true, "\(when): \(status)")
        }
        // The bundle before may be warm, and no third one.
        #expect(Set(status.services.flatMap(\.instances).map(\.release)).count <= 2, "\(when): \(status)")
        #expect(instances.count == status.services.flatMap(\.instances).count, "\(when): \(status)")
    }
}
