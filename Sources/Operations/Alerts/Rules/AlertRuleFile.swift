import Definitions
import Rollouts

/// A file of rules under `alerts/`.
package struct AlertRuleFile: Sendable, Equatable {
    package var rules: [AlertRule]

    /// Reads a file of rules; everything that is wrong is a finding with its place.
    package static func read(_ bytes: [UInt8], path: String) -> (file: AlertRuleFile?, findings: [Finding]) {
        let document = YAMLDocument.parse(bytes, file: path)
        let collector = FindingCollector(findings: document.findings)
        guard let root = document.root else { return (nil, collector.findings) }
        let rules = YAMLReader(root, collector: collector).mapping { file -> [AlertRule]? in
            let version = file.required("alerts") { $0.integer(in: 1...1) }
            let rules = file.required("rules") { $0.list { rule($0) } }
            return version == nil ? nil : rules
        }
        let isWrong = collector.findings.contains { $0.severity == .error }
        return (isWrong ? nil : (rules ?? nil).map { AlertRuleFile(rules: $0) }, collector.findings)
    }

    private static func rule(_ reader: YAMLReader) -> AlertRule? {
        reader.mapping { rule -> AlertRule? in
            let name = rule.required("alert", alertName)
            let decoder = MetricDecoder()
            let limit = decoder.limit(rule, reader)
            let lasting = rule.optional("for") { $0.duration() } ?? .zero
            let source = source(rule, reader, decoder, name: name ?? "", limit: limit, lasting: lasting)
            let severity = rule.optional("severity") { $0.choice(among: ["info", "warning", "critical"]) } ?? "warning"
            let keep = rule.optional("keep-firing-for") { $0.duration() } ?? .zero
            let noData = rule.optional("no-data-after") { $0.duration() } ?? .seconds(600)
            let waits = rule.optional("during-rollout") { $0.choice(among: ["fire", "hold"]) } == "hold"
            let labels = rule.optional("labels", labels) ?? [:]
            let summary = rule.required("summary", template)
            let action = rule.required("action", template)
            let runbook = rule.required("runbook") { $0.relativePath() }
            guard let name, let limit, let source, let summary, let action, let runbook else { return nil }
            return AlertRule(
                name: name, severity: severity, source: source, limit: limit, lasting: lasting, keepFiring: keep,
                noDataAfter: noData == .zero ? nil : noData, waitsForRollout: waits, labels: labels,
                summary: summary, action: action, runbook: runbook, place: reader.place)
        } ?? nil
    }

    private static func source(
        _ rule: YAMLMappingReader, _ reader: YAMLReader, _ decoder: MetricDecoder, name: String, limit: MetricLimit?,
        lasting: Duration
    ) -> AlertRule.Source? {
        let match = rule.optional("match") { $0.list(matcher) } ?? []
        if rule.has("series") {
            return rule.optional("series") { $0.choice(among: AlertSeries.allCases.map(\.rawValue)) }
                .map { .series($0, match: match) }
        }
        let service = rule.required("service") { $0.name() }
        let by = rule.has("sample") || rule.has("query") ? rule.optional("by") { $0.list(label) } : nil
        guard let source = decoder.source(rule, reader), let service, let limit else { return nil }
        var metric = MetricThreshold(name: name, service: service, source: source, limit: limit, lasting: lasting)
        metric.by = by
        return .metric(metric)
    }

    private static func label(_ reader: YAMLReader) -> String? {
        reader.string().flatMap { text in
            let isName =
                text.first?.isNumber == false
                && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
            guard isName else { return reader.wrong("a label's name", example: "status") }
            // Alerts have their own of these, and could not be told apart by them.
            return AlertRule.ownLabels.contains(text)
                ? reader.wrong("another label than those that every alert has", example: "status") : text
        }
    }

    private static func matcher(_ reader: YAMLReader) -> LabelMatcher? {
        reader.string().flatMap {
            LabelMatcher($0) ?? reader.wrong("a condition on a label", example: "scope=\"total\"")
        }
    }

    /// A name as Prometheus has them for alerts.
    private static func alertName(_ reader: YAMLReader) -> String? {
        guard let text = reader.string() else { return nil }
        let isName =
            (1...100).contains(text.utf8.count) && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
        return isName ? text : reader.wrong("a name of letters and digits", example: "QueueStuck")
    }

    private static func labels(_ reader: YAMLReader) -> Labels? {
        reader.entries()?.reduce(into: [:]) { $0[$1.key] = $1.value.string() }
    }

    private static func template(_ reader: YAMLReader) -> AlertTemplate? {
        reader.string().flatMap { text in
            let template = AlertTemplate(text)
            let flaw = template.names.first { name in
                let parts = name.split(separator: ":", omittingEmptySubsequences: false)
                return parts.count > 1
                    && !(parts.count == 2 && ["value", "limit"].contains(parts[0])
                        && AlertTemplate.formats.contains(String(parts[1])))
            }
            return flaw == nil
                ? template
                : reader.wrong(
                    "a sentence with `${value:percent}`, `:duration` or `:bytes`", example: "${value:percent}")
        }
    }
}
