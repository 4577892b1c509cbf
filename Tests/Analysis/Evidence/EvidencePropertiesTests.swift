import Analysis
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct EvidencePropertiesTests {
    /// Counts of any size up to 2^40, with none and all failed among them.
    static func count(_ random: inout SplitMix) -> ArmCount {
        let requests = random.below(1 << random.below(41))
        return switch random.below(4) {
        case 0: ArmCount(requests: requests, errors: 0)
        case 1: ArmCount(requests: requests, errors: requests)
        default: ArmCount(requests: requests, errors: random.below(requests + 1))
        }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `evidence is a number for any counts up to 2 to the 40th`(_ seed: UInt64) {
        var random = SplitMix(seed: seed)
        var compared = [ComparedRateTest(), .init(tolerated: 1e3), .init(.better(than: 2)), .init(.better(than: 1e-3))]
        var absolute = [0, 1e-6, 0.05, 1, .nan].map(AbsoluteRateTest.init)
        var shares = [0, 1e-9, 0.1, 1, .nan].map { CountShareTest(share: $0) }
        for _ in 0..<200 {
            let (candidate, reference) = (Self.count(&random), Self.count(&random))
            for index in compared.indices { compared[index].observe(candidate: candidate, reference: reference) }
            for index in absolute.indices { absolute[index].observe(candidate) }
            for index in shares.indices {
                shares[index].observe(candidate: candidate.errors, reference: reference.errors)
            }
            let interval = RateInterval(candidate)
            #expect(0 <= interval.lower && interval.lower <= interval.upper && interval.upper <= 1)
            let logs = compared.map(\.logE) + absolute.map(\.logE) + shares.map(\.logE)
            #expect(logs.allSatisfy { $0.isFinite }, "\(candidate), \(reference): \(logs)")
        }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `latency evidence is a number for any histograms`(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        func histogram() -> LatencyHistogram {
            LatencyHistogram([1, 10, 100, 1e300].map { (upTo: $0, count: Self.count(&random).requests) })
        }
        var test = ComparedLatencyTest(try #require(LatencyThresholds(baseline: histogram())))
        for _ in 0..<50 {
            test.observe(candidate: histogram(), reference: histogram())
            #expect(test.logE.isFinite)
        }
        #expect(test.unread == 0)
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `the order of ticks does not matter, and what is fair of both arms is no evidence`(_ seed: UInt64) {
        var random = SplitMix(seed: seed)
        let ticks = (0..<50).map { _ in
            (
                ArmCount(requests: 1 + random.below(100), errors: random.below(5)),
                ArmCount(requests: 1 + random.below(900), errors: random.below(20))
            )
        }
        var forwards = ComparedRateTest()
        var backwards = ComparedRateTest()
        for (candidate, reference) in ticks { forwards.observe(candidate: candidate, reference: reference) }
        for (candidate, reference) in ticks.reversed() { backwards.observe(candidate: candidate, reference: reference) }
        #expect(abs(forwards.logE - backwards.logE) < 1e-9)

        var same = ComparedRateTest()
        for (count, _) in ticks { same.observe(candidate: count, reference: count) }
        #expect(same.logE <= 0)
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `the mean of evidence lies between the least and the greatest`(_ seed: UInt64) {
        var random = SplitMix(seed: seed)
        let parts = (0..<8).map { CombinedEvidence.Part("\($0)", share: random.uniform(), logE: random.normal() * 1e6) }
        let combined = CombinedEvidence(parts)
        let logs = parts.map(\.logE)
        #expect(combined.least == logs.min())
        #expect(logs.min()! <= combined.logE && combined.logE <= logs.max()!)
    }

    @Test func `what reaches its own share of alpha reaches alpha together`() {
        let loud = CombinedEvidence([.init("errors", share: 3, logE: 7.3), .init("latency", share: 1, logE: -50)])
        #expect(loud.sufficientAlone(alpha: 0.001) == ["errors"])
        #expect(loud.logE >= 6.9078)
        let both = CombinedEvidence([.init("errors", logE: 6.95), .init("latency", logE: 6.95)])
        #expect(both.sufficientAlone(alpha: 0.001) == [])
        #expect(both.logE >= 6.9078)
        let quiet = CombinedEvidence([.init("errors", logE: 7), .init("latency", logE: 0)])
        #expect(quiet.logE < 6.9078)
        #expect(quiet.least == 0)
    }

    @Test func `nothing is no evidence`() {
        let none = CombinedEvidence([.init("errors", share: 0, logE: 100), .init("latency", share: .nan, logE: 100)])
        #expect(none.logE == 0 && none.least == 0 && none.sufficientAlone(alpha: 0.001) == [])
    }
}
