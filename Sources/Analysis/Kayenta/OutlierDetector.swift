/// Tells which values stand too far outside the others.
package enum OutlierDetector: Sendable, Equatable {
    /// More than that many standard deviations (with n) from the mean.
    case sigmas(Double)
    /// Below the first quartile, or above the third, by more than `factor` times the distance between the two. With
    /// `sparing`, nothing between the 1st and 99th percentiles is an outlier.
    case quartiles(factor: Double, sparing: Bool)

    /// - Returns: one answer for each value, in order.
    package func detect(in values: [Double]) -> [Bool] {
        guard !values.isEmpty else { return [] }
        switch self {
        case .sigmas(let allowed):
            let mean = sampleMean(values)
            let deviation = (squaredDeviations(values) / Double(values.count)).squareRoot()
            return values.map { abs($0 - mean) > deviation * allowed }
        case .quartiles(let factor, let sparing):
            let (first, third) = (percentile(25, of: values), percentile(75, of: values))
            var low = first - factor * (third - first)
            var high = third + factor * (third - first)
            if sparing {
                low = min(low, percentile(1, of: values))
                high = max(high, percentile(99, of: values))
            }
            return values.map { $0 < low || $0 > high }
        }
    }

    package func removed(from values: [Double]) -> [Double] {
        zip(values, detect(in: values)).filter { !$0.1 }.map(\.0)
    }
}
