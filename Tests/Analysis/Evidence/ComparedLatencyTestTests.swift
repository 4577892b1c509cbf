import Analysis
import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct ComparedLatencyTestTests {
    /// Those of HAProxy's log.
    static let bounds: [Double] = [
        1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 120, 150, 200, 250, 300, 400, 500, 600, 800,
        1_000, 1_200, 1_500, 2_000, 5_000, 1e300,
    ]

    static func histogram(_ latencies: [Double]) -> LatencyHistogram {
        var counts = [Int64](repeating: 0, count: bounds.count)
        for latency in latencies { counts[bounds.firstIndex { latency <= $0 }!] += 1 }
        return LatencyHistogram(zip(bounds, counts).map { (upTo: $0, count: $1) })
    }

    /// Lognormal around 50 ms, with a tail as services have it.
    static func latencies(_ count: Int, _ random: inout SplitMix, slower: (Double) -> Double = { _ in 1 }) -> [Double] {
        (0..<count).map { _ in 50 * exp(0.5 * random.normal()) * slower(random.uniform()) }
    }

    static let thresholds: LatencyThresholds = {
        var random = SplitMix(seed: 20)
        return LatencyThresholds(baseline: histogram(latencies(5_000, &random)))!
    }()

    @Test func `thresholds are bounds of buckets near the baseline's quantiles, and say so`() {
        let thresholds = Self.thresholds
        #expect(thresholds.thresholds.map(\.quantile) == [0.5, 0.75, 0.9, 0.95, 0.99])
        #expect(thresholds.thresholds.map(\.bound) == [50, 80, 100, 120, 150])
        for threshold in thresholds.thresholds {
            #expect(abs(log(threshold.bound / threshold.wanted)) < 0.2, "\(threshold)")
        }
        #expect(thresholds.notes.count == 5)
        #expect(
            thresholds.notes.last?.contains(" ms, lies within a bucket: judged at 150 ms, which 1.") == true)
    }

    @Test func `a quantile at a bucket's bound stays there, without a word`() throws {
        let even = LatencyHistogram(
            [(upTo: 10, count: 50), (upTo: 20, count: 25), (upTo: 30, count: 15)]
                + [(upTo: 40, count: 5), (upTo: 50, count: 4), (upTo: 60, count: 1)])
        let thresholds = try #require(LatencyThresholds(baseline: even))
        #expect(thresholds.thresholds.map(\.bound) == [10, 20, 30, 40, 50])
        #expect(thresholds.notes == [])
    }

    @Test func `answers that are all in one bucket are judged at its end`() throws {
        let thresholds = try #require(LatencyThresholds(baseline: Self.histogram(Array(repeating: 9, count: 100))))
        #expect(thresholds.thresholds.allSatisfy { $0.bound == 10 && $0.above == 0 })
    }

    @Test(arguments: [LatencyHistogram(), .init([(upTo: 10, count: 0)]), .init([(upTo: 1e300, count: 7)])])
    func `a baseline that shows nothing gives no thresholds`(_ baseline: LatencyHistogram) {
        #expect(LatencyThresholds(baseline: baseline) == nil)
    }

    @Test func `a histogram with other buckets is not read, and that is counted`() {
        var test = ComparedLatencyTest(Self.thresholds)
        let fast = Self.histogram(Array(repeating: 5, count: 100))
        test.observe(candidate: .init([(upTo: 7, count: 10), (upTo: 1e300, count: 90)]), reference: fast)
        #expect(test.logE == 0)
        #expect(test.unread == 5)
        test.observe(candidate: LatencyHistogram(), reference: fast)
        #expect(test.unread == 5)
    }

    @Test func `histograms of one tick may come in parts`() {
        var random = SplitMix(seed: 21)
        let parts = (0..<3).map { _ in Self.histogram(Self.latencies(50, &random)) }
        let old = Self.histogram(Self.latencies(1_000, &random))
        var whole = ComparedLatencyTest(Self.thresholds)
        var merged = whole
        whole.observe(candidate: parts[0] + parts[1] + parts[2], reference: old)
        merged.observe(candidate: parts[2] + (parts[1] + parts[0]), reference: old)
        #expect(whole == merged)
    }

    /// How many of the candidate's answers it took, in ticks of 25 beside 225 of the old bundle.
    static func decision(
        _ random: inout SplitMix, ticks: Int, logBound: Double, slower: (Double) -> Double
    ) -> Int64? {
        var test = ComparedLatencyTest(thresholds)
        for tick in 1...ticks {
            test.observe(
                candidate: histogram(latencies(25, &random, slower: slower)),
                reference: histogram(latencies(225, &random)))
            if test.logE >= logBound { return Int64(tick * 25) }
        }
        return nil
    }

    struct Slower: Sendable, CustomTestStringConvertible {
        var factor: Double
        /// The part of answers that is slower.
        var part = 1.0
        /// Answers at the median, of an independent implementation with exact quantiles.
        var median: Int64
        var testDescription: String { "\(part * 100) % by \(factor)" }
    }

    @Test(arguments: [
        Slower(factor: 1.25, median: 225), Slower(factor: 1.5, median: 75), Slower(factor: 2, median: 25),
        Slower(factor: 3, part: 0.05, median: 675),
    ]) func `slower answers are found about as soon as published`(_ slower: Slower) {
        var random = SplitMix(seed: 22)
        let found = (0..<15).map { _ in
            Self.decision(&random, ticks: 100, logBound: log(1_000)) { $0 <= slower.part ? slower.factor : 1 }
                ?? 2_500
        }
        #expect(abs(found.median - slower.median) <= max(25, slower.median / 3), "\(found.median)")
    }

    @Test func `latency that did not change is found less often than alpha says`() {
        var random = SplitMix(seed: 23)
        let failed = (0..<40).count { _ in
            Self.decision(&random, ticks: 20, logBound: log(50)) { _ in 1 } != nil
        }
        #expect(failed <= 1)
    }

    @Test func `the verdict can say where it is slower`() throws {
        var random = SplitMix(seed: 24)
        var test = ComparedLatencyTest(Self.thresholds)
        test.observe(
            candidate: Self.histogram(Self.latencies(1_000, &random) { $0 < 0.03 ? 10 : 1 }),
            reference: Self.histogram(Self.latencies(9_000, &random)))
        let strongest = try #require(test.strongest)
        #expect(strongest.threshold.quantile == 0.99)
        #expect(strongest.logE > log(1_000))
    }
}
