#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The conditional grid-mixture e-process for error rates: given a tick's errors in both arms together, those of the
/// candidate are binomial, with a share that its share of the requests bounds unless it is worse than `tolerated` times
/// the reference. By Ville's inequality, the chance that E ever reaches 1/α for a candidate that is not worse is at most α,
/// at any number of looks. (Conditioning: Lindon and Malek, NeurIPS 2022, arXiv 2011.03567.)
///
/// Exact for independent errors; clustered ones (a client that retries) inflate false alarms, hence the small default α.
package struct ComparedRateTest: Sendable, Equatable {
    package static let ratios: [Double] = [1.5, 2, 3, 5, 10, 20, 50, 100]
    package let tolerated: Double
    private var logs = [Double](repeating: 0, count: ComparedRateTest.ratios.count)

    package init(tolerated: Double = 1) { self.tolerated = tolerated }

    /// Takes one tick's requests and errors of both arms. A tick in which one arm had no request says nothing.
    package mutating func observe(
        candidate: (requests: Int64, errors: Int64), reference: (requests: Int64, errors: Int64)
    ) {
        guard candidate.requests > 0, reference.requests > 0 else { return }
        let exposed = tolerated * Double(candidate.requests)
        let unexposed = Double(reference.requests)
        let null = exposed / (exposed + unexposed)
        for (index, ratio) in Self.ratios.enumerated() {
            let worse = ratio * exposed / (ratio * exposed + unexposed)
            logs[index] += Double(candidate.errors) * log(worse / null)
            logs[index] += Double(reference.errors) * log((1 - worse) / (1 - null))
        }
    }

    /// The natural logarithm of E.
    package var logE: Double { logMean(logs) }
}

/// The same for one arm alone, against a rate that it may have: a grid mixture of likelihood ratios of p against
/// `allowed`, each a supermartingale whenever the true rate is not above it.
package struct AbsoluteRateTest: Sendable, Equatable {
    private static let ratios: [Double] = [1.5, 2, 3, 5, 10, 20]
    package let allowed: Double
    private var logs = [Double](repeating: 0, count: AbsoluteRateTest.ratios.count)

    /// - Parameter allowed: between 0 and 1, both excluded; anything else is moved inside.
    package init(allowed: Double) { self.allowed = min(max(allowed, 1e-6), 0.94) }

    package mutating func observe(requests: Int64, errors: Int64) {
        guard requests > 0 else { return }
        for (index, ratio) in Self.ratios.enumerated() {
            let worse = min(allowed * ratio, 0.95)
            logs[index] += Double(errors) * log(worse / allowed)
            logs[index] += Double(requests - errors) * log((1 - worse) / (1 - allowed))
        }
    }

    package var logE: Double { logMean(logs) }
}

/// ln of the mean of e^x, without overflow.
private func logMean(_ values: [Double]) -> Double {
    guard let largest = values.max() else { return 0 }
    return largest + log(values.reduce(0) { $0 + exp($1 - largest) } / Double(values.count))
}
