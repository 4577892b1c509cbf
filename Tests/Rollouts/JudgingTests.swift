import Analysis
import Definitions
import Foundation
import Rollouts
import Storage
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)))
struct JudgingTests {
    @Test func `what a bundle was while it proved itself is what the next one is compared with`() async throws {
        let stage = try await Stage()
        #expect(try await stage.rollOut("v1").outcome == .succeeded)
        let measured = try #require(try await stage.engine.baselines(environment: "dev").first)
        let baseline = try #require(measured.inForce?.baseline)
        #expect(measured.service == "api" && measured.measured.map(\.baseline) == [baseline])
        #expect(baseline.samples >= 100 && baseline.histogram?.total == baseline.samples)
        #expect(baseline.count?.requests == baseline.samples && baseline.count?.errors == 0)

        let request = RolloutRequest(environment: "dev", release: "v2", actor: "me")
        let plan = try await stage.engine.plan(request, callerSecrets: [:])
        #expect(plan.services.first?.baseline == baseline.line(at: 0.95))
        let second = try await stage.rollOut("v2")
        #expect(second.course?.baselines == ["api": baseline])
        #expect(second.outcome == .succeeded)
        let both = try #require(try await stage.engine.baselines(environment: "dev").first)
        #expect(both.measured.count == 2 && both.inForce?.baseline.bundle == second.toBundle)
        await stage.close()
    }

    @Test func `a baseline that a person sets holds, with the reason, until the next bundle proves itself`()
        async throws
    {
        let stage = try await Stage()
        let first = try await stage.rollOut("v1")
        let bundle = try #require(first.toBundle)
        let set = LatencyBaseline(
            quantile: 0.95, milliseconds: 120, samples: 0, bundle: bundle, setBy: "ann", reason: "an outage")
        _ = try await stage.engine.setBaseline(set, environment: "dev", service: "api")
        let request = RolloutRequest(environment: "dev", release: "v2", actor: "me")
        let plan = try await stage.engine.plan(request, callerSecrets: [:])
        #expect(plan.services.first?.baseline == "p95 120 ms, set by ann: an outage")
        #expect(try await stage.rollOut("v2").course?.baselines["api"] == set)
        let now = try #require(try await stage.engine.baselines(environment: "dev").first?.inForce)
        #expect(now.baseline.setBy == nil)
        await stage.close()
    }

    @Test func `a verdict that took a release back comes out the same to the bit from the journal`() async throws {
        let stage = try await Stage()
        _ = try await stage.rollOut("v1")
        stage.world.state.withLock { $0.errorRates["v2"] = 0.2 }
        let rollout = try await stage.rollOut("v2")
        #expect(rollout.outcome == .rolledBack)
        let replay = try await stage.engine.replay(rollout.id)
        #expect(replay.isSame && replay.looks > 0)
        #expect(replay.items.map(\.recorded) == rollout.verdicts)
        #expect(replay.items.first?.recorded.e != nil)

        // What was recorded otherwise is found.
        try await stage.database.write { connection in
            _ = try connection.execute(
                "UPDATE journal SET entry = REPLACE(entry, '\"samples\":', '\"samples\":1') WHERE rollout = ?",
                [rollout.id])
        }
        let other = try await stage.engine.replay(rollout.id)
        #expect(!other.isSame)
        #expect(other.items.flatMap(\.differences).allSatisfy { $0.hasPrefix("samples: ") })

        // Looks that are no longer kept cannot be judged again, and it says so.
        try await stage.database.write { connection in
            _ = try connection.execute(
                "DELETE FROM journal WHERE rollout = ? AND entry LIKE '%\"type\":\"sampled\"%'", [rollout.id])
        }
        #expect(try await stage.engine.replay(rollout.id).departure?.contains("is gone") == true)
        await stage.close()
    }

    @Test func `thresholds that were recorded before there was a choice are judged as then`() throws {
        var text = String(decoding: try JSONEncoder().encode(Thresholds()), as: UTF8.self)
        text = text.replacing(/"evidence":\{[^}]*\},?/, with: "").replacing(",}", with: "}")
        let old = try JSONDecoder().decode(Thresholds.self, from: Data(text.utf8))
        #expect(old.evidence == nil && old.minimumRequests == 20)
        let rules = JudgeRules(old, baseline: nil, services: 2, gap: .seconds(10))
        #expect(rules.evidence == nil && rules.alpha == 0.001)
        #expect(JudgeRules(Thresholds(), baseline: nil, services: 2, gap: .seconds(10)).alpha == 0.000_5)
    }

    /// A canary with a baseline, at its bake.
    private func baking(early: Bool) throws -> Hand {
        let bake = StrategyStep.bake(
            .seconds(3_600), evidence: Evidence(minimumRequests: 1_000, early: early))
        var hand = try Hand(steps: [.weight(20), bake, .weight(100)])
        let histogram = LatencyHistogram([(upTo: 8, count: 500), (upTo: 20, count: 0), (upTo: 30, count: 500)])
        hand.course.baselines["api"] = LatencyBaseline(
            quantile: 0.95, milliseconds: 29, samples: 1_000, bundle: hand.course.to, histogram: histogram)
        try hand.pass()
        try hand.ready(hand.course.to)
        try hand.shift(20)
        return hand
    }

    /// So many looks, at each of which the arms have answered so many requests more, half of them slowly.
    private func look(_ hand: inout Hand, _ count: Int, from start: Int = 0, requests: Int64) throws {
        let from = try #require(hand.course.from)
        for index in start..<(start + count) where hand.rollout.stage.name == "analysing" {
            func arm(_ bundle: Digest, _ share: Int64) -> SignalSample.Arm {
                let total = Int64(index + 1) * requests * share
                return .init(
                    bundle: bundle, requests: total, errors: 0,
                    latency: [
                        .init(upTo: 8, count: total / 2), .init(upTo: 20, count: 0), .init(upTo: 30, count: total / 2),
                    ], instances: 2, ready: 2, healthFailures: 0, restarts: 0)
            }
            let sample = SignalSample(
                service: "api", at: Timestamp(microseconds: hand.seconds * 1_000_000), epoch: "1",
                arms: [arm(hand.course.to, 1), arm(from, 4)])
            try hand.take(.sampled(.init(action: hand.key, sample: sample)))
        }
    }

    @Test func `a step that may leaves early once the release is proved good, and never before its requests`() throws {
        var hand = try baking(early: true)
        try look(&hand, 5, requests: 100)
        #expect(hand.rollout.stage.name == "analysing")
        try look(&hand, 300, from: 5, requests: 100)
        #expect(hand.rollout.stage.name == "shifting")
        #expect(hand.rollout.notes.last?.contains("there is evidence that the release is good") == true)
        #expect(hand.seconds < 300)

        var patient = try baking(early: false)
        try look(&patient, 300, requests: 100)
        #expect(patient.rollout.stage.name == "analysing")
    }
}
