import Analysis
import Contract
import Definitions
import Rollouts

/// Measures what rules ask of services: what instances expose, what a Prometheus has, what the platform knows.
package actor AlertMeter {
    /// A rule looks at so many values of its `by` labels at most: each may become an alert.
    static let maximumParts = 100

    /// Over how long rates and averages are taken.
    static let window = Duration.seconds(60)

    private struct Look {
        var at: Timestamp
        var reading: MetricReading
    }

    private let reader: SeriesReader
    private let clock: any WallClock
    private var looks: [String: [Look]] = [:]

    package init(reader: SeriesReader, clock: any WallClock) {
        self.reader = reader
        self.clock = clock
    }

    /// - Returns: what each rule has to look at, by `AlertRule.id`.
    package func measure(
        _ plan: AlertPlan, _ environment: String, _ bundle: Bundle, _ instances: [Instance]
    ) async -> [String: SeriesState] {
        let metrics = plan.metrics
        var states: [String: SeriesState] = [:]
        for service in Set(metrics.map(\.metric.service)).sorted() {
            let own = metrics.map(\.metric).filter { $0.service == service }
            guard let defined = bundle.services.first(where: { $0.name == service }) else { continue }
            var thresholds = bundle.thresholds
            thresholds.metrics = own.map { metric in
                var metric = metric
                if case .sample = metric.source { metric.path = defined.artifact.contract.paths.metrics }
                return metric
            }
            var request = SignalRequest(
                environment: environment, service: service,
                arms: [.init(bundle: bundle.digest, release: bundle.release)], thresholds: thresholds)
            (request.prometheus, request.access) = (plan.prometheus, plan.access)
            let found = await reader.read(request, instances.filter { $0.service == service })
            for metric in own { states[metric.name] = state(metric, found, bundle) }
        }
        let known = Set(metrics.map(\.rule))
        looks = looks.filter { key, _ in known.contains { key.hasPrefix("\($0)@") } }
        return states
    }

    private func state(_ metric: MetricThreshold, _ found: SeriesReader.Found, _ bundle: Bundle) -> SeriesState {
        if let why = found.unanswered[metric.name] { return .failed(why) }
        guard let reading = found.readings[bundle.digest]?[metric.name] else {
            return .missing(
                metric.source.isQuery
                    ? "Prometheus has no series for the query" : "no instance of \(metric.service) says it")
        }
        let parts = found.parts[bundle.digest]?[metric.name] ?? [[:]: reading]
        guard parts.count <= Self.maximumParts else {
            return .failed(
                "\(parts.count) values of \(metric.by?.joined(separator: ", ") ?? "") are more than a rule may have")
        }
        return .known(
            parts.sorted { $0.key.written < $1.key.written }.map { labels, reading in
                sample(metric, labels, reading, bundle)
            })
    }

    private func sample(
        _ metric: MetricThreshold, _ labels: Labels, _ reading: MetricReading, _ bundle: Bundle
    ) -> AlertSample {
        let own = labels.merging(["service": metric.service]) { _, service in service }
        let part = labels.isEmpty ? "" : labels.written
        guard let value = value(metric, reading, "\(metric.name)@\(bundle.digest.text)\(part)") else {
            // What counts needs two looks, and an average something to be one of.
            return AlertSample(.quiet("nothing was counted yet"), labels: own)
        }
        return AlertSample(value, labels: own)
    }

    private func value(_ metric: MetricThreshold, _ reading: MetricReading, _ key: String) -> Double? {
        switch metric.source {
        case .query, .sample(_, .gauge), .platform(.memory), .platform(.disk): return reading.value
        case .sample(_, .increase), .platform(.restarts): return reading.value
        case .sample(_, .rate), .platform(.cpu):
            guard let (first, now) = span(reading, key) else { return nil }
            let seconds = (now.at - first.at).seconds
            guard seconds > 0 else { return nil }
            return (now.reading.value - first.reading.value) / seconds / max(1, now.reading.count ?? 1)
        case .sample(_, .average):
            guard let (first, now) = span(reading, key), let before = first.reading.count,
                let count = now.reading.count, count > before
            else { return nil }
            return (now.reading.value - first.reading.value) / (count - before)
        }
    }

    /// The oldest look within the window, and this one.
    private func span(_ reading: MetricReading, _ key: String) -> (Look, Look)? {
        let now = Look(at: clock.now, reading: reading)
        var kept = (looks[key] ?? []).filter { $0.at < now.at && now.at - $0.at <= Self.window }
        // A total that became smaller was begun anew.
        if let last = kept.last, last.reading.value > reading.value { kept = [] }
        kept.append(now)
        looks[key] = kept
        guard kept.count > 1, let first = kept.first else { return nil }
        return (first, now)
    }
}
