/// How the sequential tests of one service are read; all of it is fixed before the first look.
package struct EvidenceRules: Codable, Sendable, Equatable {
    /// How many times the old bundle's error rate is no regression yet; at least 1.
    package var toleratedErrors: Double
    /// How many times the old bundle's response times are no regression yet; at least 1.
    package var toleratedLatency: Double
    /// Where response times are compared; nil without a baseline that fixes it.
    package var thresholds: LatencyThresholds?
    /// Whether clients are counted instead of requests, where the router can tell them apart.
    package var countsClients: Bool
    /// For how long after instances became ready their response times are no evidence: caches are cold.
    package var warmUp: Duration
    /// Whether evidence that the release is good is gathered as well.
    package var early: Bool
    /// The chance that a release that is not good looks good enough to leave a step early.
    package var beta: Double
    /// How many requests of both bundles together one comparison takes at least; looks are added up until they have so many.
    /// Nil takes every look by itself, as journals before this rule had it.
    package var pool: Int64?
    /// Nil as journals before this rule had it.
    package var shares: EvidenceShares?
    /// Where costs of jobs are compared, in dollars; nil without a baseline that fixes it.
    package var costThresholds: LatencyThresholds?
    /// How many times what a job costs under the old bundle is no regression yet; at least 1. Nil: one and a tenth.
    package var toleratedCost: Double?

    package init(
        toleratedErrors: Double = 1, toleratedLatency: Double = 1.1, thresholds: LatencyThresholds? = nil,
        countsClients: Bool = true, warmUp: Duration = .seconds(30), early: Bool = false, beta: Double = 0.05,
        pool: Int64? = 20, shares: EvidenceShares? = EvidenceShares(), costThresholds: LatencyThresholds? = nil,
        toleratedCost: Double? = nil
    ) {
        self.costThresholds = costThresholds
        self.toleratedCost = toleratedCost
        self.pool = pool
        self.shares = shares
        self.toleratedErrors = toleratedErrors
        self.toleratedLatency = toleratedLatency
        self.thresholds = thresholds
        self.countsClients = countsClients
        self.warmUp = warmUp
        self.early = early
        self.beta = beta
    }
}
