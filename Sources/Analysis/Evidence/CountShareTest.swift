#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Whether the candidate has more than its share of events that have no natural number of trials (restarts, crashes,
/// failed jobs), while the arms' shares of the work stay as they are. The Bayes factor of any shares, spread around the
/// expected ones, against exactly those: two integers of state, whatever intensity both arms share and however it moves.
///
/// It looks both ways, so a failure needs `isMore` as well; with it, the chance of a false alarm is at most α for any share
/// up to the expected one. When weights move, use `ComparedRateTest`, which takes each tick's exposure.
/// (Lindon and Malek, NeurIPS 2022, arXiv 2011.03567; the weight of 100 is Netflix's.)
package struct CountShareTest: Codable, Sendable, Equatable {
    /// The candidate's part of the work, between 0 and 1.
    package let share: Double
    /// How tightly other shares are expected around this one: as if so many events had been seen.
    package let concentration: Double
    package private(set) var candidate: Int64 = 0
    package private(set) var reference: Int64 = 0

    /// - Parameter share: between 0 and 1, both excluded; anything else is moved inside.
    package init(share: Double, concentration: Double = 100) {
        self.share = ShareEvidence.inside(share)
        self.concentration = concentration.isFinite ? concentration : 100
    }

    /// Takes the events since the tick before. Counts below 0 say nothing.
    package mutating func observe(candidate: Int64, reference: Int64) {
        guard candidate >= 0, reference >= 0 else { return }
        self.candidate = self.candidate.plus(candidate)
        self.reference = self.reference.plus(reference)
    }

    /// The natural logarithm of E. Its error is about 1e-15 times the number of events and its logarithm.
    package var logE: Double {
        ShareEvidence.logFactor(
            hits: Double(candidate), misses: Double(reference), share: ShareEvidence.inside(share),
            concentration: max(concentration, 1e-3))
    }

    /// Whether the candidate has more than its share.
    package var isMore: Bool { Double(candidate) * (1 - share) > Double(reference) * share }
}

enum ShareEvidence {
    /// The logarithm of the Bayes factor of a share that is distributed as Beta(c·s, c·(1 − s)) against the share s itself.
    static func logFactor(hits: Double, misses: Double, share: Double, concentration: Double) -> Double {
        let a = concentration * share
        let b = concentration * (1 - share)
        return logBeta(a + hits, b + misses) - logBeta(a, b) - hits * log(share) - misses * log1p(-share)
    }

    static func inside(_ share: Double) -> Double { share.isNaN ? 0.5 : min(max(share, 1e-9), 1 - 1e-9) }

    private static func logBeta(_ a: Double, _ b: Double) -> Double {
        logGamma(a) + logGamma(b) - logGamma(a + b)
    }

    private static func logGamma(_ x: Double) -> Double { lgamma(x).0 }
}
