#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// An e-process for a binomial share: the mean, weighted beforehand, over a grid of ratios, of the likelihood ratios of "the
/// odds of a hit are r times what they may be". Every part, and so their mean, is a supermartingale while the share is not
/// above what it may be; by Ville's inequality its mean ever reaches 1/α with a chance of at most α, at any number of looks.
///
/// With θ as the share that is allowed, one tick adds `hits·ln r − trials·ln(1 + (r − 1)·θ)` to the logarithm of each part.
/// In this form nothing cancels, however far θ is from one half, and no exposure has to be rare.
struct GridMixture: Codable, Sendable, Equatable {
    let ratios: [Double]
    private(set) var logs: [Double]
    /// Nil weighs all ratios equally.
    let weights: [Double]?

    /// - Parameters:
    ///   - ratios: above 0 and finite; at least one.
    ///   - weights: above 0 and finite, one for each ratio; they are made to sum to 1.
    init(ratios: [Double], weights: [Double]? = nil) {
        precondition(Self.isGrid(ratios), "a grid of ratios is written in the source")
        self.ratios = ratios
        // Weights are read from journals with the rules; those that are none weigh equally, which keeps the bound.
        self.weights = weights.flatMap { $0.count == ratios.count && Self.isGrid($0) ? $0 : nil }
        logs = [Double](repeating: 0, count: ratios.count)
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        ratios = try container.decode([Double].self, forKey: .ratios)
        logs = try container.decode([Double].self, forKey: .logs)
        weights = try container.decodeIfPresent([Double].self, forKey: .weights)
        guard Self.isGrid(ratios), logs.count == ratios.count, logs.allSatisfy(\.isFinite),
            weights.map({ $0.count == ratios.count && Self.isGrid($0) }) ?? true
        else {
            throw DecodingError.dataCorruptedError(
                forKey: .logs, in: container, debugDescription: "evidence needs one finite number for each ratio")
        }
    }

    /// - Parameters:
    ///   - hits: fractions are allowed, for counts that were divided by the size of a cluster.
    ///   - share: from 0 to 1.
    mutating func observe(hits: Double, trials: Double, share: Double) {
        guard hits != 0 || trials != 0 else { return }
        for index in ratios.indices {
            logs[index] += hits * log(ratios[index]) - trials * log1p((ratios[index] - 1) * share)
        }
    }

    /// The natural logarithm of E.
    var logE: Double { logMean(logs, weights: weights) }

    private static func isGrid(_ ratios: [Double]) -> Bool {
        !ratios.isEmpty && ratios.allSatisfy { $0 > 0 && $0.isFinite }
    }
}

/// ln of the mean of e^x, without overflow; 0, which says nothing, of no values. Weights are made to sum to 1.
func logMean(_ values: [Double], weights: [Double]? = nil) -> Double {
    guard let largest = values.max() else { return 0 }
    guard let weights else {
        return largest + log(values.reduce(0) { $0 + exp($1 - largest) } / Double(values.count))
    }
    let sum = zip(values, weights).reduce(0) { $0 + $1.1 * exp($1.0 - largest) }
    return largest + log(sum / weights.reduce(0, +))
}
