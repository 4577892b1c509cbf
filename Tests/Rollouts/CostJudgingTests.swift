import Analysis
import Definitions
import Storage
import TestSupport
import Testing

@testable import Rollouts

/// What jobs cost, from the looks to the verdict and to the next baseline.
@Suite(.timeLimit(.minutes(1)))
struct CostJudgingTests {
    /// Two jobs a look of the new bundle at that cost, and eight of the old one at $0.015; folded from a journal.
    private func bake(_ cost: Double, looks: Int) async throws -> (rollout: Rollout, replay: Replay) {
        let folder = try TemporaryFolder()
        let database = try Databases.open(address: "sqlite:\(folder.file("journal.sqlite"))")
        try await RolloutSchema.migrator.migrate(database, now: 0)
        let result = try await database.write { connection in
            let lease = try Lease.acquire(
                environment: "dev", holder: "a", purpose: "r", for: .seconds(9_000), now: Timestamp(microseconds: 0),
                connection)
            var journaled = Rollout(id: "r")
            var hand = try Hand(steps: [
                .weight(20), .bake(.seconds(600), evidence: Evidence(minimumRequests: 400)), .weight(100),
            ])
            hand.course.baselines["api"] = LatencyBaseline(
                quantile: 0.95, milliseconds: 10, samples: 500, bundle: hand.course.to,
                costs: JobCosts(
                    histogram: LatencyHistogram([(upTo: 0.012, count: 0), (upTo: 0.015, count: 500)]),
                    nanodollars: 7_500_000_000))
            hand.taken = { event, at in
                journaled = try Journal.step(journaled, event, at: at, lease: lease, connection).rollout
            }
            try hand.restart()
            try hand.pass()
            try hand.ready(hand.course.to)
            try hand.shift(20)
            var look: Int64 = 0
            func sample(_ hand: Hand) throws -> Event {
                look += 1
                let arms = [(hand.course.to, look * 2, cost), (try #require(hand.course.from), look * 8, 0.015)]
                let told = arms.map { bundle, jobs, cost in
                    SignalSample.Arm(
                        bundle: bundle, requests: jobs, errors: 0, latency: [.init(upTo: 10, count: jobs)],
                        instances: 2, ready: 2, healthFailures: 0, restarts: 0,
                        costs: JobCosts(
                            histogram: LatencyHistogram([
                                (upTo: 0.015, count: cost > 0.015 ? 0 : jobs),
                                (upTo: 0.033, count: cost > 0.015 ? jobs : 0),
                            ]), nanodollars: Int64(cost * 1e9) * jobs))
                }
                let at = Timestamp(microseconds: (hand.seconds + 1) * 1_000_000)
                return .sampled(
                    .init(action: hand.key, sample: SignalSample(service: "api", at: at, epoch: "1", arms: told)))
            }
            while hand.rollout.stage.name == "analysing", look < looks {
                hand.seconds += 2
                try hand.take(sample(hand))
            }
            if hand.rollout.stage.name == "shifting" {
                try hand.shift(100)
                try hand.smoke(true, .final)
                while hand.rollout.stage == .baking { try hand.take(sample(hand)) }
            }
            return (hand.rollout, try Journal.replay("r", connection))
        }
        await database.close()
        return result
    }

    @Test func `a release that doubles what a job costs goes back, says so in dollars, and comes out the same again`()
        async throws
    {
        let (rollout, replay) = try await bake(0.031, looks: 60)
        #expect(rollout.turn?.cause == .verdict)
        let verdict = try #require(rollout.verdicts.first)
        #expect(verdict.signal == "cost" && verdict.verdict == .fail)
        #expect(verdict.why.hasPrefix("api: $0.031 a job against $0.015 of the old bundle's, of "))
        #expect(replay.isSame && replay.items.map(\.recorded) == [verdict])
    }

    @Test func `one that costs what the old one does is recorded with its costs, and the plan shows them`() async throws
    {
        let (rollout, replay) = try await bake(0.015, looks: 400)
        #expect(rollout.outcome == .succeeded && replay.isSame)
        let measured = try #require(rollout.measured["api"])
        let costs = try #require(measured.costs)
        #expect(costs.jobs >= 400 && costs.nanodollars == costs.jobs * 15_000_000)
        #expect(measured.line(at: 0.95).contains(", $0.015 a job of \(costs.jobs)"))
        let text = try CanonicalJSON.encode(measured)
        #expect(try CanonicalJSON.decode(LatencyBaseline.self, text) == measured)
    }
}
