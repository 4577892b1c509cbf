import Foundation
import TestSupport
import Testing

extension EndToEnd {
    @Suite struct `What is killed` {
        @Test(arguments: ["instances_ready", "weights_shifted", "smoke_finished"])
        func `the control plane in the middle of a rollout: it ends as it would have`(after event: String) async throws
        {
            try await Stack.with { stack in
                try await stack.steady()
                _ = try await stack.release("v2", set: ["UPLOAD_PIPELINE_LOG_LEVEL=debug"])
                let rollout = try stack.start(["rollout", "dev", "--release", "v2", "--yes", "--json"])
                let seen = await eventually(within: .seconds(60)) {
                    (try? rollout.output.contains("\"type\":\"\(event)\"")) == true
                }
                #expect(seen)
                #expect(try stack.killEngine())
                try await rollout.stop()
                try await stack.startEngine()
                let ended = await eventually(within: .seconds(120)) {
                    guard let status = try? await stack.status() else { return false }
                    return status.state == "steady" && status.release == "v2"
                }
                let history = try await stack.tidegate("history", "dev").output
                #expect(ended, "\(history)")
                #expect(try await stack.status().service("api")?.ready == 2)
            }
        }

        @Test func `an instance: it comes back, and the status counts it`() async throws {
            try await Stack.with { stack in
                try await stack.steady()
                let victim = try #require(try await stack.status().service("api")?.instances.first)
                let pid = try #require(stack.instancePid(victim.id))
                #expect(kill(pid, SIGKILL) == 0)
                let back = await eventually(within: .seconds(40)) {
                    let api = try? await stack.status().service("api")
                    return api?.ready == 2 && api?.instances.contains { $0.restarts > 0 } == true
                }
                #expect(back)
            }
        }

        @Test func `everything, as by a reboot: the control plane brings back what it knows`() async throws {
            try await Stack.with { stack in
                try await stack.steady()
                #expect(try await stack.tidegate("stop").exit == 0)
                #expect(stack.processes { $0.contains("./pipeline") && $0.contains(stack.project) }.isEmpty)
                try await stack.startEngine()
                let back = await eventually(within: .seconds(40)) { (try? await stack.status().state) == "steady" }
                #expect(back)
                #expect(try await stack.tidegate("smoke", "dev").exit == 0)
            }
        }
    }

    @Suite struct `Under load` {
        @Test func `a healthy rollout and a rollback lose not one request`() async throws {
            try await Stack.with { stack in
                try await stack.steady()
                let load = try await stack.load(requestsPerSecond: 500, seconds: 300)
                _ = try await stack.release("v2", set: ["UPLOAD_PIPELINE_LOG_LEVEL=warning"])
                let rollout = try await stack.rollOut("v2")
                #expect(rollout.exit == 0, "\(rollout)")
                let rollback = try await stack.tidegate("rollback", "dev", "--reason", "drill")
                #expect(rollback.exit == 5, "\(rollback.output)\(rollback.errors)")
                let report = try await stack.finish(load)
                #expect(report.failed == 0)
                #expect(report.requests > 5_000)
                #expect(try await stack.status().release == "v1")
            }
        }
    }
}

extension Stack {
    func instancePid(_ id: String) -> Int32? {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap(Int32.init).first { pid in
            let bytes = FileManager.default.contents(atPath: "/proc/\(pid)/environ") ?? Data()
            return bytes.split(separator: 0).contains {
                String(decoding: $0, as: UTF8.self) == "TIDEGATE_INSTANCE=\(id)"
            }
        }
    }
}
