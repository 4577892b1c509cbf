import Definitions
import Rollouts

/// Runs tests of rules through the real board, on a clock of their own. Pure.
package struct RuleTestRun: Sendable {
    private let rules: [AlertRule]
    private let routing: AlertRouting
    private let environment: String
    private let every: Duration
    private let start: Timestamp

    /// - Parameters:
    ///   - alerts: what the environment that the file names says of alerts.
    ///   - files: the project's, by path.
    package init(_ file: RuleTestFile, alerts: AlertDefinition? = nil, files: [String: [UInt8]]) {
        var definition = alerts ?? AlertDefinition(receivers: [])
        let known = Set(definition.rules.map(\.value))
        definition.rules += file.rules.filter { !known.contains($0) }.map {
            Placed(name: $0, value: $0, place: Place(file: $0, line: 1, column: 1))
        }
        rules = AlertRules(definition, files: files).rules
        routing = AlertRouting(definition)
        environment = file.environment ?? "test"
        every = file.every
        start = file.begins
    }

    /// - Returns: what is otherwise than expected, a sentence each.
    package func failures(of test: RuleTestFile.Case) -> [String] {
        let unknown = test.series.filter { series in
            AlertSeries(rawValue: series.name) == nil && !rules.contains { $0.name == series.name }
        }
        guard unknown.isEmpty else { return unknown.map { "`\($0.name)` is neither a series nor a rule" } }
        var board = AlertBoard(environment: environment)
        var told: [AlertNotification] = []
        var failures: [String] = []
        var left = test.expectations.sorted { $0.at < $1.at }[...]
        var index = 0
        while let next = left.first, index < SeriesNotation.maximum {
            acknowledge(test.acts, index, &board)
            told += board.step(input(test, index), now: start + every * index)
            index += 1
            // What is expected between two looks is what the first of them found.
            guard next.at < every * index else { continue }
            while let due = left.first, due.at < every * index {
                failures += differences(due, board) + differences(due, told)
                if due.notifications != nil { told = [] }
                left = left.dropFirst()
            }
        }
        return failures
    }

    private func input(_ test: RuleTestFile.Case, _ index: Int) -> AlertBoard.Input {
        let silences = test.acts.silences.enumerated().map { number, silence in
            Silence(
                id: "s-\(number + 1)", environment: environment, matchers: silence.matchers,
                startsAt: start + silence.from, endsAt: start + silence.until, createdBy: "the test", comment: "")
        }
        return AlertBoard.Input(
            rules: rules, routing: routing, snapshot: snapshot(test, index), silences: silences, rollout: test.rollout,
            zone: zoneOffsetOfIANA)
    }

    /// Somebody says so after one look, and before the next.
    private func acknowledge(_ acts: RuleTestFile.Acts, _ index: Int, _ board: inout AlertBoard) {
        let time = every * index
        for act in acts.acknowledgements where act.at < time && act.at >= time - every {
            for (id, alert) in board.alerts where alert.name == act.alert && alert.isFiring {
                board.alerts[id]?.acknowledged = .init(by: "the test", at: start + act.at, reason: "")
            }
        }
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
        guard let alerts = expected.alerts else { return [] }
        var left = board.alerts.values.filter { $0.state != .resolved }.sorted { $0.id < $1.id }
        var failures: [String] = []
        let at = AlertTemplate.duration(expected.at.seconds)
        for wanted in alerts {
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

    private func differences(_ expected: RuleTestFile.Expectation, _ told: [AlertNotification]) -> [String] {
        guard let notifications = expected.notifications else { return [] }
        let at = AlertTemplate.duration(expected.at.seconds)
        var left = told
        var failures: [String] = []
        for wanted in notifications {
            if let index = left.firstIndex(where: { matches($0, wanted) }) {
                left.remove(at: index)
            } else {
                let reason = wanted.reason.map { " (\($0.rawValue))" } ?? ""
                failures.append(
                    "by \(at): \(wanted.receiver) was not told that \(wanted.alerts.joined(separator: ", ")) "
                        + "\(wanted.isFiring ? "fires" : "is over")\(reason)")
            }
        }
        return failures
            + left.map { message in
                "by \(at): \(message.receiver) was told that \(message.alerts.map(\.name).sorted().joined(separator: ", ")) "
                    + "\(message.isFiring ? "fires" : "is over") (\(message.reason.rawValue)), and nobody expects it"
            }
    }

    private func matches(_ message: AlertNotification, _ wanted: RuleTestFile.ExpectedNotification) -> Bool {
        message.receiver == wanted.receiver && message.isFiring == wanted.isFiring
            && message.alerts.map(\.name).sorted() == wanted.alerts
            && (wanted.reason == nil || message.reason == wanted.reason)
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
