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
        /// All that are pending or fire then.
        var alerts: [ExpectedAlert]
        var place: Place
    }

    package struct Case: Sendable, Equatable {
        package var name: String
        var rollout: String?
        var series: [Series]
        var expectations: [Expectation]
    }

    /// Files of rules besides the built-in ones.
    package var rules: [String]
    package var every: Duration
    package var cases: [Case]

    package static func read(_ bytes: [UInt8], path: String) -> (file: RuleTestFile?, findings: [Finding]) {
        let document = YAMLDocument.parse(bytes, file: path)
        let collector = FindingCollector(findings: document.findings)
        guard let root = document.root else { return (nil, collector.findings) }
        let file = YAMLReader(root, collector: collector).mapping { file -> RuleTestFile? in
            let version = file.required("rule-tests") { $0.integer(in: 1...1) }
            let rules = file.optional("rules") { $0.list { $0.relativePath() } } ?? []
            let every = file.optional("every", positive) ?? .seconds(30)
            let cases = file.required("cases") { $0.list(testCase) }
            guard version != nil, let cases else { return nil }
            return RuleTestFile(rules: rules, every: every, cases: cases)
        }
        let isWrong = collector.findings.contains { $0.severity == .error }
        return (isWrong ? nil : file ?? nil, collector.findings)
    }

    private static func positive(_ reader: YAMLReader) -> Duration? {
        reader.duration().flatMap { $0 > .zero ? $0 : reader.wrong("longer than nothing", example: "30s") }
    }

    private static func testCase(_ reader: YAMLReader) -> Case? {
        reader.mapping { test -> Case? in
            let name = test.required("name") { $0.string() }
            let rollout = test.optional("rollout") { $0.string() }
            let series = test.optional("series") { $0.list(self.series) } ?? []
            let expectations = test.required("expect") { $0.list(expectation) }
            guard let name, let expectations else { return nil }
            return Case(name: name, rollout: rollout, series: series, expectations: expectations)
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
            let alerts = expectation.optional("alerts") { $0.list(alert) } ?? []
            return at.map { Expectation(at: $0, alerts: alerts, place: reader.place) }
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

    private static func texts(_ reader: YAMLReader) -> [String: String]? {
        reader.entries()?.reduce(into: [:]) { $0[$1.key] = $1.value.variableText() }
    }
}

/// Values of a series at even times, as promtool writes them (`promtool test rules`): `1`, `1x3` (four times), `0+10x3` (0,
/// 10, 20, 30), `10-5x2`, `_` for no data, `_x3` for three times that. Besides, `error` for asking in vain, and `gone` for
/// labels that are not there any more.
enum SeriesNotation {
    enum Value: Sendable, Equatable { case number(Double), missing, failed, gone }

    /// A test has at most so many.
    static let maximum = 100_000

    static func values(_ text: String) -> [Value]? {
        var values: [Value] = []
        for word in text.split(separator: " ") {
            guard let more = value(word), values.count + more.count <= maximum else { return nil }
            values += more
        }
        return values.isEmpty ? nil : values
    }

    private static func value(_ word: Substring) -> [Value]? {
        let parts = word.split(separator: "x", omittingEmptySubsequences: false)
        guard parts.count <= 2 else { return nil }
        var times = 0
        if parts.count == 2 {
            guard let count = Int(parts[1]), (0...maximum).contains(count) else { return nil }
            times = count
        }
        switch parts[0] {
        case "_": return Array(repeating: .missing, count: parts.count == 2 ? times : 1)
        case "error": return Array(repeating: .failed, count: parts.count == 2 ? times : 1)
        case "gone": return Array(repeating: .gone, count: parts.count == 2 ? times : 1)
        default: return numbers(parts[0], times)
        }
    }

    private static func numbers(_ text: Substring, _ times: Int) -> [Value]? {
        let sign = text.dropFirst().lastIndex { $0 == "+" || $0 == "-" }
        guard let sign else {
            return Double(text).map { Array(repeating: .number($0), count: times + 1) }
        }
        guard let first = Double(text[..<sign]), let step = Double(text[sign...]) else { return nil }
        return (0...times).map { .number(first + Double($0) * step) }
    }
}
