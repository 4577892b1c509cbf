/// The conditional grid-mixture e-process for error rates: of a tick's errors in both arms together, the candidate's share
/// follows from its share of the requests, unless its rate differs from the other's.
///
/// The chance that E ever reaches 1/α though the claim is false is at most α, at any number of looks, for any rate that both
/// arms share and however it moves, and for any weights that were set before the tick. This is exact for independent
/// requests, rare errors or not, and any tolerated ratio: a part's factor has the expectation
/// (1 + p_c(x − 1))^n_c · (1 + p_b(y − 1))^n_b ≤ exp(n_c·p_c(x − 1) + n_b·p_b(y − 1)), which is at most 1 wherever the claim is false.
/// (Conditioning: Lindon and Malek, NeurIPS 2022, arXiv 2011.03567.)
///
/// Clustered errors (a client that retries) inflate false alarms: count clients, or pass the largest cluster.
package struct ComparedRateTest: Codable, Sendable, Equatable {
    /// What the evidence is for.
    package enum Claim: Codable, Sendable, Equatable {
        /// The candidate's rate is more than this many times the reference's. Evidence for a rollback.
        case worse(than: Double)
        /// The candidate's rate is less than this many times the reference's. Evidence for an early promotion.
        case better(than: Double)
    }

    package static let ratios: [Double] = [1.5, 2, 3, 5, 10, 20, 50, 100]
    /// For what is not rare, such as answers slower than the median.
    package static let finerRatios: [Double] = [1.25, 1.5, 2, 3, 5, 10, 20]

    package let claim: Claim
    private var mixture: GridMixture

    /// - Parameters:
    ///   - claim: its ratio lies between a thousandth and a thousand; anything else is moved inside.
    ///   - weights: of the ratios, set before the first tick; nil weighs them equally.
    package init(
        _ claim: Claim = .worse(than: 1), ratios: [Double] = ComparedRateTest.ratios, weights: [Double]? = nil
    ) {
        switch claim {
        case .worse(let ratio): self.claim = .worse(than: Self.inRange(ratio))
        case .better(let ratio): self.claim = .better(than: Self.inRange(ratio))
        }
        mixture = GridMixture(ratios: ratios, weights: weights)
    }

    package init(tolerated: Double) { self.init(.worse(than: tolerated)) }

    /// Takes one tick's counts. A tick in which one arm had no request says nothing.
    ///
    /// - Parameter largestCluster: the most errors of this tick that may have had one cause, such as one client's retries.
    ///   Errors are divided by it, which keeps the bound when clients cannot be told apart, and costs as many times the
    ///   errors until a decision.
    package mutating func observe(candidate: ArmCount, reference: ArmCount, largestCluster: Int64 = 1) {
        guard candidate.isCounted, reference.isCounted else { return }
        // That the candidate is better than r is that the reference is worse than 1/r.
        switch claim {
        case .worse(let ratio): observe(candidate, reference, tolerated: Self.inRange(ratio), largestCluster)
        case .better(let ratio): observe(reference, candidate, tolerated: 1 / Self.inRange(ratio), largestCluster)
        }
    }

    private mutating func observe(_ suspect: ArmCount, _ other: ArmCount, tolerated: Double, _ cluster: Int64) {
        let exposed = tolerated * Double(suspect.requests)
        let divisor = Double(max(1, cluster))
        mixture.observe(
            hits: Double(suspect.errors) / divisor, trials: (Double(suspect.errors) + Double(other.errors)) / divisor,
            share: exposed / (exposed + Double(other.requests)))
    }

    /// The natural logarithm of E.
    package var logE: Double { mixture.logE }

    /// A ratio that is no number tolerates nothing.
    private static func inRange(_ ratio: Double) -> Double { ratio.isNaN ? 1 : min(max(ratio, 1e-3), 1e3) }
}
