import Analysis
import Foundation
import TestSupport
import Testing

/// The mixture over a Beta distribution that is cut off at what is allowed, by summing it over 400 slices: what the
/// literature has for an absolute limit, to compare with.
private struct TruncatedBetaTest {
    private var logs: [Double]
    private let hit: [Double]
    private let miss: [Double]
    private let allowed: Double

    init(allowed: Double, a: Double, b: Double) {
        self.allowed = allowed
        let start = log(allowed / (1 - allowed))
        let points = (0..<400).map { 1 / (1 + exp(-(start + (Double($0) + 0.5) * (20 - start) / 400))) }
        // On the scale of the log odds, a Beta density is p^a (1 − p)^b.
        let weights = points.map { pow($0, a) * pow(1 - $0, b) }
        let sum = weights.reduce(0, +)
        logs = weights.map { log(max($0 / sum, 1e-300)) }
        hit = points.map { log($0 / allowed) }
        miss = points.map { log((1 - $0) / (1 - allowed)) }
    }

    mutating func observe(_ count: ArmCount) {
        for index in logs.indices {
            logs[index] += Double(count.errors) * hit[index] + Double(count.requests - count.errors) * miss[index]
        }
    }

    var logE: Double {
        let largest = logs.max()!
        return largest + log(logs.reduce(0) { $0 + exp($1 - largest) })
    }
}

@Suite(.timeLimit(.minutes(1))) struct AbsoluteRateTestTests {
    @Test func `a rate below what is allowed gives no evidence, one above it does`() {
        var good = AbsoluteRateTest(allowed: 0.05)
        var bad = AbsoluteRateTest(allowed: 0.05)
        for _ in 0..<20 {
            good.observe(.init(requests: 100, errors: 4))
            bad.observe(.init(requests: 100, errors: 20))
        }
        #expect(good.logE < 0)
        #expect(bad.logE > log(1_000))
    }

    @Test func `two requests that fail where one in a thousand may are enough`() {
        var test = AbsoluteRateTest(allowed: 0.001)
        test.observe(.init(requests: 1, errors: 1))
        #expect(test.logE < log(1_000))
        test.observe(.init(requests: 1, errors: 1))
        #expect(test.logE >= log(1_000))
    }

    @Test func `a release at what is allowed fails less often than alpha says`() {
        var random = SplitMix(seed: 11)
        let failed = (0..<300).count { _ in
            var test = AbsoluteRateTest(allowed: 0.01)
            return (0..<300).contains { _ in
                test.observe(.init(requests: 25, errors: random.binomial(25, 0.01)))
                return test.logE >= log(100)
            }
        }
        #expect(failed <= 3)
    }

    /// Why the mixture over a Beta distribution is not what Tidegate uses.
    @Test(arguments: [(0.001, 0.005), (0.001, 0.1), (0.01, 0.02), (0.01, 0.1), (0.05, 0.1), (0.05, 0.25)])
    func `is as fast as a mixture over a Beta distribution`(_ allowed: Double, _ rate: Double) {
        var random = SplitMix(seed: 12)
        var ours: [Int64] = []
        var flat: [Int64] = []
        var steep: [Int64] = []
        for _ in 0..<15 {
            var grid = AbsoluteRateTest(allowed: allowed)
            var uniform = TruncatedBetaTest(allowed: allowed, a: 1, b: 1)
            var jeffreys = TruncatedBetaTest(allowed: allowed, a: 0.5, b: 0.5)
            var decided: (Int64?, Int64?, Int64?)
            for tick in 1...300 as ClosedRange<Int64> {
                let count = ArmCount(requests: 25, errors: random.binomial(25, rate))
                grid.observe(count)
                uniform.observe(count)
                jeffreys.observe(count)
                if decided.0 == nil, grid.logE >= log(1_000) { decided.0 = tick }
                if decided.1 == nil, uniform.logE >= log(1_000) { decided.1 = tick }
                if decided.2 == nil, jeffreys.logE >= log(1_000) { decided.2 = tick }
                if decided.0 != nil, decided.1 != nil, decided.2 != nil { break }
            }
            ours.append(decided.0 ?? 300)
            flat.append(decided.1 ?? 300)
            steep.append(decided.2 ?? 300)
        }
        #expect(ours.median <= flat.median)
        #expect(ours.median <= steep.median)
        let sums = [ours, flat, steep].map { $0.reduce(0, +) }
        #expect(sums[0] * 10 <= min(sums[1], sums[2]) * 11, "\(sums)")
    }
}
