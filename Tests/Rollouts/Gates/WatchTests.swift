import Analysis
import Definitions
import Rollouts
import Storage
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct `The watch after a rollout` {
    private let day = Duration.seconds(86_400)

    private func close(_ stage: Stage, at now: Timestamp, after length: Duration) async throws -> [WatchSummary] {
        try await stage.database.write { try WatchRecord.close(environment: "dev", length: length, now: now, $0) }
    }

    @Test func `ends once, with what the release did and whether a verdict failed`() async throws {
        let stage = try await Stage()
        let rollout = try await stage.rollOut("v1")
        let ended = try #require(rollout.endedAt)
        let release = try await stage.database.read { try ReleaseRecord.release("v1", $0) }.digest
        try await stage.database.write { connection in
            for (hours, errors) in [(-2, 50), (1, 3), (30, 70)] as [(Int, Int64)] {
                let then = ended + .seconds(hours * 3_600)
                try TrafficRecord.add(
                    TrafficSum(requests: 1_000, errors: errors, timed: 1_000, slow: 20), environment: "dev",
                    service: "api", now: then, connection)
                try TrafficRecord.breach(
                    environment: "dev", release: release, why: "api: slow", now: then, connection)
            }
        }
        #expect(try await close(stage, at: ended + .seconds(86_399), after: day).isEmpty)
        let over = try await close(stage, at: ended + day, after: day)
        let summary = try #require(over.first)
        #expect(over.count == 1)
        #expect(summary.release == "v1" && summary.until == ended + day && summary.endedBy == nil)
        let expected = TrafficSum(requests: 1_000, errors: 3, timed: 1_000, slow: 20)
        #expect(summary.services == [.init(service: "api", traffic: expected)])
        #expect(summary.breaches?.minutes == 1 && summary.breaches?.why == "api: slow")
        #expect(try await close(stage, at: ended + day + day, after: day).isEmpty)
        #expect(try await stage.database.read { try WatchRecord.summary(of: rollout.id, $0) } == summary)
        await stage.close()
    }

    @Test func `ends when the next release takes its place, and not for one that was taken back`() async throws {
        let stage = try await Stage()
        let first = try await stage.rollOut("v1")
        stage.world.state.withLock { $0.errorRates["v2"] = 1 }
        let bad = try await stage.rollOut("v2")
        #expect(bad.outcome == .rolledBack)
        let began = try #require(bad.endedAt)
        #expect(try await close(stage, at: began, after: day).isEmpty)
        let next = try await stage.rollOut("v3", reason: "the index is there now")
        #expect(next.outcome == .succeeded)
        let over = try await close(stage, at: try #require(next.endedAt), after: day)
        #expect(over.map(\.rollout) == [first.id])
        #expect(over.first?.endedBy == next.id && over.first?.until == next.startedAt)
        await stage.close()
    }
}

@Suite struct `What an incident counts` {
    @Test func `clients that met a failure count once in a look, over new epochs`() throws {
        var hand = try Hand(steps: [.weight(10), .bake(.seconds(9_000), evidence: Evidence()), .weight(100)])
        try hand.pass()
        try hand.ready(hand.course.to)
        try hand.shift(10)
        func look(_ epoch: String, failed: Int64?, number: Int64) throws {
            let arm = SignalSample.Arm(
                bundle: hand.course.to, requests: number * 10, errors: number, latency: [], instances: 2, ready: 2,
                healthFailures: 0, restarts: 0,
                clients: failed.map { ArmCount(requests: number * 8, errors: $0) })
            let now = Timestamp(microseconds: (hand.seconds + 1) * 1_000_000)
            let sample = SignalSample(service: "api", at: now, epoch: epoch, arms: [arm])
            try hand.take(.sampled(.init(action: hand.key, sample: sample)))
        }
        func clients(_ hand: Hand) -> Int64? { hand.rollout.incidentCosts.first { $0.service == "api" }?.clients }
        try look("a", failed: nil, number: 1)
        #expect(clients(hand) == nil)
        try look("a", failed: 1, number: 2)
        try look("a", failed: 3, number: 3)
        try look("b", failed: 2, number: 1)
        #expect(clients(hand) == 5)
    }
}
