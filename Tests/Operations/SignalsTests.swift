import Analysis
import Rollouts
import Testing

@testable import Operations

@Suite(.timeLimit(.minutes(1))) struct SignalsTests {
    @Test func `what is left out of a look changes no quantile`() {
        let counts: [Int64] = [0, 0, 0, 7, 0, 0, 90, 3, 0, 0, 0, 1]
        let all = counts.enumerated().map { index, count in
            RouterObservation.LatencyBucket(upTo: Double((index + 1) * (index + 1)), count: count)
        }
        let few = RouterSignals.counted(all)
        #expect(few.count == 7)
        for quantile in [0.01, 0.05, 0.5, 0.95, 0.99, 1] {
            #expect(
                LatencyHistogram(few.map { ($0.upTo, $0.count) }).quantile(quantile)
                    == LatencyHistogram(all.map { ($0.upTo, $0.count) }).quantile(quantile))
        }
        #expect(RouterSignals.counted([]).isEmpty)
    }
}
