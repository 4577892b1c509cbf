import Analysis
import Foundation
import Testing

/// Looks two seconds apart at a healthy service with one further series.
private struct Further {
    var judge: ServiceJudge
    private var seconds: Int64 = 0
    private var requests: Int64 = 0

    init(_ rule: MetricRule) {
        judge = ServiceJudge(service: "worker", rules: JudgeRules(gap: .seconds(10), metrics: [rule]))
    }

    mutating func look(
        _ new: MetricReading?, _ old: MetricReading?, unanswered: String? = nil, after: Int64 = 2
    ) -> (Verdict, ServiceJudge.Assessment) {
        seconds += after
        requests += 20
        func arm(_ reading: MetricReading?) -> Look.Arm {
            Look.Arm(
                requests: requests, errors: 0, instances: 1, ready: 1,
                metrics: reading.map { ["x": $0] })
        }
        let assessment = judge.observe(
            Look(
                at: seconds * 1_000_000, epoch: "1", candidate: arm(new), reference: arm(old),
                unanswered: unanswered.map { ["x": $0] }))
        return (assessment.verdicts.first { $0.signal == "x" }!, assessment)
    }
}

@Suite(.timeLimit(.minutes(1)))
struct MetricTests {
    private func rule(
        _ kind: MetricRule.Kind, _ limit: Double, side: MetricRule.Side = .above, times: Bool = false,
        samples: Int = 1
    ) -> MetricRule {
        MetricRule(
            name: "x", kind: kind, side: side, limit: limit, timesReference: times, lasting: .seconds(20),
            samples: samples)
    }

    @Test func `a breach fails after its time, and one good look ends it`() {
        var further = Further(rule(.value, 5))
        for _ in 0..<10 {
            let (verdict, assessment) = further.look(.init(6), .init(1))
            #expect(verdict.verdict == .notEnoughEvidence && assessment.holds)
        }
        #expect(further.look(.init(5), .init(1)).0.verdict == .pass)
        var ticks = 0
        while further.look(.init(6), .init(1)).0.verdict != .fail { ticks += 1 }
        #expect(ticks == 10)
    }

    @Test func `below is as above, the other way round`() {
        var further = Further(rule(.value, 5, side: .below))
        for _ in 0..<10 { #expect(further.look(.init(4), .init(9)).0.verdict == .notEnoughEvidence) }
        let (verdict, _) = further.look(.init(4), .init(9))
        #expect(verdict.verdict == .fail)
        #expect(verdict.why == "worker: x is 4, and 9 of the old bundle: below 5 for 20 s")
    }

    @Test func `what the old bundle shares never fails, and counts for nothing afterwards`() {
        var further = Further(rule(.value, 5))
        for _ in 0..<100 {
            let (verdict, assessment) = further.look(.init(60), .init(6))
            #expect(verdict.verdict == .notEnoughEvidence && assessment.holds)
        }
        #expect(further.look(.init(60), .init(1)).0.verdict == .notEnoughEvidence)
    }

    @Test func `a factor is of what the old bundle has now`() {
        var further = Further(rule(.value, 1.5, times: true))
        #expect(further.look(.init(14), .init(10)).0.verdict == .pass)
        let (verdict, assessment) = further.look(.init(16), .init(10))
        #expect(verdict.limit == 15 && verdict.verdict == .notEnoughEvidence && assessment.holds)
        let (alone, freed) = further.look(.init(1_000), nil)
        #expect(alone.verdict == .notEnoughEvidence && alone.limit == nil)
        #expect(freed.missing.isEmpty)
    }

    @Test func `nobody to ask is broken telemetry, and no value is too little evidence`() {
        var further = Further(rule(.value, 5))
        _ = further.look(.init(1), .init(1))
        let (broken, held) = further.look(nil, nil, unanswered: "it is down")
        #expect(broken.verdict == .telemetryBroken && held.holds && held.missing.isEmpty)
        let (missing, free) = further.look(nil, .init(1))
        #expect(missing.verdict == .notEnoughEvidence && !free.holds && free.missing == ["x"])
    }

    @Test func `a breach goes on through looks of which nothing is known, without their time`() {
        var further = Further(rule(.value, 5))
        for _ in 0..<8 { _ = further.look(.init(6), .init(1)) }
        for _ in 0..<20 {
            let (verdict, assessment) = further.look(nil, .init(1))
            #expect(verdict.verdict == .notEnoughEvidence && assessment.holds)
        }
        var ticks = 0
        while further.look(.init(6), .init(1)).0.verdict != .fail { ticks += 1 }
        #expect(ticks < 4)
    }

    @Test func `a rate is a second and an instance`() throws {
        var further = Further(rule(.rate, 2))
        var total = 0.0
        var last: Verdict?
        for _ in 0..<6 {
            total += 12
            last = further.look(.init(total, count: 2), .init(total / 6, count: 2)).0
        }
        #expect(try #require(last?.value) == 3)
    }

    @Test func `an average is of what came lately, and needs its observations`() throws {
        var further = Further(rule(.average, 100, samples: 20))
        var (sum, count) = (1_000_000.0, 1_000.0)
        var verdicts: [Verdict] = []
        for _ in 0..<8 {
            sum += 400
            count += 5
            verdicts.append(further.look(.init(sum, count: count), .init(10, count: 1)).0)
        }
        #expect(verdicts[1].verdict == .notEnoughEvidence && verdicts[1].samples == 5)
        #expect(verdicts.last?.verdict == .pass && verdicts.last?.value == 80)
        #expect(verdicts.last?.samples ?? 0 >= 20)
    }

    @Test func `an increase counts from where judging began, also when its counter begins anew`() {
        var further = Further(rule(.increase, 2))
        #expect(further.look(.init(7), .init(7)).0.value == 0)
        #expect(further.look(.init(9), .init(7)).0.verdict == .pass)
        let (verdict, assessment) = further.look(.init(10), .init(7))
        #expect(verdict.value == 3 && assessment.holds)
        #expect(further.look(.init(0), .init(7)).0.value == 0)
        #expect(further.look(.init(1), .init(7)).0.value == 1)
    }

    @Test func `a gap begins the time anew`() {
        var further = Further(rule(.value, 5))
        for _ in 0..<9 { _ = further.look(.init(6), .init(1)) }
        _ = further.look(.init(6), .init(1), after: 60)
        #expect(further.look(.init(6), .init(1)).0.verdict == .notEnoughEvidence)
    }

    @Test func `a judge is stored and goes on the same, and one of before there were further series is read`() throws {
        var further = Further(rule(.rate, 2))
        for total in 1...5 { _ = further.look(.init(Double(total * 9), count: 1), .init(1, count: 1)) }
        var again = further
        again.judge = try JSONDecoder().decode(ServiceJudge.self, from: JSONEncoder().encode(further.judge))
        #expect(again.judge == further.judge)
        #expect(again.look(.init(60, count: 1), nil).0 == further.look(.init(60, count: 1), nil).0)

        let old = ServiceJudge(service: "worker", rules: JudgeRules())
        let text = String(decoding: try JSONEncoder().encode(old), as: UTF8.self)
        #expect(!text.contains("metrics"))
    }
}
