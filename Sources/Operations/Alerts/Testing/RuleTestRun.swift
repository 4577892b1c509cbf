import Definitions
import Rollouts

/// Runs tests of rules through the real board, on a clock of their own. Pure.
package struct RuleTestRun: Sendable {
    private let rules: [AlertRule]
    private let every: Duration
    private let start = Timestamp(microseconds: 1_767_225_600_000_000)

    /// - Parameter files: the project's, by path.
    package init(_ file: RuleTestFile, files: [String: [UInt8]]) {
        let paths = file.rules.map { Placed(name: $0, value: $0, place: Place(file: $0, line: 1, column: 1)) }
        rules = AlertRules(AlertDefinition(receivers: [], rules: paths), files: files).rules
        every = file.every
    }

    /// - Returns: what is otherwise than expected, a sentence each.
    package func failures(of test: RuleTestFile.Case) -> [String] {
        let unknown = test.series.filter { series in
            AlertSeries(rawValue: series.name) == nil && !rules.contains { $0.name == series.name }
        }
        guard unknown.isEmpty else { return unknown.map { "`\($0.name)` is neither a series nor a rule" } }
        var board = AlertBoard(environment: "test")
        var failures: [String] = []
        var left = test.expectations.sorted { $0.at < $1.at }[...]
        let routing = AlertRouting(AlertDefinition(receivers: []))
        var index = 0
        while let next = left.first, index < SeriesNotation.maximum {
            let time = every * index
            _ = board.step(
                AlertBoard.Input(
                    rules: rules, routing: routing, snapshot: snapshot(test, index), rollout: test.rollout),
                now: start + time)
            index += 1
            // What is expected between two looks is what the first of them found.
            guard next.at < every * index else { continue }
            while let due = left.first, due.at < every * index {
                failures += differences(due, board)
                left = left.dropFirst()
            }
        }
        return failures
    }

    private func snapshot(_ test: RuleTestFile.Case, _ index: Int) -> SeriesSnapshot {
        var known: [String: [AlertSample]] = [:]
        var failed: Set<String> = []
        for series in test.series {
            let names =
                AlertSeries(rawValue: series.name) != nil
                ? [series.name] : rules.filter { $0.name == series.name }.map(\.id)
            for name in names {
                known[name, default: []] += []
                switch index < series.values.count ? series.values[index] : .missing {
                case .number(let value):
                    known[name]?.append(AlertSample(value, labels: series.labels, notes: series.notes))
                case .missing: known[name]?.append(AlertSample(.missing("no data"), labels: series.labels))
                case .failed: failed.insert(name)
                case .gone: break
                }
            }
        }
        var snapshot = SeriesSnapshot(known.mapValues { .known($0) })
        for name in failed { snapshot.series[name] = .failed("the test says so") }
        return snapshot
    }

    private func differences(_ expected: RuleTestFile.Expectation, _ board: AlertBoard) -> [String] {
        var left = board.alerts.values.filter { $0.state != .resolved }.sorted { $0.id < $1.id }
        var failures: [String] = []
        let at = AlertTemplate.duration(expected.at.seconds)
        for wanted in expected.alerts {
            guard let index = left.firstIndex(where: { matches($0, wanted) }) else {
                failures.append("at \(at): no \(wanted.name) that is \(wanted.state) \(wanted.labels.written)")
                continue
            }
            let alert = left.remove(at: index)
            if let summary = wanted.summary, alert.summary != summary {
                failures.append("at \(at): \(wanted.name) says \"\(alert.summary)\", not \"\(summary)\"")
            }
        }
        return failures
            + left.map { "at \(at): \($0.name) is \(state($0)) \($0.labels.written), and nobody expects it" }
    }

    private func matches(_ alert: Alert, _ wanted: RuleTestFile.ExpectedAlert) -> Bool {
        alert.name == wanted.name && state(alert) == wanted.state
            && (wanted.severity == nil || alert.severity == wanted.severity)
            && wanted.labels.allSatisfy { alert.labels[$0.key] == $0.value }
    }

    private func state(_ alert: Alert) -> String {
        switch (alert.state, alert.evidence) {
        case (.firing, .noData): "no-data"
        case (.firing, .failed): "error"
        default: alert.state.rawValue
        }
    }
}
