import Analysis
import Foundation
import Operations
import Rollouts
import Testing

@Suite struct BurnWatchTests {
    private let bundle = Digest(of: Array("v2".utf8))

    private func sample(_ minute: Int64, _ requests: Int64, _ errors: Int64, epoch: String = "1") -> SignalSample {
        SignalSample(
            service: "api", at: Timestamp(microseconds: minute * 60_000_000), epoch: epoch,
            arms: [
                .init(
                    bundle: bundle, requests: requests, errors: errors, latency: [], instances: 1, ready: 1,
                    healthFailures: 0, restarts: 0)
            ])
    }

    @Test func `errors that use up the budget too fast fail, and the verdict can be judged again`() throws {
        var watch = BurnWatch()
        var last: BurnRateGate.Reading?
        for minute in 0..<30 {
            // One in fifty: twenty times what 99.9 % can bear.
            last = watch.observe(
                sample(Int64(minute), Int64(minute) * 500, Int64(minute) * 10), bundle: bundle, availability: 0.999)
        }
        let reading = try #require(last)
        #expect(reading.state == .burning && reading.rule.severity == .page)
        let burn = BurnVerdict(objective: 0.999, reading: reading)
        let verdict = burn.verdict(service: "api")
        #expect(verdict.verdict == .fail && verdict.signal == "burn_rate")
        #expect(verdict.why.hasPrefix("api: 290 of 14500 requests failed in the last 29 min, 20 times as many as"))
        let judge = RecordedJudge(ServiceJudge(service: "api", rules: JudgeRules()))
        let stored = try JSONDecoder().decode(
            JudgedLooks.self, from: JSONEncoder().encode(judge.evidence(for: verdict, burn: burn)))
        #expect(try #require(stored.recomputed()).differences(from: verdict).isEmpty)
    }

    @Test func `what the objective can bear does not, and counters that began anew count from there`() throws {
        var watch = BurnWatch()
        var last: BurnRateGate.Reading?
        for minute in 0..<30 {
            let epoch = minute < 10 ? "1" : "2"
            let errors = minute < 10 ? 0 : 9_000 + Int64(minute) / 10
            last = watch.observe(
                sample(Int64(minute), Int64(minute) * 10_000, errors, epoch: epoch), bundle: bundle,
                availability: 0.999)
        }
        let reading = try #require(last)
        #expect(BurnVerdict(objective: 0.999, reading: reading).verdict(service: "api").verdict == .pass)
    }
}
