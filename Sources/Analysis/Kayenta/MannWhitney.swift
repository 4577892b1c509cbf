#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// By how much the experiment's values lie above the control's.
package struct ShiftEstimate: Codable, Sendable, Equatable {
    /// The interval's ends, in the metric's unit. Each is found on its own, so that ties can put them in reverse order
    /// by less than the search's tolerance.
    package let low: Double
    package let high: Double
    /// Hodges and Lehmann's: about the median of all differences between a value of the one and one of the other.
    package let estimate: Double
}

/// The Mann-Whitney test of two arms: the interval of shifts that the ranks do not contradict, by the normal
/// approximation with corrections for ties and continuity, as R's `wilcox.test` with `exact = FALSE` and Kayenta's
/// `MannWhitney` have it.
package struct MannWhitney: Sendable {
    private let experiment: [Double]
    private let control: [Double]
    /// The shifts between which the two arms overlap.
    package let leftEnd: Double
    package let rightEnd: Double

    /// - Throws: when an arm is empty, a value is not finite, or a difference of two is not.
    package init(experiment: [Double], control: [Double]) throws(KayentaError) {
        self.experiment = experiment.sorted()
        self.control = control.sorted()
        guard (experiment + control).allSatisfy(\.isFinite) else { throw .infiniteValue }
        guard let leastX = self.experiment.first, let mostX = self.experiment.last,
            let leastY = self.control.first, let mostY = self.control.last
        else { throw .noValues }
        leftEnd = leastX - mostY
        rightEnd = mostX - leastY
        guard leftEnd.isFinite, rightEnd.isFinite, (rightEnd - leftEnd).isFinite else { throw .tooFarApart }
    }

    /// - Parameter confidence: of the interval, between 0 and 1, both excluded.
    package func shift(confidence: Double) throws(KayentaError) -> ShiftEstimate {
        guard confidence > 0, confidence < 1 else { throw .confidence(confidence) }
        let z = -normalQuantile((1 - confidence) / 2)
        return ShiftEstimate(
            low: try end(quantile: z), high: try end(quantile: -z), estimate: try root(quantile: 0))
    }

    /// The standardised rank sum of the experiment, less `shift`, above what it would be if the arms were alike, less
    /// `quantile`. Falls in steps as `shift` rises.
    package func excess(shift: Double, quantile: Double) throws(KayentaError) -> Double {
        let (sum, ties) = ranks(shift: shift)
        let m = Double(experiment.count)
        let n = Double(control.count)
        let above = sum - m * (m + 1) / 2 - m * n / 2
        let deviation = (m * n / 12 * ((m + n + 1) - ties / ((m + n) * (m + n - 1)))).squareRoot()
        guard deviation > 0 else { throw .allTied }
        let towardsZero = above > 0 ? 0.5 : above < 0 ? -0.5 : 0
        return (above - towardsZero) / deviation - quantile
    }

    /// The share of pairs in which the experiment's value is the higher one, ties counted half (the common language
    /// effect size: Vargha and Delaney, 2000).
    package var commonLanguageEffect: Double {
        let m = Double(experiment.count)
        return (2 * ranks(shift: 0).sum - m * (m + 1)) / (2 * m * Double(control.count))
    }

    /// An end of the interval: an end of the overlap where the ranks contradict no shift up to it.
    private func end(quantile: Double) throws(KayentaError) -> Double {
        if try excess(shift: leftEnd, quantile: quantile) <= 0 { return leftEnd }
        if try excess(shift: rightEnd, quantile: quantile) >= 0 { return rightEnd }
        return try root(quantile: quantile)
    }

    private func root(quantile: Double) throws(KayentaError) -> Double {
        let left = (x: leftEnd, y: try excess(shift: leftEnd, quantile: quantile))
        let right = (x: rightEnd, y: try excess(shift: rightEnd, quantile: quantile))
        return try RootSearch().root(between: left, and: right) { (shift) throws(KayentaError) -> Double in
            try excess(shift: shift, quantile: quantile)
        }
    }

    /// The sum of the experiment's ranks among all values once it has been moved down by `shift`, equal values having
    /// the mean of their ranks; and the sum of t³ − t over the groups of t equal values.
    private func ranks(shift: Double) -> (sum: Double, ties: Double) {
        var x = 0
        var y = 0
        var sum = 0.0
        var ties = 0.0
        while x < experiment.count || y < control.count {
            let before = Double(x + y)
            let isControl = x == experiment.count || (y < control.count && control[y] < experiment[x] - shift)
            let value = isControl ? control[y] : experiment[x] - shift
            let firstX = x
            if isControl { y += 1 } else { x += 1 }
            while x < experiment.count, experiment[x] - shift == value { x += 1 }
            while y < control.count, control[y] == value { y += 1 }
            let count = Double(x + y) - before
            sum += Double(x - firstX) * (before + (count + 1) / 2)
            ties += count * count * count - count
        }
        return (sum, ties)
    }
}

/// The value below which a standard normal number is with the given chance, by halving down to the last bit.
/// - Parameter chance: above 0, at most 0.5.
package func normalQuantile(_ chance: Double) -> Double {
    var low = -40.0
    var high = 0.0
    while true {
        let middle = low + (high - low) / 2
        guard middle > low, middle < high else { return high }
        if erfc(-middle / 2.0.squareRoot()) / 2 < chance { low = middle } else { high = middle }
    }
}
