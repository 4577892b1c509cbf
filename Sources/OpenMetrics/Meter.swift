import Synchronization

/// A kind of measurement: what it is called and how it is told.
package struct MetricFamily: Sendable {
    package enum Kind: Sendable {
        case counter
        /// Of microseconds, told in seconds.
        case durations(bounds: [Int64])
    }

    package let name: String
    package let kind: Kind
    package let help: String

    package static func counter(_ name: String, _ help: String) -> MetricFamily {
        MetricFamily(name: name, kind: .counter, help: help)
    }

    package static func durations(_ name: String, _ help: String, bounds: [Int64]) -> MetricFamily {
        MetricFamily(name: name, kind: .durations(bounds: bounds), help: help)
    }
}

/// Counts by family and labels. However many values a label should ever have, a family keeps to `maximumSeries`: what
/// comes after is counted under `otel_metric_overflow="true"` (OpenTelemetry's metrics SDK, "Cardinality limits").
package final class Meter: Sendable {
    package static let maximumSeries = 1000
    private static let overflow: MetricLabels = ["otel_metric_overflow": "true"]

    private struct Values {
        var counters: [String: [MetricLabels: Int]] = [:]
        var histograms: [String: [MetricLabels: Histogram]] = [:]
    }

    private let families: [MetricFamily]
    private let values = Mutex(Values())

    /// - Parameter families: all that are counted here, in the order in which they are told.
    package init(_ families: [MetricFamily]) { self.families = families }

    package func add(_ family: MetricFamily, _ labels: MetricLabels = [:], _ amount: Int = 1) {
        values.withLock { values in
            let key = Self.key(labels, in: values.counters[family.name])
            values.counters[family.name, default: [:]][key, default: 0] += amount
        }
    }

    package func record(_ family: MetricFamily, _ labels: MetricLabels = [:], microseconds: Int64) {
        guard case .durations(let bounds) = family.kind else { return }
        values.withLock { values in
            let key = Self.key(labels, in: values.histograms[family.name])
            values.histograms[family.name, default: [:]][key, default: Histogram(bounds: bounds)].add(microseconds)
        }
    }

    package func record(_ family: MetricFamily, _ labels: MetricLabels = [:], _ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        record(family, labels, microseconds: seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
    }

    private static func key<Value>(_ labels: MetricLabels, in known: [MetricLabels: Value]?) -> MetricLabels {
        guard let known, known.count >= maximumSeries, known[labels] == nil else { return labels }
        return overflow
    }

    /// Every family, also one without samples, so that it is known before its first.
    package func write(to text: inout OpenMetricsText) {
        let values = values.withLock { $0 }
        for family in families {
            switch family.kind {
            case .counter:
                text.family(family.name, "counter", family.help)
                for (labels, count) in Self.sorted(values.counters[family.name]) {
                    text.sample("\(family.name)_total", labels, count)
                }
            case .durations:
                text.family(family.name, "histogram", family.help, unit: "seconds")
                for (labels, histogram) in Self.sorted(values.histograms[family.name]) {
                    text.histogram(family.name, labels, histogram)
                }
            }
        }
    }

    private static func sorted<Value>(_ series: [MetricLabels: Value]?) -> [(key: MetricLabels, value: Value)] {
        (series ?? [:]).sorted { MetricLabels.isBefore($0.key, $1.key) }
    }
}
