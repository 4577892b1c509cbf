#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The sequential tests of one service, all within one α: errors beside the old bundle, errors where there is nothing beside
/// them, response times and the cost of jobs beside the old bundle.
struct ServiceEvidence: Codable, Sendable, Equatable {
    enum Signal: String, Sendable { case errors = "error_rate", latency, cost }

    /// What the tests of one kind have been shown.
    struct Counts: Codable, Sendable, Equatable {
        var candidate = ArmCount(requests: 0, errors: 0)
        var reference = ArmCount(requests: 0, errors: 0)
    }

    struct Answers: Codable, Sendable, Equatable {
        var candidate = LatencyHistogram()
        var reference = LatencyHistogram()
    }

    struct Costs: Codable, Sendable, Equatable {
        var candidate = JobCosts()
        var reference = JobCosts()
    }

    /// Nil: as journals before these rules had it.
    let rules: EvidenceRules?
    let alpha: Double
    private let shares: EvidenceShares
    private(set) var compared: ComparedRateTest
    private(set) var absolute: AbsoluteRateTest
    private(set) var latency: ComparedLatencyTest?
    /// Nil without a baseline of costs.
    private(set) var cost: ComparedLatencyTest?
    private(set) var early: EarlyEvidence?
    private(set) var beside = Counts()
    private(set) var alone = Counts()
    private var pool = EvidencePool()
    /// The answers of the ticks in which both bundles gave some.
    private(set) var answers = Answers()
    /// The jobs of the ticks in which both bundles had some that cost something; nil before there were any.
    private(set) var paid: Costs?
    /// Whether clients were counted, and not requests.
    private(set) var countsClients = false
    private var sawReference = false
    /// Whether the new bundle's first requests came while the old one served as well: it decides how α is shared, by how many
    /// requests there were and before it counts how they went.
    private var isBeside: Bool?

    init(_ rules: JudgeRules) {
        self.rules = rules.evidence
        alpha = rules.alpha
        shares = rules.evidence?.shares ?? .before
        compared = ComparedRateTest(
            .worse(than: max(1, rules.evidence?.toleratedErrors ?? 1)), weights: rules.evidence?.shares?.ratios)
        absolute = AbsoluteRateTest(allowed: rules.errorRate)
        latency = rules.evidence?.thresholds.map { ComparedLatencyTest($0) }
        cost = rules.evidence?.costThresholds.map { ComparedLatencyTest($0) }
        if let evidence = rules.evidence, evidence.early {
            early = EarlyEvidence(evidence, errorRate: rules.errorRate)
        }
    }

    /// Takes what came since the look before.
    /// - Parameter isWarm: whether response times count.
    mutating func observe(_ new: TrailingWindow.Arm, _ old: TrailingWindow.Arm?, isWarm: Bool) {
        let (newCount, oldCount) = counts(new, old)
        sawReference = sawReference || (oldCount?.requests ?? 0) > 0
        if isBeside == nil, newCount.requests > 0 { isBeside = sawReference }
        pool.add(newCount, oldCount)
        if isWarm { pool.add(new.latency, old?.latency) }
        pool.add(new.costs, old?.costs)
        if pool.isFull(of: rules?.pool ?? 1) { closePool() }
    }

    /// Compares what came since the last comparison, and begins anew. Called too where the traffic is about to be shared
    /// otherwise: within one comparison each bundle has to have the same share, or a service that fails more at night looks as if
    /// the bundle did that has most of the night's traffic.
    mutating func closePool() {
        let pool = pool
        self.pool = EvidencePool()
        if let reference = pool.reference, reference.requests > 0 {
            compared.observe(candidate: pool.candidate, reference: reference)
            beside.candidate = beside.candidate + pool.candidate
            beside.reference = beside.reference + reference
        } else {
            absolute.observe(pool.candidate)
            alone.candidate = alone.candidate + pool.candidate
        }
        if let old = pool.oldAnswers, pool.answers.total > 0, old.total > 0 {
            latency?.observe(candidate: pool.answers, reference: old)
            answers.candidate = answers.candidate + pool.answers
            answers.reference = answers.reference + old
        }
        if let new = pool.costs, let old = pool.oldCosts, new.jobs > 0, old.jobs > 0 {
            cost?.observe(candidate: new.histogram, reference: old.histogram)
            let before = paid ?? Costs()
            paid = Costs(candidate: before.candidate + new, reference: before.reference + old)
        }
        early?.observe(pool)
    }

    /// Clients where both arms know them, so that one client's retries are one error.
    private mutating func counts(
        _ new: TrailingWindow.Arm, _ old: TrailingWindow.Arm?
    ) -> (ArmCount, ArmCount?) {
        guard rules?.countsClients == true, let clients = new.clients, old == nil || old?.clients != nil else {
            return (new.count, old?.count)
        }
        countsClients = true
        return (clients, old?.clients)
    }

    // MARK: What follows

    /// One signal's own evidence, the share of α that it has, and its bound.
    struct Part: Sendable {
        var signal: Signal
        var share: Double
        var logE: Double
        /// The natural logarithm of the bound that it reaches alone.
        var logBound: Double

        var isEnough: Bool { logE >= logBound }
    }

    /// - Parameters:
    ///   - isSlower: whether answers are slower by more than is tolerated; otherwise their evidence counts for nothing, which makes
    ///     false alarms only fewer.
    ///   - isCostlier: the same of what jobs cost.
    func parts(isSlower: Bool, isCostlier: Bool) -> [Part] {
        guard rules != nil else {
            return [
                Part(signal: .errors, share: 1, logE: max(compared.logE, absolute.logE), logBound: -log(alpha))
            ]
        }
        let isBeside = isBeside ?? sawReference
        let latencyShare = latency != nil && isBeside ? shares.latency : 0
        let costShare = cost != nil && isBeside ? shares.cost ?? 0 : 0
        let errorShare = 1 - latencyShare - costShare
        let errors = CombinedEvidence([
            .init("compared", share: isBeside ? 1 - shares.lesser : shares.lesser, logE: compared.logE),
            .init("absolute", share: isBeside ? shares.lesser : 1 - shares.lesser, logE: absolute.logE),
        ])
        var parts = [
            Part(signal: .errors, share: errorShare, logE: errors.logE, logBound: -log(errorShare * alpha))
        ]
        if let latency, latencyShare > 0 {
            let logE = isSlower ? latency.logE : min(latency.logE, 0)
            parts.append(
                Part(signal: .latency, share: latencyShare, logE: logE, logBound: -log(latencyShare * alpha)))
        }
        if let cost, costShare > 0 {
            let logE = isCostlier ? cost.logE : min(cost.logE, 0)
            parts.append(Part(signal: .cost, share: costShare, logE: logE, logBound: -log(costShare * alpha)))
        }
        return parts
    }

    /// The signals that fail: each that suffices alone; where none does and all together do, the one with the most evidence.
    func failing(_ parts: [Part]) -> (signals: [Signal], together: Double?) {
        let alone = parts.filter(\.isEnough).map(\.signal)
        guard alone.isEmpty else { return (alone, nil) }
        let combined = CombinedEvidence(parts.map { .init($0.signal.rawValue, share: $0.share, logE: $0.logE) }).logE
        let strongest = parts.max { $0.logE + log($0.share) < $1.logE + log($1.share) }
        guard combined >= -log(alpha), let strongest else { return ([], nil) }
        return ([strongest.signal], combined)
    }

    /// Whether the errors' evidence comes from beside the old bundle.
    var isComparison: Bool {
        guard rules != nil, let isBeside else { return compared.logE >= absolute.logE }
        let odds = log((1 - shares.lesser) / shares.lesser)
        return compared.logE + (isBeside ? odds : -odds) >= absolute.logE
    }
}
