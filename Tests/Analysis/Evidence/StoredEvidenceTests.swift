import Analysis
import Foundation
import TestSupport
import Testing

/// What a verdict rests on is stored as JSON; read again, it leads to the same numbers, to the last bit.
@Suite struct StoredEvidenceTests {
    struct Tick: Codable {
        var candidate: ArmCount
        var reference: ArmCount
        var latency: LatencyHistogram
        var before: LatencyHistogram
    }

    struct Judges: Codable, Equatable {
        var worse = ComparedRateTest()
        var better = ComparedRateTest(.better(than: 1.7))
        var absolute = AbsoluteRateTest(allowed: 0.013)
        var restarts = CountShareTest(share: 0.1)
        var latency: ComparedLatencyTest

        mutating func observe(_ tick: Tick) {
            worse.observe(candidate: tick.candidate, reference: tick.reference)
            better.observe(candidate: tick.candidate, reference: tick.reference)
            absolute.observe(tick.candidate)
            restarts.observe(candidate: tick.candidate.errors, reference: tick.reference.errors)
            latency.observe(candidate: tick.latency, reference: tick.before)
        }

        var bits: [UInt64] {
            let logs = [worse.logE, better.logE, absolute.logE, restarts.logE, latency.logE]
            let combined = CombinedEvidence(logs.map { .init("signal", share: 0.3, logE: $0) })
            return (logs + [combined.logE, combined.least]).map(\.bitPattern)
        }
    }

    private static func again<Value: Codable>(_ value: Value) throws -> Value {
        try JSONDecoder().decode(Value.self, from: JSONEncoder().encode(value))
    }

    @Test(arguments: 1...5 as ClosedRange<UInt64>)
    func `judges and their inputs come back to the bit`(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let ticks = (0..<40).map { _ in
            let new = 1 + random.below(100)
            return Tick(
                candidate: ArmCount(requests: new, errors: random.binomial(new, 0.05)),
                reference: ArmCount(requests: 225, errors: random.binomial(225, 0.02)),
                latency: ComparedLatencyTestTests.histogram(ComparedLatencyTestTests.latencies(20, &random)),
                before: ComparedLatencyTestTests.histogram(ComparedLatencyTestTests.latencies(30, &random)))
        }
        var judges = Judges(latency: ComparedLatencyTest(ComparedLatencyTestTests.thresholds))
        var replayed = try Self.again(judges)
        for (index, tick) in ticks.enumerated() {
            judges.observe(tick)
            // As after a restart in the middle.
            if index == 20 { replayed = try Self.again(replayed) }
            replayed.observe(try Self.again(tick))
            #expect(judges.bits == replayed.bits)
        }
        #expect(try Self.again(judges) == judges)
    }

    @Test func `a service's looks and rules come back, and so does what is concluded of them`() throws {
        var rules = JudgeRules(latencyBaseline: 12.3)
        rules.alpha = 0.0007
        let histogram = LatencyHistogram([(upTo: 10, count: 90), (upTo: 1e300, count: 10)])
        let looks = (0..<20 as Range<Int64>).map { at in
            Look(
                at: at * 2_000_000, epoch: "1",
                candidate: .init(requests: at * 20, errors: at, latency: histogram, instances: 2, ready: 2),
                reference: .init(requests: at * 200, errors: at, instances: 2, ready: 2))
        }
        #expect(try Self.again(rules) == rules)
        #expect(try Self.again(looks) == looks)
        func verdicts(_ rules: JudgeRules, _ looks: [Look]) -> [[Verdict]] {
            var judge = ServiceJudge(service: "api", rules: rules)
            return looks.map { judge.observe($0).verdicts }
        }
        let first = verdicts(rules, looks)
        #expect(first.joined().contains { $0.verdict == .fail })
        #expect(try verdicts(Self.again(rules), Self.again(looks)) == first)
    }

    @Test func `minutes and burn rates come back`() throws {
        var counts = MinuteCounts(minutes: 7)
        for at in -3..<20 as Range<Int64> {
            counts.takes(.init(requests: 10 + at, errors: 1), at: at * 60_000_000)
        }
        #expect(try Self.again(counts) == counts)
        let gate = BurnRateGate(objective: 0.995)
        #expect(try Self.again(gate) == gate)
        let readings = gate.read(counts, at: 19 * 60_000_000)
        #expect(try Self.again(readings) == readings)
        #expect(
            try Self.again(RateInterval(.init(requests: 31, errors: 2))) == RateInterval(.init(requests: 31, errors: 2))
        )
    }

    @Test(arguments: [
        #"{"claim":{"worse":{"than":1}},"mixture":{"ratios":[2,3],"logs":[0]}}"#,
        #"{"claim":{"worse":{"than":1}},"mixture":{"ratios":[],"logs":[]}}"#,
        #"{"claim":{"worse":{"than":1}},"mixture":{"ratios":[-2],"logs":[0]}}"#,
    ]) func `stored evidence that makes no sense is refused`(_ json: String) {
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(ComparedRateTest.self, from: Data(json.utf8))
        }
    }

    @Test func `a stored histogram with a bound too many is refused`() {
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(LatencyHistogram.self, from: Data(#"{"upTo":[1,2],"counts":[3]}"#.utf8))
        }
    }
}
