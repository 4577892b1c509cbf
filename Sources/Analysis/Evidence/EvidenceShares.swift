/// How one α is shared out before the first look. Any shares keep the bound; these decide soonest where it matters.
package struct EvidenceShares: Codable, Sendable, Equatable {
    /// The part of α for response times, while both bundles can be compared; errors have the rest.
    package var latency: Double
    /// The part of α for what jobs cost, while both bundles can be compared in it; nil, none, as in what was recorded before.
    package var cost: Double?
    /// The part of the errors' α for the less likely of their two tests: against what is allowed while the old bundle serves
    /// beside, beside the old bundle where it did not serve at first.
    package var lesser: Double
    /// The weights of `ComparedRateTest.ratios`. Broken releases fail three to fifty times as often far more often than one and a
    /// half times or a hundred: at 1 % of errors for 0.1 % these need one failure less than equal weights, at the median.
    package var ratios: [Double]

    package init(
        latency: Double = 0.1, lesser: Double = 0.05, cost: Double? = 0.1,
        ratios: [Double] = [0.04, 0.08, 0.13, 0.2, 0.22, 0.18, 0.1, 0.05]
    ) {
        self.latency = latency
        self.lesser = lesser
        self.cost = cost
        self.ratios = ratios
    }

    /// As it was before shares were recorded with the rules.
    static let before = EvidenceShares(
        latency: 0.3, lesser: 0.1, cost: nil, ratios: ComparedRateTest.ratios.map { _ in 1 })
}
