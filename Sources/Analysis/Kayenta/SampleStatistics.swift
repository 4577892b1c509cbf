/// What describes one arm's values. All are 0 when there are none.
package struct SampleSummary: Codable, Sendable, Equatable {
    @Exact package private(set) var least: Double
    @Exact package private(set) var most: Double
    @Exact package private(set) var mean: Double
    /// The sample's, with n − 1; 0 for one value.
    @Exact package private(set) var standardDeviation: Double
    package let count: Int

    package init(_ values: [Double]) {
        least = values.min() ?? 0
        most = values.max() ?? 0
        mean = values.isEmpty ? 0 : sampleMean(values)
        let freedom = max(1, values.count - 1)
        standardDeviation = (squaredDeviations(values) / Double(freedom)).squareRoot()
        count = values.count
    }
}

/// What the effect of a release on a metric is measured by.
package enum EffectSize: String, Codable, Sendable {
    /// The experiment's mean by the control's; none when either is 0.
    case meanRatio
    /// The share of pairs in which the experiment's value is the higher one, ties counted half.
    case cles

    /// Its value when both arms are alike.
    package var neutral: Double {
        switch self {
        case .meanRatio: 1
        case .cles: 0.5
        }
    }

    /// - Returns: NaN when there is none.
    package func of(_ experiment: [Double], against control: [Double]) throws(KayentaError) -> Double {
        switch self {
        case .meanRatio: Analysis.meanRatio(experiment, to: control)
        case .cles: try MannWhitney(experiment: experiment, control: control).commonLanguageEffect
        }
    }
}

/// - Returns: NaN when either mean is 0, or there is none.
package func meanRatio(_ experiment: [Double], to control: [Double]) -> Double {
    let (new, old) = (sampleMean(experiment), sampleMean(control))
    return new == 0 || old == 0 ? .nan : new / old
}

/// The distance of the means in pooled standard deviations (Cohen's d).
package func cohensD(_ experiment: [Double], _ control: [Double]) -> Double {
    let freedom = Double(experiment.count + control.count - 2)
    let pooled = ((squaredDeviations(experiment) + squaredDeviations(control)) / freedom).squareRoot()
    return abs(sampleMean(experiment) - sampleMean(control)) / pooled
}

/// The mean, with what rounding lost in the sum put back. NaN of nothing.
package func sampleMean(_ values: [Double]) -> Double {
    let count = Double(values.count)
    let rough = values.reduce(0, +) / count
    return rough + values.reduce(0) { $0 + ($1 - rough) } / count
}

/// The sum of squared distances from the mean, with what rounding lost in the mean taken out; 0 of nothing.
func squaredDeviations(_ values: [Double]) -> Double {
    guard values.count > 1 else { return 0 }
    let mean = sampleMean(values)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let rest = values.reduce(0) { $0 + ($1 - mean) }
    return max(squares - rest * rest / Double(values.count), 0)
}

/// The value below which `percent` of the values are, linear between neighbours (R's type 7; Hyndman and Fan, 1996).
/// - Parameter percent: 0 to 100; what is outside is moved to the nearer end.
/// - Returns: NaN of nothing, and for NaN.
package func percentile(_ percent: Double, of values: [Double]) -> Double {
    guard !values.isEmpty, !percent.isNaN else { return .nan }
    let sorted = values.sorted()
    let position = min(max(percent / 100, 0), 1) * Double(sorted.count - 1)
    let below = Int(position)
    guard below + 1 < sorted.count else { return sorted[below] }
    return sorted[below] + (position - Double(below)) * (sorted[below + 1] - sorted[below])
}
