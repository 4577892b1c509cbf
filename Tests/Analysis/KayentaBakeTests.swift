import Analysis
import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct KayentaBakeTests {
    /// A judge that has looked for an hour, two seconds apart, at 20 requests of the new bundle and 180 of the old one.
    private func hour(
        new: Double, old: Double, seed: UInt64, oldRequests: Int64 = 180, metrics: [MetricRule]? = nil
    ) -> ServiceJudge {
        var rules = JudgeRules(evidence: nil, metrics: metrics)
        rules.keepsMinutes = true
        var judge = ServiceJudge(service: "api", rules: rules)
        var random = SplitMix(seed: seed)
        var (candidate, reference) = (ArmCount(requests: 0, errors: 0), ArmCount(requests: 0, errors: 0))
        func arm(_ count: ArmCount) -> Look.Arm {
            Look.Arm(
                requests: count.requests, errors: count.errors,
                latency: LatencyHistogram([(upTo: 10, count: count.requests)]), instances: 1, ready: 1)
        }
        for tick in 0...1_800 {
            for _ in 0..<20 {
                candidate = candidate + ArmCount(requests: 1, errors: random.chance(new) ? 1 : 0)
            }
            for _ in 0..<oldRequests {
                reference = reference + ArmCount(requests: 1, errors: random.chance(old) ? 1 : 0)
            }
            _ = judge.observe(
                Look(at: Int64(tick) * 2_000_000, epoch: "1", candidate: arm(candidate), reference: arm(reference)))
        }
        return judge
    }

    @Test func `a release as good as the old one passes, and one with four times the errors fails`() throws {
        var same = hour(new: 0.02, old: 0.02, seed: 7)
        let first = same.kayentaVerdict(.init())
        let pass = try #require(first)
        #expect(pass.verdict == .pass && pass.value == 100 && pass.samples == 60)
        #expect(pass.why.contains("of 100 for 60 minutes: error_rate Pass, latency Pass; 95 passes, below 75 fails"))
        var worse = hour(new: 0.04, old: 0.01, seed: 7)
        let second = worse.kayentaVerdict(.init())
        let fail = try #require(second)
        #expect(fail.verdict == .fail && fail.value == 50 && fail.limit == 95)
        #expect(fail.why.contains("error_rate High (0.04") && fail.why.contains("against 0.01"), "\(fail.why)")
        var marginal = hour(new: 0.04, old: 0.01, seed: 7)
        let third = marginal.kayentaVerdict(.init(pass: 95, marginal: 50))
        #expect(third?.verdict == .notEnoughEvidence && third?.value == 50)
        var critical = hour(new: 0.04, old: 0.01, seed: 7)
        let fourth = critical.kayentaVerdict(.init(pass: 95, marginal: 50, critical: ["error_rate"]))
        #expect(
            fourth?.verdict == .fail && fourth?.value == 0 && fourth?.why.contains("error_rate is critical") == true)
    }

    @Test func `it is asked once a minute at most`() {
        var judge = hour(new: 0.02, old: 0.02, seed: 7)
        let answers = [judge.kayentaVerdict(.init()), judge.kayentaVerdict(.init())]
        #expect(answers.map { $0 == nil } == [false, true])
        judge.beginStep()
        let begun = judge.kayentaVerdict(.init())
        #expect(begun == nil)
        var unasked = ServiceJudge(service: "api", rules: JudgeRules())
        let nothing = unasked.kayentaVerdict(.init())
        #expect(nothing == nil)
    }

    @Test func `no data is broken telemetry, a part of it does not count, and required data fails`() {
        func verdict(_ terms: KayentaBake.Terms, oldRequests: Int64 = 0) -> Verdict? {
            var alone = hour(new: 0.02, old: 0, seed: 7, oldRequests: oldRequests)
            return alone.kayentaVerdict(terms)
        }
        let missing = verdict(.init())
        #expect(missing?.verdict == .telemetryBroken && missing?.value == 0)
        #expect(missing?.why.contains("error_rate Nodata, latency Nodata; 2 of 2 series have no data") == true)
        let required = verdict(.init(required: ["error_rate", "latency"]))
        #expect(required?.verdict == .fail && required?.value == 0)
        #expect(required?.why.contains("error_rate NodataFailMetric, latency NodataFailMetric") == true)
    }

    @Test func `a further series without a number is one without data, and does not count unless it is required`() {
        func verdict(_ terms: KayentaBake.Terms) -> Verdict? {
            let rule = MetricRule(name: "depth", kind: .value, side: .above, limit: 9, lasting: .seconds(60))
            var judge = hour(new: 0.02, old: 0.02, seed: 7, metrics: [rule])
            return judge.kayentaVerdict(terms)
        }
        let lenient = verdict(.init())
        #expect(lenient?.verdict == .pass && lenient?.value == 100 && lenient?.why.contains("depth Nodata") == true)
        let strict = verdict(.init(required: ["depth"]))
        #expect(strict?.verdict == .fail && strict?.value == 66.67)
        #expect(verdict(.init(critical: ["depth"]))?.verdict == .telemetryBroken)
    }

    @Test func `its points are stored to the bit`() throws {
        let judge = hour(new: 0.02, old: 0, seed: 9, oldRequests: 0)
        var again = try JSONDecoder().decode(ServiceJudge.self, from: JSONEncoder().encode(judge))
        var first = judge
        #expect(again == judge)
        let both = [again.kayentaVerdict(.init()), first.kayentaVerdict(.init())]
        #expect(both[0] != nil && both[0] == both[1])
    }
}
