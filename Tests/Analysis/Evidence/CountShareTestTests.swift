import Analysis
import Foundation
import TestSupport
import Testing

@Suite struct CountShareTestTests {
    /// Golden values of an independent implementation.
    @Test(arguments: [(10, 20, 1.509498639), (3, 27, -0.133125068)] as [(Int64, Int64, Double)])
    func `gives the golden values`(_ candidate: Int64, _ reference: Int64, _ expected: Double) {
        var test = CountShareTest(share: 0.1)
        for _ in 0..<candidate { test.observe(candidate: 1, reference: 0) }
        test.observe(candidate: 0, reference: reference)
        #expect(abs(test.logE - expected) < 1e-8)
    }

    @Test func `fewer than its share is evidence as well, but not of more`() {
        var test = CountShareTest(share: 0.5)
        test.observe(candidate: 0, reference: 60)
        #expect(test.logE > log(1_000))
        #expect(!test.isMore)
        test = CountShareTest(share: 0.5)
        test.observe(candidate: 60, reference: 0)
        #expect(test.logE > log(1_000))
        #expect(test.isMore)
    }

    @Test func `its own share of restarts fails less often than alpha says`() {
        var random = SplitMix(seed: 30)
        let failed = (0..<300).count { _ in
            var test = CountShareTest(share: 0.25)
            return (0..<200).contains { _ in
                let candidate = random.binomial(3, 0.25)
                test.observe(candidate: candidate, reference: 3 - candidate)
                return test.isMore && test.logE >= log(100)
            }
        }
        #expect(failed <= 3)
    }
}

@Suite struct RateIntervalTests {
    /// Golden values of the paper's authors' library.
    @Test(
        arguments: [(700, 1_000, 100, 0.651629, 0.745949), (15, 50, 50, 0.129556, 0.511896)]
            as [(Int64, Int64, Double, Double, Double)])
    func `gives the golden values`(
        _ errors: Int64, _ requests: Int64, _ tightestAt: Double, _ lower: Double, _ upper: Double
    ) {
        let interval = RateInterval(.init(requests: requests, errors: errors), tightestAt: tightestAt)
        #expect(abs(interval.lower - lower) < 2e-6)
        #expect(abs(interval.upper - upper) < 2e-6)
    }

    @Test func `no errors and nothing but errors leave one side open`() {
        let none = RateInterval(.init(requests: 40, errors: 0))
        #expect(none.lower == 0 && none.upper > 0.05 && none.upper < 0.3)
        let all = RateInterval(.init(requests: 40, errors: 40))
        #expect(all.upper == 1 && abs(all.lower - (1 - none.upper)) < 1e-9)
    }

    @Test(arguments: [(0, 0), (5, 3), (0, -4)] as [(Int64, Int64)])
    func `counts that show nothing allow every rate`(_ errors: Int64, _ requests: Int64) {
        let interval = RateInterval(.init(requests: requests, errors: errors))
        #expect(interval.lower == 0 && interval.upper == 1)
    }

    @Test func `more of the same narrows it around the rate`() {
        var width = 1.0
        for scale in [1, 10, 100, 1_000, 1 << 30] as [Int64] {
            let interval = RateInterval(.init(requests: 20 * scale, errors: scale))
            #expect(interval.lower < 0.05 && 0.05 < interval.upper)
            #expect(interval.upper - interval.lower < width)
            width = interval.upper - interval.lower
        }
        #expect(width < 1e-4)
    }

    @Test func `it holds the true rate at every look`() {
        var random = SplitMix(seed: 31)
        let missed = (0..<60).count { _ in
            var count = ArmCount(requests: 0, errors: 0)
            return (0..<40).contains { _ in
                count = count + ArmCount(requests: 10, errors: random.binomial(10, 0.1))
                let interval = RateInterval(count)
                return interval.lower > 0.1 || interval.upper < 0.1
            }
        }
        #expect(missed <= 3)
    }
}
