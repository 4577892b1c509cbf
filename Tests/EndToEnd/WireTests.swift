import Foundation
import Rollouts
import TestSupport
import Testing

extension EndToEnd {
    @Suite struct `On a bad wire` {
        @Test func `a release that alone answers slowly, or breaks connections off, is taken back for that`()
            async throws
        {
            try await withWire { stack, wire in
                let load = try await stack.load(requestsPerSecond: 30, seconds: 600, users: 0, connections: 16)
                // Under load, so that there is something to compare response times with.
                #expect(try await stack.lightRelease("v2", set: ["UPLOAD_PIPELINE_DRILL_ERROR_AFTER=2"]).exit == 0)
                let good = try await stack.rollOut("v2")
                #expect(good.exit == 0, "\(good)")

                try wire.suffer(.init(of: "v3", .clients, delay: 0.3))
                #expect(try await stack.lightRelease("v3", set: ["UPLOAD_PIPELINE_DRILL_ERROR_AFTER=3"]).exit == 0)
                let slow = try await stack.rollOut("v3")
                try expectTakenBack(slow, for: "latency")
                let report = try await stack.finish(load)
                #expect(report.failed == 0, "\(report)")

                let second = try await stack.load(requestsPerSecond: 30, seconds: 600, users: 0, connections: 16)
                try wire.suffer(.init(of: "v4", .clients, reset: 0.3))
                #expect(try await stack.lightRelease("v4", set: ["UPLOAD_PIPELINE_DRILL_ERROR_AFTER=4"]).exit == 0)
                let broken = try await stack.rollOut("v4", "--reason", "v3 was slow for its wire")
                try expectTakenBack(broken, for: "error_rate")
                _ = try await stack.finish(second)
                let status = try await stack.status()
                #expect(status.release == "v2")
                #expect(status.drift == [])
            }
        }

        private func withWire(_ body: (Stack, FaultyWire) async throws -> Void) async throws {
            let prepare = { (stack: Stack) in
                try stack.hasten()
                try stack.rewrite("environments/dev.yaml") {
                    $0.replacing("every: 2s", with: "every: 1s").replacing(
                        "above: 5%, for: 10s", with: "above: 5%, for: 4s"
                    )
                    .replacing("above: 2x baseline, for: 10s", with: "above: 2x baseline, for: 4s")
                    .replacing("thresholds:\n", with: "thresholds:\n  evidence: { warm-up: 1s }\n")
                }
            }
            try await Stack.with(prepare: prepare) { stack in
                let wire = try FaultyWire(stack)
                try await stack.lightlySteady()
                try stack.setCourse([
                    "smoke", "weight: 50%", "bake: { for: 10s, requests: 20, otherwise: smoke }", "weight: 100%",
                ])
                try await body(stack, wire)
            }
        }

        private func expectTakenBack(_ rollout: Followed, for signal: String) throws {
            #expect(rollout.exit == 5, "\(rollout)")
            let finished = try #require(rollout.finished, "\(rollout)")
            let verdict = finished.verdicts.first { $0.verdict == "fail" }
            #expect(verdict?.signal == signal && verdict?.service == "api", "\(rollout)")
        }
    }
}

extension JournalEntry {
    /// Whether signals were looked at.
    var isLook: Bool { if case .sampled = event { true } else { false } }
}

extension Stack {
    func wait(
        for id: String, _ what: String, until isSo: @Sendable @escaping ([JournalEntry]) async throws -> Bool
    ) async throws {
        let came = try await eventually(within: .seconds(180)) { try await isSo(try await journal(id)) }
        let shown = try await tidegate("show", id).output
        try #require(came, "\(what): \(shown)")
    }

    /// So many looks from now on decide nothing, and the rollout stays where it is.
    func expectHold(_ id: String, looks: Int) async throws {
        let before = try await journal(id)
        try await wait(for: id, "\(looks) looks") { $0.dropFirst(before.count).count(where: \.isLook) >= looks }
        let since = try await journal(id).dropFirst(before.count)
        let shown = try await tidegate("show", id).output
        #expect(since.allSatisfy { $0.stage == before.last?.stage }, "\(shown)")
        #expect(since.allSatisfy { $0.outcome == nil }, "\(shown)")
    }
}
