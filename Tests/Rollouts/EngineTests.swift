import Analysis
import Definitions
import Rollouts
import Storage
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct EngineTests {
    @Test func `a healthy release takes over, and the one before is stopped when its window ends`() async throws {
        let stage = try await Stage()
        #expect(try await stage.rollOut("v1").outcome == .succeeded)
        let second = try await stage.rollOut("v2")
        #expect(second.outcome == .succeeded)
        #expect(second.previousRelease == "v1")
        let state = try await stage.engine.state(environment: "dev")
        #expect(state.current?.release == "v2")
        #expect(state.previous?.release == "v1")
        #expect(stage.world.weight("api", "v2") == 100)
        #expect(
            try await eventually {
                let state = try await stage.engine.state(environment: "dev")
                return state.previous == nil && stage.world.state.withLock { $0.groups.count } == 1
            })
        await stage.close()
    }

    @Test func `a release that answers with errors is taken back and blocked`() async throws {
        let stage = try await Stage()
        _ = try await stage.rollOut("v1")
        stage.world.state.withLock { $0.errorRates["v2"] = 0.3 }
        let bad = try await stage.rollOut("v2")
        #expect(bad.outcome == .rolledBack)
        #expect(bad.turn?.cause == .verdict)
        #expect(bad.verdicts.first?.signal == "error_rate")
        #expect(stage.world.weight("api", "v1") == 100)
        #expect(try await stage.engine.state(environment: "dev").current?.release == "v1")
        let again = try await stage.rollOut("v2")
        #expect(again.outcome == .refused)
        #expect(again.gates?.refusals.map(\.gate) == [.block, .incident])
        await stage.close()
    }

    @Test func `a release that never becomes ready gets no request, and its log is in the verdict`() async throws {
        let stage = try await Stage()
        _ = try await stage.rollOut("v1")
        stage.world.state.withLock { $0.neverReady = ["v2"] }
        let bad = try await stage.rollOut("v2")
        #expect(bad.outcome == .rolledBack)
        #expect(bad.verdicts.first?.log == ["boom"])
        #expect(stage.world.weight("api", "v2") == nil)
        await stage.close()
    }

    @Test func `a definition with errors is refused before anything is touched`() async throws {
        let stage = try await Stage()
        let finding = Finding(rule: "secret.missing", environment: "dev", place: place, message: "m", fix: "f")
        stage.world.state.withLock { $0.findings = [finding] }
        let refused = try await stage.rollOut("v1")
        #expect(refused.outcome == .refused)
        #expect(refused.findings == [finding])
        #expect(stage.world.state.withLock { $0.groups.isEmpty && $0.applied == 0 })
        await stage.close()
    }

    @Test func `a second rollout is refused while one is under way, naming who has it`() async throws {
        let stage = try await Stage()
        let request = RolloutRequest(environment: "dev", release: "v1", actor: "me")
        let id = try await stage.engine.start(request, callerSecrets: [:])
        let error = await #expect(throws: RolloutError.self) {
            try await stage.engine.start(request, callerSecrets: [:])
        }
        guard case .locked(_, let holder, let rollout, _, let what) = error else {
            return #expect(Bool(false), "\(error!)")
        }
        #expect(holder == "me")
        #expect(what == "rollout of v1")
        #expect(rollout == id)
        _ = try await stage.end(id)
        await stage.close()
    }

    @Test func `an engine that ends in the middle leaves a rollout that the next one finishes`() async throws {
        var stage = try await Stage()
        _ = try await stage.rollOut("v1")
        let request = RolloutRequest(environment: "dev", release: "v2", actor: "me")
        let id = try await stage.engine.start(request, callerSecrets: [:])
        let (engine, world) = (stage.engine, stage.world)
        #expect(await eventually { world.weight("api", "v2") == 20 })
        await engine.shutDown()
        #expect(try await engine.rollout(id).outcome == nil)

        stage.engine = Stage.engine(stage.database, world, stage.clock)
        try await stage.engine.resumeAll(environments: ["dev"])
        #expect(try await stage.end(id).outcome == .succeeded)
        #expect(world.weight("api", "v2") == 100)
        await stage.close()
    }

    @Test func `a person can abort, and roll back what succeeded`() async throws {
        let stage = try await Stage()
        _ = try await stage.rollOut("v1")
        let request = RolloutRequest(environment: "dev", release: "v2", actor: "me")
        let id = try await stage.engine.start(request, callerSecrets: [:])
        let world = stage.world
        #expect(await eventually { world.weight("api", "v2") == 20 })
        let way = try await stage.engine.wayBack(environment: "dev", to: nil)
        #expect(way.turns == id && way.restored == "v1" && way.release == "v2")
        try await stage.engine.abort(id, by: "me", reason: "wrong one")
        #expect(try await stage.end(id).outcome == .aborted)
        try await stage.engine.abort(id, by: "me", reason: "the answer was lost")
        await #expect(throws: RolloutError.finished(rollout: id, outcome: .aborted)) {
            try await stage.engine.pause(id, by: "me", reason: nil)
        }

        #expect(try await stage.rollOut("v3").outcome == .succeeded)
        let settled = try await stage.engine.wayBack(environment: "dev", to: nil)
        #expect(settled.turns == nil && settled.restored == "v1" && settled.release == "v3")
        let back = try await stage.engine.rollback(environment: "dev", to: nil, reason: "so", by: "me")
        let rollback = try await stage.end(back)
        #expect(rollback.outcome == .rolledBack)
        #expect(rollback.kind == .rollback)
        #expect(rollback.release == "v1")
        #expect(try await stage.engine.state(environment: "dev").current?.release == "v1")
        #expect(world.weight("api", "v1") == 100)
        await #expect(throws: RolloutError.nothingToRollBackTo(environment: "dev")) {
            try await stage.engine.rollback(environment: "dev", to: nil, reason: nil, by: "me")
        }
        await stage.close()
    }

    @Test func `a rollout that was aborted is retried from its first step, once, however often it is asked for`()
        async throws
    {
        let stage = try await Stage()
        _ = try await stage.rollOut("v1")
        let request = RolloutRequest(environment: "dev", release: "v2", actor: "me", reason: "ticket 7")
        let first = try await stage.engine.start(request, callerSecrets: [:])
        await #expect(throws: RolloutError.self) {
            _ = try await stage.engine.retry(first, by: "you", reason: nil, callerSecrets: [:])
        }
        try await stage.engine.abort(first, by: "me", reason: nil)
        #expect(try await stage.end(first).outcome == .aborted)
        try await stage.engine.abort(first, by: "me", reason: nil)

        let second = try await stage.engine.retry(first, by: "you", reason: nil, callerSecrets: [:])
        #expect(try await stage.engine.retry(first, by: "you", reason: nil, callerSecrets: [:]) == second)
        let retried = try await stage.end(second)
        #expect(retried.outcome == .succeeded)
        #expect(retried.retries == first)
        #expect(retried.actor == "you")
        #expect(retried.reason == "ticket 7")
        #expect(stage.world.weight("api", "v2") == 100)
        await #expect(throws: RolloutError.self) {
            _ = try await stage.engine.retry(second, by: "you", reason: nil, callerSecrets: [:])
        }
        await stage.close()
    }

    @Test func `with room for one more, instances are exchanged one by one, and one stays warm`() async throws {
        let stage = try await Stage()
        stage.world.state.withLock { ($0.replicas, $0.surge) = (3, 1) }
        _ = try await stage.rollOut("v1")
        let rollout = try await stage.rollOut("v2")
        #expect(rollout.outcome == .succeeded)
        #expect(stage.world.state.withLock { $0.most } == 4)
        let running = stage.world.state.withLock { $0.groups.values.flatMap { $0 } }
        #expect(running.count { $0.release == "v2" } == 3)
        #expect(running.count { $0.release == "v1" } == 1)
        #expect(stage.world.state.withLock { $0.splits["api"]?.arms.map(\.instances.count) } == [1, 3])

        let back = try await stage.engine.rollback(environment: "dev", to: nil, reason: nil, by: "me")
        #expect(try await stage.end(back).outcome == .rolledBack)
        #expect(stage.world.state.withLock { $0.splits["api"]?.arms.map(\.instances.count) }?.contains(3) == true)
        #expect(stage.world.weight("api", "v1") == 100)
        await stage.close()
    }

    @Test func `a rollout that turns back in the middle of an exchange has all old instances before their work`()
        async throws
    {
        let stage = try await Stage()
        stage.world.state.withLock { ($0.replicas, $0.surge) = (3, 1) }
        _ = try await stage.rollOut("v1")
        let world = stage.world
        let request = RolloutRequest(environment: "dev", release: "v2", actor: "me")
        let id = try await stage.engine.start(request, callerSecrets: [:])
        #expect(await eventually(pause: .microseconds(200)) { world.weight("api", "v2") == 33 })
        world.state.withLock { $0.errorRates["v2"] = 1 }
        try await stage.engine.abort(id, by: "me", reason: nil)
        #expect(try await stage.end(id).outcome == .aborted)
        #expect(world.weight("api", "v1") == 100)
        let running = world.state.withLock { $0.groups.values.flatMap { $0 } }
        #expect(running.map(\.release) == ["v1", "v1", "v1"])
        await stage.close()
    }

    @Test func `a paused rollout goes no further until it is resumed`() async throws {
        let stage = try await Stage()
        _ = try await stage.rollOut("v1")
        let request = RolloutRequest(environment: "dev", release: "v2", actor: "me")
        let id = try await stage.engine.start(request, callerSecrets: [:])
        try await stage.engine.pause(id, by: "me", reason: "lunch")
        let engine = stage.engine
        #expect(try await eventually { try await engine.rollout(id).paused != nil })
        let seen = try await stage.engine.rollout(id).stage
        #expect(seen != .ended)
        try await stage.engine.resume(id, by: "me", reason: nil)
        #expect(try await stage.end(id).outcome == .succeeded)
        await stage.close()
    }

    @Test func `an instance that comes back on another port gets its traffic there`() async throws {
        let stage = try await Stage()
        _ = try await stage.rollOut("v1")
        let world = stage.world
        world.state.withLock { state in for key in state.groups.keys { state.groups[key]?[0].port = 31_000 } }
        #expect(
            await eventually {
                world.state.withLock { $0.splits["api"]?.arms.first?.instances.contains { $0.port == 31_000 } ?? false }
            })
        await stage.close()
    }

    @Test func `the same bundle again is nothing to do`() async throws {
        let stage = try await Stage()
        _ = try await stage.rollOut("v1")
        let request = RolloutRequest(environment: "dev", release: "v1", actor: "me")
        #expect(try await stage.engine.plan(request, callerSecrets: [:]).nothingToDo)
        let again = try await stage.rollOut("v1")
        #expect(again.outcome == .succeeded)
        #expect(again.history.map(\.stage) == [.preflight, .ended])
        await stage.close()
    }
}
