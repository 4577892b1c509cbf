import Definitions
import Rollouts

/// A file of tests of rules: series with values at even times, and what the rules are to make of them. The clock is the
/// test's own.
package struct RuleTestFile: Sendable, Equatable {
    package struct Series: Sendable, Equatable {
        /// The name of one of Tidegate's series, or of a rule that measures for itself.
        var name: String
        var labels: Labels
        var notes: [String: String]
        var values: [SeriesNotation.Value]
    }

    package struct ExpectedAlert: Sendable, Equatable {
        var name: String
        var severity: String?
        /// `pending`, `firing`, `no-data` or `error`; the last two are of alerts that fire.
        var state: String
        var labels: Labels
        var summary: String?
    }

    package struct Expectation: Sendable, Equatable {
        var at: Duration
        /// All that are pending or fire then; nil when that does not matter.
        var alerts: [ExpectedAlert]?
        /// All that were sent since the last expectation that lists some; nil when that does not matter.
        var notifications: [ExpectedNotification]?
        var place: Place
    }

    package struct Case: Sendable, Equatable {
        package var name: String
        var rollout: String?
        var series: [Series]
        /// What people do meanwhile.
        var acts: Acts
        var expectations: [Expectation]
    }

    /// Files of rules besides the built-in ones.
    package var rules: [String]
    /// Whose rules, routes and inhibitions are tested; nil for rules alone, of which nobody hears.
    package var environment: String?
    /// The moment that the tests call 0s, in UTC, for routes that are mute at times.
    package var begins: Timestamp
    package var every: Duration
    package var cases: [Case]

    static let usualBeginning = Timestamp(microseconds: 1_767_225_600_000_000)

    package static func read(_ bytes: [UInt8], path: String) -> (file: RuleTestFile?, findings: [Finding]) {
        let document = YAMLDocument.parse(bytes, file: path)
        let collector = FindingCollector(findings: document.findings)
        guard let root = document.root else { return (nil, collector.findings) }
        let file = YAMLReader(root, collector: collector).mapping { file -> RuleTestFile? in
            let version = file.required("rule-tests") { $0.integer(in: 1...1) }
            let rules = file.optional("rules") { $0.list { $0.relativePath() } } ?? []
            let environment = file.optional("environment") { $0.name() }
            let begins = file.optional("begins", moment) ?? usualBeginning
            let every = file.optional("every", positive) ?? .seconds(30)
            let cases = file.required("cases") { $0.list(testCase) }
            guard version != nil, let cases else { return nil }
            return RuleTestFile(rules: rules, environment: environment, begins: begins, every: every, cases: cases)
        }
        let isWrong = collector.findings.contains { $0.severity == .error }
        return (isWrong ? nil : file ?? nil, collector.findings)
    }

    private static func positive(_ reader: YAMLReader) -> Duration? {
        reader.duration().flatMap { $0 > .zero ? $0 : reader.wrong("longer than nothing", example: "30s") }
    }

    private static func moment(_ reader: YAMLReader) -> Timestamp? {
        reader.string().flatMap { Timestamp(rfc3339: $0) ?? reader.wrong("a moment", example: "2026-01-05T12:00Z") }
    }

    private static func testCase(_ reader: YAMLReader) -> Case? {
        reader.mapping { test -> Case? in
            let name = test.required("name") { $0.string() }
            let rollout = test.optional("rollout") { $0.string() }
            let series = test.optional("series") { $0.list(self.series) } ?? []
            let acts = Acts(
                silences: test.optional("silences") { $0.list(silence) } ?? [],
                acknowledgements: test.optional("acknowledged") { $0.list(acknowledgement) } ?? [])
            let expectations = test.required("expect") { $0.list(expectation) }
            guard let name, let expectations else { return nil }
            return Case(name: name, rollout: rollout, series: series, acts: acts, expectations: expectations)
        } ?? nil
    }

    private static func series(_ reader: YAMLReader) -> Series? {
        reader.mapping { series -> Series? in
            let own = series.optional("series") { $0.choice(among: AlertSeries.allCases.map(\.rawValue)) }
            let rule = series.optional("rule") { $0.string() }
            let labels = series.optional("labels", texts) ?? [:]
            let notes = series.optional("notes", texts) ?? [:]
            let values = series.required("values") { reader in
                reader.string().flatMap {
                    SeriesNotation.values($0) ?? reader.wrong("values as promtool has them", example: "0 1x5 _ 2+1x3")
                }
            }
            guard series.has("series") != series.has("rule") else {
                return reader.wrong("with a `series`, or with a `rule` that measures", example: "series: error_rate")
            }
            guard let name = own ?? rule, let values else { return nil }
            return Series(name: name, labels: labels, notes: notes, values: values)
        } ?? nil
    }

    private static func expectation(_ reader: YAMLReader) -> Expectation? {
        reader.mapping { expectation -> Expectation? in
            let at = expectation.required("at") { $0.duration() }
            var alerts = expectation.optional("alerts") { $0.list(alert) }
            let notifications = expectation.optional("notifications") { $0.list(notification) }
            if alerts == nil, notifications == nil { alerts = [] }
            return at.map {
                Expectation(at: $0, alerts: alerts, notifications: notifications, place: reader.place)
            }
        } ?? nil
    }

    private static func alert(_ reader: YAMLReader) -> ExpectedAlert? {
        reader.mapping { alert -> ExpectedAlert? in
            let name = alert.required("alert") { $0.string() }
            let severity = alert.optional("severity") { $0.string() }
            let state = alert.optional("state") { $0.choice(among: ["pending", "firing", "no-data", "error"]) }
            let labels = alert.optional("labels", texts) ?? [:]
            let summary = alert.optional("summary") { $0.string() }
            return name.map {
                ExpectedAlert(name: $0, severity: severity, state: state ?? "firing", labels: labels, summary: summary)
            }
        } ?? nil
    }

    static func texts(_ reader: YAMLReader) -> [String: String]? {
        reader.entries()?.reduce(into: [:]) { $0[$1.key] = $1.value.variableText() }
    }
}
