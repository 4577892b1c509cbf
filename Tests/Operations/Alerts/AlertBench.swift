import Definitions
import Rollouts
import Storage
import TestSupport

@testable import Operations

let alertStart = Timestamp(microseconds: 1_700_000_000_000_000)

/// A board with what it looks at, as the patrol hands it in.
struct AlertBench {
    var board: AlertBoard
    var rules: [AlertRule]
    var routing: AlertRouting
    var silences: [Silence] = []
    var rollout: String?
    var draining: Set<String> = []

    init(
        _ alerts: String =
            "receivers: { us: { webhook: { url: \"http://a\" } } }\nroute: { receiver: us, group-wait: 0s }",
        rules: [AlertRule] = AlertRules.builtIn.filter { $0.name != AlertRules.watchdog }
    ) {
        board = AlertBoard(environment: "dev")
        self.rules = rules
        routing = AlertRouting(Self.definition(alerts))
    }

    /// What stands under `alerts:`.
    static func definition(_ text: String) -> AlertDefinition {
        let body = text.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }.joined(
            separator: "\n")
        let yaml = "environment: dev\nextends: shared.yaml\nplatform: local\nservices: { api: {} }\nalerts:\n\(body)\n"
        return DecodedAlerts.read(yaml)
    }

    /// Rules as a file has them.
    static func rules(_ text: String) throws -> [AlertRule] {
        let (file, findings) = AlertRuleFile.read(Array("alerts: 1\nrules:\n\(text)\n".utf8), path: "alerts/test.yaml")
        guard let file else { throw Unreadable(findings: findings) }
        return file.rules
    }

    struct Unreadable: Error { var findings: [Finding] }

    func input(_ facts: AlertFacts, at now: Timestamp) -> AlertBoard.Input { input(facts.snapshot(now: now)) }

    func input(_ snapshot: SeriesSnapshot) -> AlertBoard.Input {
        AlertBoard.Input(
            rules: rules, routing: routing, snapshot: snapshot, silences: silences, rollout: rollout, draining: draining
        )
    }

    mutating func step(_ facts: AlertFacts, at now: Timestamp) -> [AlertNotification] {
        board.step(input(facts, at: now), now: now)
    }

    mutating func step(_ states: [String: SeriesState], at now: Timestamp) -> [AlertNotification] {
        board.step(input(SeriesSnapshot(states)), now: now)
    }
}

/// What fires at once by these facts and the built-in rules.
func firingAlerts(_ facts: AlertFacts, at now: Timestamp) -> [Alert] {
    var bench = AlertBench()
    _ = bench.step(facts, at: now)
    return bench.board.alerts.values.filter(\.isFiring).sorted { ($0.name, $0.severity) < ($1.name, $1.severity) }
}

/// A rule over a series with a value above 0.
func simpleRule(
    _ name: String, severity: String = "critical", series: String = "service_down", for lasting: Duration = .zero,
    keep: Duration = .zero, waits: Bool = false
) -> AlertRule {
    AlertRule(
        name: name, severity: severity, source: .series(series, match: []), limit: MetricLimit(.above, 0),
        lasting: lasting, keepFiring: keep, noDataAfter: .seconds(600), waitsForRollout: waits, labels: [:],
        summary: AlertTemplate("${service} is at ${value}"), action: AlertTemplate("look"), runbook: "runbooks/a.md",
        place: Place(file: "alerts/test.yaml", line: 1, column: 1))
}

/// A value of `service_down` for each service.
func downs(_ values: [String: Double]) -> [String: SeriesState] {
    [
        "service_down": .known(
            values.sorted { $0.key < $1.key }.map { AlertSample($0.value, labels: ["service": $0.key]) })
    ]
}

func alertDatabase(_ folder: TemporaryFolder) async throws -> any Database {
    let database = try Databases.open(address: "sqlite:\(folder.file("alerts.sqlite"))")
    try await AlertStore.migrator.migrate(database, now: alertStart.microseconds)
    return database
}

/// Looks every ten seconds; what was told, with the second.
func told(
    _ bench: inout AlertBench, from: Int = 0, until end: Int, _ values: (Int) -> [String: Double]
) -> [String] {
    stride(from: from, through: end, by: 10).flatMap { second in
        bench.step(downs(values(second)), at: alertStart + .seconds(second)).map { notification in
            let alerts = notification.alerts.map { "\($0.service ?? "")\($0.isFiring ? "" : " over")" }
            return
                "\(second) \(notification.receiver): \(notification.reason.rawValue): \(alerts.joined(separator: ", "))"
        }
    }
}
