import Analysis
import Definitions
import Rollouts
import Synchronization
import Testing

/// Thresholds over series that the environment's file names.
@Suite(.timeLimit(.minutes(2)))
struct FurtherSeriesTests {
    private static let depth = MetricThreshold(
        name: "depth", service: "api", source: .sample(SampleSelector(name: "depth"), .gauge),
        limit: MetricLimit(.above, 10), lasting: .seconds(4))

    private func stage(_ v1: Double?) async throws -> Stage {
        let stage = try await Stage()
        stage.world.state.withLock {
            $0.thresholds = [Self.depth]
            $0.metrics["v1"] = v1.map { ["depth": MetricReading($0)] }
        }
        return stage
    }

    @Test func `a breach for its time takes a release back, and comes out the same from the journal`() async throws {
        let stage = try await stage(1)
        #expect(try await stage.rollOut("v1").outcome == .succeeded)
        stage.world.state.withLock { $0.metrics["v2"] = ["depth": MetricReading(12)] }
        let rollout = try await stage.rollOut("v2")
        #expect(rollout.outcome == .rolledBack)
        let verdict = try #require(rollout.verdicts.first)
        #expect(verdict.signal == "depth" && verdict.verdict == .fail && verdict.value == 12 && verdict.limit == 10)
        #expect(verdict.why.hasPrefix("api: depth is 12, and 1 of the old bundle: above 10 for "))
        let replay = try await stage.engine.replay(rollout.id)
        #expect(replay.isSame && replay.items.map(\.recorded) == rollout.verdicts)
        await stage.close()
    }

    @Test func `what both bundles have too much of takes nothing back`() async throws {
        let stage = try await stage(1)
        _ = try await stage.rollOut("v1")
        stage.world.state.withLock {
            $0.metrics["v1"] = ["depth": MetricReading(40)]
            $0.metrics["v2"] = ["depth": MetricReading(50)]
        }
        let id = try await stage.engine.start(
            RolloutRequest(environment: "dev", release: "v2", actor: "me"), callerSecrets: [:])
        var isSeen = false
        for try await entry in stage.engine.entries(rollout: id, after: 0) {
            guard !isSeen, case .sampled = entry.event else { continue }
            let rollout = try await stage.engine.rollout(id)
            guard let verdict = rollout.latest["api"]?.first(where: { $0.signal == "depth" }) else { continue }
            isSeen = true
            #expect(verdict.verdict == .notEnoughEvidence && verdict.why.contains("the old bundle shares it"))
            stage.world.state.withLock { $0.metrics = ["v1": ["depth": .init(1)], "v2": ["depth": .init(2)]] }
        }
        #expect(isSeen)
        #expect(try await stage.engine.rollout(id).outcome == .succeeded)
        await stage.close()
    }

    @Test func `a source that does not answer neither promotes nor takes back`() async throws {
        let stage = try await stage(1)
        _ = try await stage.rollOut("v1")
        stage.world.state.withLock {
            $0.metrics["v2"] = ["depth": MetricReading(2)]
            $0.unanswered = ["depth": "nobody is there"]
        }
        let id = try await stage.engine.start(
            RolloutRequest(environment: "dev", release: "v2", actor: "me"), callerSecrets: [:])
        var looks = 0
        for try await entry in stage.engine.entries(rollout: id, after: 0) {
            guard case .sampled = entry.event else { continue }
            looks += 1
            // The step asks for 10 s; it has waited for 40 by now.
            guard looks == 20 else { continue }
            let rollout = try await stage.engine.rollout(id)
            #expect(rollout.stage == .analysing(service: "api", step: 2))
            let verdict = rollout.latest["api"]?.first { $0.signal == "depth" }
            #expect(verdict?.verdict == .telemetryBroken && verdict?.why.hasSuffix("nobody is there") == true)
            stage.world.state.withLock { $0.unanswered = nil }
        }
        #expect(looks > 20)
        #expect(try await stage.engine.rollout(id).outcome == .succeeded)
        await stage.close()
    }

    @Test func `a first bundle's plan says what cannot be known, and its instances are asked before traffic`()
        async throws
    {
        let stage = try await stage(1)
        stage.world.state.withLock { $0.unknown = ["api exposes no `depth`, which the threshold `depth` is about."] }
        let plan = try await stage.engine.plan(
            RolloutRequest(environment: "dev", release: "v1", actor: "me"), callerSecrets: [:])
        let note = try #require(plan.notes?.first { $0.hasPrefix("Watched: depth of api, above 10 for 4 s") })
        #expect(note.contains("cannot be known yet"))
        let rollout = try await stage.rollOut("v1")
        #expect(rollout.outcome != .succeeded && rollout.weights["api", default: 0] == 0)
        #expect(rollout.verdicts.first?.why.contains("exposes no `depth`") == true)
        #expect(stage.world.weight("api", "v1") != 100)
        await stage.close()
    }

    @Test func `Kayenta's judge takes a release back at the end of a bake that asks it, and again from the journal`()
        async throws
    {
        let stage = try await stage(1)
        _ = try await stage.rollOut("v1")
        var loose = Self.depth
        loose.limit = MetricLimit(.above, 1_000)
        let evidence = Evidence(minimumRequests: 20, kayenta: KayentaDefinition())
        stage.world.state.withLock {
            $0.thresholds = [loose]
            $0.steps = [.weight(20), .bake(.seconds(330), evidence: evidence), .weight(100)]
            $0.metrics["v2"] = ["depth": MetricReading(5)]
        }
        let plan = try await stage.engine.plan(
            RolloutRequest(environment: "dev", release: "v2", actor: "me"), callerSecrets: [:])
        #expect(plan.services.first?.steps.contains { $0.hasSuffix(", judged by Kayenta (95/75)") } == true)
        let rollout = try await stage.rollOut("v2")
        #expect(rollout.outcome == .rolledBack)
        let verdict = try #require(rollout.verdicts.first)
        #expect(verdict.signal == "kayenta" && verdict.verdict == .fail && verdict.limit == 95)
        #expect(verdict.why.contains("depth High (5 against 1 in the mean), error_rate Pass, latency Pass"))
        #expect(rollout.why == verdict.why)
        #expect(try await stage.engine.replay(rollout.id).isSame)
        await stage.close()
    }

    @Test func `a step without a value of it has not all of its evidence`() async throws {
        let stage = try await stage(1)
        _ = try await stage.rollOut("v1")
        let id = try await stage.engine.start(
            RolloutRequest(environment: "dev", release: "v2", actor: "me"), callerSecrets: [:])
        var waited = false
        for try await entry in stage.engine.entries(rollout: id, after: 0) {
            guard case .sampled = entry.event else { continue }
            let evidence = try await stage.engine.rollout(id).latest["api"]?.first { $0.signal == "evidence" }
            guard let evidence else { continue }
            #expect(evidence.why.contains("there is no value of depth"))
            waited = true
            stage.world.state.withLock { $0.metrics["v2"] = ["depth": MetricReading(2)] }
        }
        #expect(waited)
        #expect(try await stage.engine.rollout(id).outcome == .succeeded)
        await stage.close()
    }
}
