import Analysis
import Foundation
import Testing

@Suite struct RecordedJudgeTests {
    private func look(_ index: Int, errors: Int64) -> Look {
        let count = Int64(index) * 20
        return Look(
            at: Int64(index) * 2_000_000, epoch: "1",
            candidate: .init(
                requests: count, errors: errors, latency: LatencyHistogram([(upTo: 10, count: count)]), instances: 2,
                ready: 2, clients: ArmCount(requests: count, errors: errors)),
            reference: .init(requests: count * 9, errors: 0, instances: 2, ready: 2))
    }

    @Test(arguments: [1, 30, 59, 60, 61, 119, 120, 179, 1_000])
    func `a verdict comes out the same to the bit after any number of looks, from looks that do not grow`(
        _ looks: Int
    ) throws {
        var rules = JudgeRules(latencyBaseline: 8)
        rules.evidence?.thresholds = LatencyThresholds(
            baseline: LatencyHistogram([(upTo: 8, count: 50), (upTo: 10, count: 50)]))
        rules.evidence?.early = true
        rules.evidence?.warmUp = .seconds(10)
        var recorded = RecordedJudge(ServiceJudge(service: "api", rules: rules))
        var last: [Verdict] = []
        for index in 0..<looks { last = recorded.observe(look(index, errors: Int64(index / 7))).verdicts }
        let verdict = try #require(last.first { $0.signal == "error_rate" })
        let evidence = recorded.evidence(for: verdict)
        #expect(evidence.looks.count < 2 * RecordedJudge.span)
        #expect(evidence.looks.count >= min(looks, RecordedJudge.span))
        let stored = try JSONDecoder().decode(JudgedLooks.self, from: JSONEncoder().encode(evidence))
        #expect(stored == evidence)
        let again = try #require(stored.recomputed())
        #expect(again.differences(from: verdict).isEmpty)
        #expect(again == verdict)
    }

    @Test func `what differs is named with both values`() {
        let then = Verdict(signal: "error_rate", service: "api", verdict: .fail, samples: 20, e: 1_400.2, why: "a")
        var now = then
        now.e = 1_400.3
        now.verdict = .pass
        #expect(now.differences(from: then) == ["verdict: fail then, pass now", "e: 1400.2 then, 1400.3 now"])
    }
}
