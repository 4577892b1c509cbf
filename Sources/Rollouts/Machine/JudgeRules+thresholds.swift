import Analysis
import Definitions

extension JudgeRules {
    /// - Parameters:
    ///   - baseline: what the service was under the last good bundle; it fixes where response times are compared.
    ///   - early: whether evidence that the release is good is wanted as well.
    ///   - keepsMinutes: whether points are kept for Kayenta's judge.
    ///   - services: how many are judged at once, and share the chance of a false alarm.
    ///   - service: the one that is judged.
    package init(
        _ thresholds: Thresholds, baseline: LatencyBaseline?, early: Bool = false, keepsMinutes: Bool = false,
        services: Int = 1, gap: Duration, of service: String = ""
    ) {
        self.init(
            healthFailures: thresholds.healthFailures, errorRate: thresholds.errorRate,
            errorRateFor: thresholds.errorRateFor, latencyQuantile: thresholds.latencyQuantile,
            latencyFactor: thresholds.latencyFactor, latencyFor: thresholds.latencyFor,
            latencyAtLeast: thresholds.latencyAtLeast, minimumRequests: thresholds.minimumRequests,
            latencyBaseline: baseline?.milliseconds(at: thresholds.latencyQuantile), gap: gap, evidence: nil)
        self.keepsMinutes = keepsMinutes ? true : nil
        let further = (thresholds.metrics ?? []).filter { $0.service == service }
        metrics = further.isEmpty ? nil : further.map { MetricRule($0) }
        guard let definition = thresholds.evidence else { return }
        alpha = definition.falseAlarms / Double(max(1, services))
        evidence = EvidenceRules(
            toleratedErrors: 1 + definition.toleratedErrors, toleratedLatency: 1 + definition.toleratedLatency,
            thresholds: baseline?.histogram.flatMap { LatencyThresholds(baseline: $0) },
            countsClients: definition.countsClients, warmUp: definition.warmUp, early: early,
            costThresholds: baseline?.costs.flatMap { LatencyThresholds(baseline: $0.histogram) },
            toleratedCost: 1 + (definition.toleratedCost ?? EvidenceDefinition.usualCost))
    }
}

extension MetricRule {
    init(_ threshold: MetricThreshold) {
        let kind: Kind =
            switch threshold.source {
            case .query, .sample(_, .gauge), .platform(.memory), .platform(.disk): .value
            case .sample(_, .rate), .platform(.cpu): .rate
            case .sample(_, .increase), .platform(.restarts): .increase
            case .sample(_, .average): .average
            }
        self.init(
            name: threshold.name, kind: kind, side: threshold.limit.side == .above ? .above : .below,
            limit: threshold.limit.value, timesReference: threshold.limit.timesStable, lasting: threshold.lasting,
            samples: threshold.samples)
    }
}
