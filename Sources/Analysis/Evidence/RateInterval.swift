#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Between which rates the true one lies, at every look at once: those against which the counts are no evidence. The
/// chance that it is ever outside is at most α. It says in a verdict what "3 of 40 failed" does and does not show: too
/// little was seen as long as the allowed rate lies inside.
///
/// The beta-binomial mixture of Howard, Ramdas, McAuliffe and Sekhon (Annals of Statistics 49(2), 2021, arXiv 1810.08240).
package struct RateInterval: Codable, Sendable, Equatable {
    package let lower: Double
    package let upper: Double

    /// - Parameters:
    ///   - alpha: above 0 and below 1.
    ///   - tightestAt: at about how many requests the interval is to be as tight as can be.
    package init(_ count: ArmCount, alpha: Double = 0.05, tightestAt: Double = 100) {
        let hits = Double(max(0, count.errors))
        let misses = Double(max(0, count.requests)) - hits
        guard misses >= 0, hits + misses > 0 else {
            (lower, upper) = (0, 1)
            return
        }
        let concentration = Self.concentration(tightestAt)
        let rate = hits / (hits + misses)
        func isRefuted(_ share: Double) -> Bool {
            ShareEvidence.logFactor(hits: hits, misses: misses, share: share, concentration: concentration) > -log(
                alpha)
        }
        lower = hits == 0 ? 0 : Self.bound(from: 0, to: rate, isRefuted)
        upper = misses == 0 ? 1 : Self.bound(from: 1, to: rate, isRefuted)
    }

    /// The last refuted share between an end, which is, and the observed rate, which is not.
    private static func bound(from end: Double, to rate: Double, _ isRefuted: (Double) -> Bool) -> Double {
        var (outside, inside) = (end, rate)
        for _ in 0..<64 {
            let middle = (outside + inside) / 2
            guard middle > 0, middle < 1 else { break }
            if isRefuted(middle) { outside = middle } else { inside = middle }
        }
        return outside
    }

    /// The weight of the mixture that is tightest after this many trials at 95 %, as the paper's section 3.5 has it.
    private static func concentration(_ trials: Double) -> Double {
        let twice = -2 * log(0.05)
        return max(1, trials / (twice + log1p(twice)) - 1)
    }
}
