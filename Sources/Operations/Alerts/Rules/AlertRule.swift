import Definitions
import Rollouts

/// What a rule looks at, how long it looks, and what an alert of it says.
package struct AlertRule: Sendable, Equatable {
    package enum Source: Sendable, Equatable {
        /// A series of Tidegate's own, and which of its values are meant.
        case series(String, match: [LabelMatcher])
        /// A service's metric, measured as thresholds are.
        case metric(MetricThreshold)
    }

    package var name: String
    package var severity: String
    package var source: Source
    package var limit: MetricLimit
    /// How long the condition has to hold.
    package var lasting: Duration
    /// How long it goes on firing when the condition does not hold any more.
    package var keepFiring: Duration
    /// After how long without data the alert `RuleWithoutData` tells so; nil for never.
    package var noDataAfter: Duration?
    /// Whether its alerts wait for the end of a rollout that is under way.
    package var waitsForRollout: Bool
    package var labels: Labels
    package var summary: AlertTemplate
    package var action: AlertTemplate
    /// The page to follow, relative to the project.
    package var runbook: String
    package var place: Place

    /// Rules of the same name are told apart by their severity.
    package var id: String { "\(name)/\(severity)" }

    /// Whether the value is what the rule looks for.
    func isBreached(_ value: Double) -> Bool {
        switch limit.side {
        case .above: value > limit.value
        case .below: value < limit.value
        }
    }

    /// The labels that every alert about a service has.
    static let ownLabels: Set = ["alertname", "environment", "severity", "service"]

    /// The labels of an alert about this sample.
    func labels(of sample: AlertSample, environment: String) -> Labels {
        var result = sample.labels.merging(labels) { _, own in own }
        result["alertname"] = name
        result["environment"] = environment
        result["severity"] = severity
        return result
    }

    /// What an alert about this sample says; the values of labels and notes may be used by their names.
    func annotations(
        of sample: AlertSample, _ value: Double, environment: String, context: [String: String]
    ) -> [String: String] {
        var names = sample.notes.merging(sample.labels) { _, label in label }
        names["environment"] = environment
        let limit = limit.value
        var result = context
        result["summary"] = summary.expanded(names, value: value, limit: limit)
        result["action"] = action.expanded(names, value: value, limit: limit)
        result["runbook"] = runbook
        result["value"] = AlertTemplate.number(value)
        result["limit"] = "\(self.limit.side.rawValue) \(self.limit.written)"
        return result
    }
}

/// A sentence with `${name}` for what is filled in: labels, notes, `value` and `limit`; the numbers also as
/// `${value:percent}`, `${value:duration}` and `${value:bytes}`.
package struct AlertTemplate: Sendable, Equatable {
    package var text: String

    package init(_ text: String) { self.text = text }

    /// What stands between `${` and `}`.
    package var names: [String] {
        text.split(separator: "${", omittingEmptySubsequences: false).dropFirst().map {
            String($0.prefix { $0 != "}" })
        }
    }

    package func expanded(_ names: [String: String], value: Double, limit: Double) -> String {
        var parts = text.split(separator: "${", omittingEmptySubsequences: false).map(String.init)
        for index in parts.indices.dropFirst() {
            guard let end = parts[index].firstIndex(of: "}") else { continue }
            let name = String(parts[index][..<end])
            let rest = parts[index][parts[index].index(after: end)...]
            parts[index] = (Self.number(name, value: value, limit: limit) ?? names[name] ?? "?") + rest
        }
        return parts.joined()
    }

    private static func number(_ name: String, value: Double, limit: Double) -> String? {
        let parts = name.split(separator: ":", maxSplits: 1)
        guard let first = parts.first, first == "value" || first == "limit" else { return nil }
        let number = first == "value" ? value : limit
        switch parts.dropFirst().first {
        case "percent": return "\(Self.number(number * 100)) %"
        case "duration": return Self.duration(number)
        case "bytes": return Self.bytes(number)
        default: return Self.number(number)
        }
    }

    /// The two largest units that say anything: `2h 5m`.
    static func duration(_ seconds: Double) -> String {
        var rest = Int64(max(0, min(seconds, 1e12)))
        var parts: [String] = []
        for (unit, length) in [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] as [(String, Int64)] {
            if rest >= length { parts.append("\(rest / length)\(unit)") }
            rest %= length
        }
        return parts.isEmpty ? "0s" : parts.prefix(2).joined(separator: " ")
    }

    private static func bytes(_ number: Double) -> String {
        let gibi = 1_073_741_824.0
        return number >= gibi
            ? "\(Self.number(number / gibi)) GiB" : "\(Self.number(number / 1_048_576)) MiB"
    }

    static let formats = ["percent", "duration", "bytes"]

    /// At most two places, and none that say nothing.
    static func number(_ value: Double) -> String {
        guard value.isFinite else { return "\(value)" }
        let rounded = (value * 100).rounded() / 100
        return Int64(exactly: rounded).map(String.init) ?? "\(rounded)"
    }
}
