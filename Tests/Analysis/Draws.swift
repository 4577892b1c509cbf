import Foundation
import TestSupport

extension SplitMix {
    /// Above 0 and at most 1.
    mutating func uniform() -> Double { Double((next() >> 11) + 1) / 9_007_199_254_740_992 }

    mutating func below(_ bound: Int64) -> Int64 { Int64(next() % UInt64(bound)) }

    /// How many of `trials` hit, each with the chance `p`: by leaping from hit to hit.
    mutating func binomial(_ trials: Int64, _ p: Double) -> Int64 {
        guard p > 0 else { return 0 }
        guard p < 1 else { return trials }
        let miss = log1p(-p)
        var hits: Int64 = 0
        var at = log(uniform()) / miss
        while at < Double(trials) {
            hits += 1
            at = at.rounded(.down) + 1 + log(uniform()) / miss
        }
        return hits
    }

    mutating func normal() -> Double { (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform()) }
}

extension [Int64] {
    /// Of a sorted copy; the later one of the two in the middle.
    var median: Int64 { sorted()[count / 2] }

    func quantile(_ q: Double) -> Int64 { sorted()[Swift.min(count - 1, Int(Double(count) * q))] }
}
