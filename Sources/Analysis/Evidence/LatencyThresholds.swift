/// The latencies at which a release is compared with the one before, fixed by a baseline before the rollout begins.
package struct LatencyThresholds: Codable, Sendable, Equatable {
    package struct Threshold: Codable, Sendable, Equatable {
        /// Which quantile of the baseline was asked for, from 0 to 1.
        package var quantile: Double
        /// Where it lay, in milliseconds.
        package var wanted: Double
        /// The bucket's bound that stands for it: what a histogram can count.
        package var bound: Double
        /// The part of the baseline's answers that took longer than the bound.
        package var above: Double

        package var isMoved: Bool { wanted != bound }
    }

    package static let quantiles = [0.5, 0.75, 0.9, 0.95, 0.99]

    package let thresholds: [Threshold]

    /// A quantile within a bucket is moved to the bound whose odds of a slower answer are closest to the quantile's. Two
    /// quantiles may share a bound; it then weighs twice.
    ///
    /// Nil when the baseline counted nothing, or nothing below a bound.
    package init?(baseline: LatencyHistogram) {
        var thresholds: [Threshold] = []
        for quantile in Self.quantiles {
            guard let wanted = baseline.quantile(quantile), let bound = Self.bound(baseline, quantile) else {
                return nil
            }
            thresholds.append(
                Threshold(
                    quantile: quantile, wanted: wanted, bound: bound.at, above: bound.above))
        }
        self.thresholds = thresholds
    }

    private init(_ thresholds: [Threshold]) { self.thresholds = thresholds }

    /// Those that more than this part of the baseline's answers exceeded; nil when there are none.
    func exceeded(by part: Double) -> Self? {
        let kept = thresholds.filter { $0.above > part }
        return kept.isEmpty ? nil : Self(kept)
    }

    /// One sentence for each threshold that is not where it was wanted.
    package var notes: [String] {
        thresholds.filter(\.isMoved).map {
            "p\(decimal($0.quantile * 100)) of the baseline, \(milliseconds($0.wanted)), lies within a bucket: "
                + "judged at \(milliseconds($0.bound)), which \(percent($0.above)) of its answers exceeded"
        }
    }

    /// The finite bound whose odds of a slower answer are closest to the quantile's, and of bounds without an answer between
    /// them the lowest. A bound that all answers exceed can tell nothing, and is none.
    private static func bound(_ baseline: LatencyHistogram, _ quantile: Double) -> (at: Double, above: Double)? {
        let total = Double(baseline.total)
        let wanted = (1 - quantile) / quantile
        var best: (at: Double, above: Double, distance: Double)?
        for (upTo, _) in baseline.counts where upTo < 1e300 {
            let above = Double(baseline.above(upTo) ?? 0)
            guard above < total else { continue }
            // Half an answer on either side gives a bound that no answer exceeds a finite distance.
            let odds = (above + 0.5) / (total - above + 0.5)
            let distance = max(odds / wanted, wanted / odds)
            if best.map({ distance < $0.distance }) ?? true { best = (upTo, above / total, distance) }
        }
        return best.map { ($0.at, $0.above) }
    }
}
