#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Evidence that a release is good, for leaving a step before its time: that it fails at most twice as often as the old bundle
/// beside it, or less often than a fifth of what is allowed; and that at each threshold fewer than half as many answers more
/// take longer; the same of what jobs cost, where that has a baseline. That everything is good needs evidence for each, so the least of them decides.
struct EarlyEvidence: Codable, Sendable, Equatable {
    /// Half as much again.
    private static let slower = 1.5
    private let beta: Double
    private var compared = ComparedRateTest(.better(than: 2))
    private var good = GridMixture(ratios: ComparedRateTest.ratios)
    private let allowed: Double
    private var latency: ComparedLatencyTest?
    /// Nil without a baseline of costs.
    private var cost: ComparedLatencyTest?

    init(_ rules: EvidenceRules, errorRate: Double) {
        beta = rules.beta
        allowed = min(max(errorRate / 5, 1e-6), 0.5)
        // Of what almost no answer exceeds, too few are ever seen.
        latency = rules.thresholds?.exceeded(by: 0.04).map {
            ComparedLatencyTest($0, claim: .better(than: Self.slower))
        }
        cost = rules.costThresholds?.exceeded(by: 0.04).map {
            ComparedLatencyTest($0, claim: .better(than: Self.slower))
        }
    }

    mutating func observe(_ pool: EvidencePool) {
        let new = pool.candidate
        if let old = pool.reference { compared.observe(candidate: new, reference: old) }
        if new.isCounted {
            good.observe(
                hits: Double(max(0, new.requests - new.errors)), trials: Double(new.requests), share: 1 - allowed)
        }
        if let old = pool.oldAnswers { latency?.observe(candidate: pool.answers, reference: old) }
        if let new = pool.costs, let old = pool.oldCosts {
            cost?.observe(candidate: new.histogram, reference: old.histogram)
        }
    }

    /// The natural logarithm of E; 0, no evidence, as long as no baseline says where to compare response times.
    var logE: Double {
        let usual = min(logMean([compared.logE, good.logE]), latency?.least ?? 0)
        return cost.map { min(usual, $0.least) } ?? usual
    }

    /// The natural logarithm of the bound.
    var logBound: Double { -log(beta) }
}
