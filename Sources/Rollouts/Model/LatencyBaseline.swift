import Analysis

/// What a service was while the last good bundle proved itself, or what a person has said instead.
package struct LatencyBaseline: Codable, Sendable, Equatable {
    /// Fewer answers than this are no baseline: one of them is at the 99th percentile.
    package static let leastSamples = 100

    package var quantile: Double
    package var milliseconds: Double
    package var samples: Int64
    package var bundle: Digest
    /// The answers by duration; nil where only the quantile is known.
    package var histogram: LatencyHistogram?
    /// Requests and those that failed; nil in what was recorded before they were.
    package var count: ArmCount?
    /// What jobs cost; nil where nobody told, and of fewer jobs than `leastSamples`.
    package var costs: JobCosts?
    /// Who set it, and why; nil when it was measured.
    package var setBy: String?
    package var reason: String?

    package init(
        quantile: Double, milliseconds: Double, samples: Int64, bundle: Digest, histogram: LatencyHistogram? = nil,
        count: ArmCount? = nil, costs: JobCosts? = nil, setBy: String? = nil, reason: String? = nil
    ) {
        self.quantile = quantile
        self.milliseconds = milliseconds
        self.samples = samples
        self.bundle = bundle
        self.histogram = histogram
        self.count = count
        self.costs = costs
        self.setBy = setBy
        self.reason = reason
    }

    /// The response time at a quantile. Where only another quantile is known, that one stands for it.
    package func milliseconds(at quantile: Double) -> Double { histogram?.quantile(quantile) ?? milliseconds }

    /// The response time at a quantile, and where it comes from: `p95 84 ms, of 1204 answers of bundle 3f2a91c0`.
    package func line(at quantile: Double) -> String {
        let shown = histogram == nil ? self.quantile : quantile
        let time = "p\(Self.number(shown * 100)) \(Self.number(milliseconds(at: quantile))) ms"
        let measured = samples > 0 ? ", of \(samples) answers of bundle \(bundle.short)" : ""
        let cost = costs?.line.map { ", \($0)" } ?? ""
        return time + measured + cost + (setBy.map { ", set by \($0)\(reason.map { ": \($0)" } ?? "")" } ?? "")
    }

    private static func number(_ value: Double) -> String {
        let rounded = (value * 10).rounded() / 10
        return Int64(exactly: rounded).map(String.init) ?? "\(rounded)"
    }
}
