import Analysis
import TestSupport
import Testing

@Suite struct LatencyHistogramTests {
    private static func random(_ random: inout SplitMix) -> LatencyHistogram {
        LatencyHistogram(
            (0..<Int(random.uniform() * 12)).map { _ in
                (upTo: (random.uniform() * 10).rounded(), count: Int64(random.uniform() * 100))
            })
    }

    private static func sums(_ histograms: LatencyHistogram...) -> [Double: Int64] {
        histograms.flatMap(\.counts).reduce(into: [:]) { $0[$1.upTo, default: 0] += $1.count }
    }

    @Test func `a sum has each bound of both once, in rising order, with the answers of both`() {
        var random = SplitMix(seed: 11)
        for _ in 0..<500 {
            let (a, b) = (Self.random(&random), Self.random(&random))
            let sum = a + b
            let bounds = sum.counts.map(\.upTo)
            #expect(Self.sums(sum) == Self.sums(a, b))
            #expect(bounds == bounds.sorted())
            if !b.counts.isEmpty { #expect(Set(bounds).count == bounds.count) }
        }
    }

    @Test func `what came since is what the sum had more`() throws {
        var random = SplitMix(seed: 12)
        for _ in 0..<500 {
            let (a, b) = (Self.random(&random), Self.random(&random))
            let since = try #require((a + b).since(a))
            #expect(Self.sums(since).filter { $0.value != 0 } == Self.sums(b).filter { $0.value != 0 })
        }
    }

    @Test func `when a count went down, counting began anew`() {
        let before = LatencyHistogram([(upTo: 10, count: 2), (upTo: 20, count: 1)])
        #expect(LatencyHistogram([(upTo: 10, count: 3)]).since(before) == nil)
        #expect(LatencyHistogram([(upTo: 10, count: 3), (upTo: 20, count: 1)]).since(before) != nil)
    }

    @Test func `a bound that is no number is left out, and counts stay at the largest number`() {
        let odd = LatencyHistogram([(upTo: .nan, count: 5), (upTo: 10, count: .max), (upTo: .infinity, count: 1)])
        #expect(odd.counts.map(\.upTo) == [10, .infinity])
        #expect((odd + odd).counts.first?.count == .max)
        #expect(odd.since(odd)?.total == 0)
    }
}
