import Analysis
import Definitions

extension JudgeRules {
    /// - Parameters:
    ///   - baseline: what the service was under the last good bundle; it fixes where response times are compared.
    ///   - early: whether evidence that the release is good is wanted as well.
    ///   - services: how many are judged at once, and share the chance of a false alarm.
    package init(
        _ thresholds: Thresholds, baseline: LatencyBaseline?, early: Bool = false, services: Int = 1, gap: Duration
    ) {
        self.init(
            healthFailures: thresholds.healthFailures, errorRate: thresholds.errorRate,
            errorRateFor: thresholds.errorRateFor, latencyQuantile: thresholds.latencyQuantile,
            latencyFactor: thresholds.latencyFactor, latencyFor: thresholds.latencyFor,
            latencyAtLeast: thresholds.latencyAtLeast, minimumRequests: thresholds.minimumRequests,
            latencyBaseline: baseline?.milliseconds(at: thresholds.latencyQuantile), gap: gap, evidence: nil)
        guard let definition = thresholds.evidence else { return }
        alpha = definition.falseAlarms / Double(max(1, services))
        evidence = EvidenceRules(
            toleratedErrors: 1 + definition.toleratedErrors, toleratedLatency: 1 + definition.toleratedLatency,
            thresholds: baseline?.histogram.flatMap { LatencyThresholds(baseline: $0) },
            countsClients: definition.countsClients, warmUp: definition.warmUp, early: early)
    }
}
