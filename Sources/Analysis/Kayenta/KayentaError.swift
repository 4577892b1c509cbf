/// Why a metric cannot be classified, or why the rules for it cannot be.
package enum KayentaError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A confidence must lie between 0 and 1, both excluded.
    case confidence(Double)
    /// A tolerance is a share of the estimated shift, and so not negative.
    case tolerance(Double)
    case thresholds(pass: Double, marginal: Double)
    case groupWeight(group: String, weight: Double)
    case outlierFactor(Double)
    case effectThreshold(Double)
    /// An arm without a value, where the test needs some.
    case noValues
    case infiniteValue
    /// The values are so far apart that their differences are not finite.
    case tooFarApart
    /// Every value is the same once the arms are moved together, so that ranks say nothing.
    case allTied
    case noRoot(iterations: Int)

    package var description: String {
        switch self {
        case .confidence(let value): "the confidence \(value) is not between 0 and 1: 0.98 is usual"
        case .tolerance(let value): "the tolerance \(value) is not a finite number from 0 up: 0.25 is usual"
        case .thresholds(let pass, let marginal):
            "the scores \(marginal) (marginal) and \(pass) (pass) are not finite numbers in rising order: "
                + "75 and 95 are usual"
        case .groupWeight(let group, let weight):
            "the weight \(weight) of the group \(group) is not a finite number: weights are shares of 100"
        case .outlierFactor(let value): "the outlier factor \(value) is not a finite number above 0: 3 is usual"
        case .effectThreshold(let value):
            "the effect size \(value) is not a finite number: 1 means equal means, 0.5 equal ranks"
        case .noValues: "one of the arms has no values: look at what its query returns"
        case .infiniteValue: "one of the values is infinite: look for a division by zero in the metric's query"
        case .tooFarApart: "the values are too far apart for their differences to be finite: use a larger unit"
        case .allTied: "every value is tied with every other, so that ranks say nothing: collect more points"
        case .noRoot(let iterations):
            "the shift between the arms was not found in \(iterations) steps: collect more points"
        }
    }
}
