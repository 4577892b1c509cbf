import Definitions
import Foundation
import Ledger
import Rollouts
import Secrets
import Storage
import Synchronization
import TestSupport
import Testing

@testable import ControlPlane

/// The limits of the environment's file through whole rollouts of the running engine.
@Suite(.timeLimit(.minutes(3))) struct `A rollout's limits` {
    private struct Bench {
        let world: EngineWorld

        init() async throws {
            world = try EngineWorld(alerts: "")
            try await world.openBooks()
            for service in ["api", "worker"] {
                let contract = try String(
                    contentsOfFile: world.folder.file("contracts/\(service).json"), encoding: .utf8)
                try world.folder.write(
                    "artifacts/\(service)/artifact.json", #"{"command":["./run"],"contract":\#(contract)}"#)
            }
        }

        func write(limit: Int) throws {
            try world.folder.write(
                "environments/dev.yaml",
                """
                environment: dev
                extends: shared.yaml
                services: { api: { strategy: plain }, worker: { strategy: plain } }
                strategies: { plain: [{ weight: 100% }] }
                smoke: []
                secrets:
                  DATABASE_URL: { from: literal, value: "\(world.ledger)" }
                  OPENAI_API_KEY: { from: generated, bytes: 32 }
                budgets: { total: { limit: \(limit) USD, per: day } }

                """)
        }

        /// Of everything, a day, in dollars.
        func limit() async throws -> Int64? {
            let ledger = try Databases.open(address: world.ledger)
            let now = world.clock.now.microseconds
            let limit = try await ledger.read { try Ledger.budget(of: Ledger.total, on: $0, at: now)?.limit }
            await ledger.close()
            return limit.map { $0.count / 1_000_000_000 }
        }

        /// Looks on until the limit is that.
        func becomes(_ limit: Int64, _ engine: RunningEngine) async throws {
            let isSet = try await eventually {
                try await engine.later(.seconds(1))
                return try await self.limit() == limit
            }
            let now = try await self.limit()
            try #require(isSet, "\(String(describing: now))")
        }

        /// Records a release with the limit in the file, and begins to roll it out.
        func begin(_ release: String, limit: Int, _ engine: RunningEngine) async throws -> String {
            try write(limit: limit)
            let _: ReleaseDocument = try await engine.client.post(
                "/api/v1/releases",
                ReleaseBody(
                    version: release, from: world.folder.file("artifacts"),
                    defaults: ["LOG_LEVEL": release == "v1" ? "info" : "debug"]))
            let started: StartedDocument = try await engine.client.post(
                "/api/v1/environments/dev/rollouts", RolloutBody(release: release))
            return started.rollout
        }

        func ends(_ rollout: String, _ outcome: String, _ engine: RunningEngine) async throws {
            let path = "/api/v1/rollouts/\(rollout)"
            _ = try await eventually {
                try await engine.later(.seconds(1))
                let now: RolloutDocument = try await engine.client.get(path)
                return now.outcome != nil
            }
            let end: RolloutDocument = try await engine.client.get(path)
            try #require(end.outcome == outcome, "\(end)")
        }

        func changes(_ engine: RunningEngine) async throws -> [LimitChangeDocument] {
            try await engine.client.get("/api/v1/environments/dev/limits/changes")
        }
    }

    @Test func `are its own from its beginning, and those of before when it is taken back`() async throws {
        let bench = try await Bench()
        try await RunningEngine.run(in: bench.world) { engine in
            let first = try await bench.begin("v1", limit: 25, engine)
            try await bench.ends(first, "succeeded", engine)
            try await bench.becomes(25, engine)
            bench.world.machine.starts("v2", .waiting)
            let second = try await bench.begin("v2", limit: 40, engine)
            try await bench.becomes(40, engine)
            // Of another day, and nobody's yet.
            try bench.write(limit: 60)
            bench.world.machine.starts("v2", .failing)
            try await bench.ends(second, "rolled_back", engine)
            try await bench.becomes(25, engine)
            let changes = try await bench.changes(engine)
            #expect(changes.first?.reason.hasSuffix("as before rollout \(second)") == true, "\(changes)")
            #expect(changes.map { $0.after?.limit } == ["25.000000000", "40.000000000", "25.000000000"])
        }
    }

    @Test func `are those of the bundle that a rollback leads to, though its file has gone on`() async throws {
        let bench = try await Bench()
        try await RunningEngine.run(in: bench.world) { engine in
            for (release, limit) in [("v1", 25), ("v2", 40)] {
                let rollout = try await bench.begin(release, limit: limit, engine)
                try await bench.ends(rollout, "succeeded", engine)
                try await bench.becomes(Int64(limit), engine)
                // So that what stands is on record before the next begins.
                for _ in 0..<10 { try await engine.later(.seconds(1)) }
            }
            try bench.write(limit: 60)
            let back: StartedDocument = try await engine.client.post(
                "/api/v1/environments/dev/rollback", RollbackBody(reason: "a feeling"))
            try await bench.ends(back.rollout, "rolled_back", engine)
            try await bench.becomes(25, engine)
            let changes = try await bench.changes(engine)
            #expect(changes.first?.reason.contains(back.rollout) == true, "\(changes)")
        }
    }

    @Test(arguments: [(IdleGround.Start.failing, "rolled_back", 25), (.ready, "succeeded", 40)])
    func `are the same when the control plane is killed in its middle and started again, and stand after it`(
        start: IdleGround.Start, outcome: String, limit: Int64
    ) async throws {
        let bench = try await Bench()
        let rollout = Mutex("")
        try await RunningEngine.run(in: bench.world, end: .cutOff) { engine in
            let first = try await bench.begin("v1", limit: 25, engine)
            try await bench.ends(first, "succeeded", engine)
            try await bench.becomes(25, engine)
            for _ in 0..<10 { try await engine.later(.seconds(1)) }
            bench.world.machine.starts("v2", .waiting)
            let second = try await bench.begin("v2", limit: 40, engine)
            rollout.withLock { $0 = second }
            try await bench.becomes(40, engine)
        }
        // Somebody writes what is for the next one.
        try bench.write(limit: 60)
        let second = rollout.withLock(\.self)
        try await RunningEngine.run(in: bench.world) { engine in
            for _ in 0..<10 { try await engine.later(.seconds(1)) }
            #expect(try await bench.limit() == 40)
            bench.world.machine.starts("v2", start)
            try await bench.ends(second, outcome, engine)
            try await bench.becomes(limit, engine)
            let changes = try await bench.changes(engine)
            let ending = outcome == "succeeded" ? "with rollout \(second) to v2" : "as before rollout \(second)"
            #expect(changes.first?.reason.hasSuffix(ending) == true, "\(changes)")
        }
        try await RunningEngine.run(in: bench.world) { engine in
            for _ in 0..<10 { try await engine.later(.seconds(1)) }
            #expect(try await bench.limit() == limit)
            let changes = try await bench.changes(engine)
            #expect(changes.count == (outcome == "succeeded" ? 2 : 3), "\(changes)")
        }
    }
}
