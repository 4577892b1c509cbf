import OpenMetrics
import Rollouts
import Synchronization

/// What alerting tells whoever scrapes the control plane: the series that rules look at, how long looking takes, what became
/// of attempts to tell receivers, and how rollouts ended. Counts are of this process.
package final class AlertMetrics: Sendable {
    private static let attempts = MetricFamily.counter(
        "tidegate_notification_attempts", "Attempts to tell a receiver, by what came of them.")
    private static let looks = MetricFamily.durations(
        "tidegate_rule_evaluation_duration_seconds",
        "One look at all rules of an environment, with writing down what came of it.",
        bounds: HistogramBounds.statements)
    private static let failures = MetricFamily.counter(
        "tidegate_rule_evaluation_failures", "Looks at an environment that failed.")
    private static let rollouts = MetricFamily.counter("tidegate_rollouts", "Rollouts that ended, by outcome.")

    /// What was seen longer ago is not told any more.
    static let memory = Duration.seconds(60)

    private struct Look {
        var at: Timestamp
        var series: [AlertSeries: [AlertSample]]
        var snapshot: SeriesSnapshot
    }

    private struct State {
        var looks: [String: Look] = [:]
        /// Rollouts that have ended, by environment.
        var ended: [String: Set<String>] = [:]
    }

    private let meter = Meter([attempts, looks, failures, rollouts])
    private let state = Mutex(State())

    package init() {}

    func told(_ notification: AlertNotification, _ outcome: SendOutcome) {
        let word =
            switch outcome {
            case .delivered: "delivered"
            case .later: "failed"
            case .refused: "given_up"
            }
        meter.add(
            Self.attempts,
            ["environment": notification.environment, "receiver": notification.receiver, "outcome": word])
    }

    /// The rules of an environment were looked at.
    func looked(_ environment: String, _ snapshot: SeriesSnapshot, took: Duration, at now: Timestamp) {
        meter.record(Self.looks, ["environment": environment], took)
        var series: [AlertSeries: [AlertSample]] = [:]
        for name in AlertSeries.allCases {
            if case .known(let samples) = snapshot[name] { series[name] = samples }
        }
        state.withLock { $0.looks[environment] = Look(at: now, series: series, snapshot: snapshot) }
    }

    /// What the last look at the environment saw; nil when that was long ago.
    package func seen(_ environment: String, now: Timestamp) -> SeriesSnapshot? {
        state.withLock { $0.looks[environment] }.flatMap { now - $0.at <= Self.memory ? $0.snapshot : nil }
    }

    package func failed(_ environment: String) { meter.add(Self.failures, ["environment": environment]) }

    /// The environment's last rollouts. Those that had ended when the first look was taken count for nothing.
    func ended(_ environment: String, _ history: [Rollout]) {
        let ended = history.filter { $0.endedAt != nil }
        let fresh = state.withLock { state in
            defer { state.ended[environment] = Set(ended.map(\.id)) }
            return state.ended[environment].map { known in ended.filter { !known.contains($0.id) } } ?? []
        }
        for rollout in fresh {
            let outcome = (rollout.outcome ?? .quarantined).rawValue
            meter.add(Self.rollouts, ["environment": environment, "outcome": outcome])
        }
    }

    package func write(to text: inout OpenMetricsText, now: Timestamp) {
        meter.write(to: &text)
        let looks = state.withLock { $0.looks }.sorted { $0.key < $1.key }
        let name = "tidegate_rule_evaluation_last_timestamp_seconds"
        text.family(name, "gauge", "When the rules of an environment were last looked at.", unit: "seconds")
        for (environment, look) in looks {
            text.sample(name, ["environment": environment], Double(look.at.microseconds) / 1_000_000)
        }
        let recent = looks.filter { now - $0.value.at <= Self.memory }
        for series in AlertSeries.allCases where series != .always && series != .ruleWithoutData {
            write(series, recent.map { ($0.key, $0.value) }, to: &text)
        }
    }

    private func write(_ series: AlertSeries, _ looks: [(String, Look)], to text: inout OpenMetricsText) {
        let name = "tidegate_\(series.rawValue)"
        text.family(name, "gauge", series.help, unit: series.unit)
        var told: Set<MetricLabels> = []
        for (environment, look) in looks {
            for sample in look.series[series] ?? [] {
                let pairs = sample.labels.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
                let labels: MetricLabels = ["environment": environment] + pairs
                // A series is told once, or nobody takes any of them; and no family has more than the meter's own.
                guard case .value(let value) = sample.reading, told.count < Meter.maximumSeries,
                    told.insert(labels).inserted
                else { continue }
                text.sample(name, labels, value)
            }
        }
    }
}
