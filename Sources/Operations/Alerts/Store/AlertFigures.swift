import OpenMetrics
import Rollouts
import Storage

/// What stands in the database about alerts, as figures: the same whichever control plane tells them.
package struct AlertFigures: Sendable, Equatable {
    struct Kind: Hashable, Sendable {
        var environment: String
        var state: Alert.State
        var severity: String
    }

    struct Held: Hashable, Sendable {
        var environment: String
        var by: String
    }

    struct Line: Hashable, Sendable {
        var environment: String
        var receiver: String
    }

    struct Waiting: Sendable, Equatable {
        var count: Int
        var oldest: Timestamp
    }

    var alerts: [Kind: Int] = [:]
    var held: [Held: Int] = [:]
    var acknowledged: [String: Int] = [:]
    var waiting: [Line: Waiting] = [:]

    /// - Parameters:
    ///   - environments: all that there are, each with its receivers: what there is none of is told as well.
    package func write(
        to text: inout OpenMetricsText, environments: [(name: String, receivers: [String])], now: Timestamp
    ) {
        text.family("tidegate_alerts", "gauge", "Alerts that are pending or fire.")
        for environment in environments.map(\.name) {
            for state in [Alert.State.pending, .firing] {
                for severity in ["info", "warning", "critical"] {
                    let kind = Kind(environment: environment, state: state, severity: severity)
                    text.sample(
                        "tidegate_alerts",
                        ["environment": environment, "state": state.rawValue, "severity": severity], alerts[kind] ?? 0)
                }
            }
        }
        text.family("tidegate_alerts_held_back", "gauge", "Alerts that fire and are not told, by what holds them back.")
        for environment in environments.map(\.name) {
            for by in HeldBack.words {
                text.sample(
                    "tidegate_alerts_held_back", ["environment": environment, "by": by],
                    held[Held(environment: environment, by: by)] ?? 0)
            }
        }
        text.family("tidegate_alerts_acknowledged", "gauge", "Alerts that fire and that somebody has in hand.")
        for environment in environments.map(\.name) {
            text.sample(
                "tidegate_alerts_acknowledged", ["environment": environment], acknowledged[environment] ?? 0)
        }
        writeWaiting(to: &text, environments, now)
    }

    private func writeWaiting(
        to text: inout OpenMetricsText, _ environments: [(name: String, receivers: [String])], _ now: Timestamp
    ) {
        let known = environments.flatMap { environment in
            environment.receivers.map { Line(environment: environment.name, receiver: $0) }
        }
        let lines = Set(known).union(waiting.keys).sorted {
            ($0.environment, $0.receiver) < ($1.environment, $1.receiver)
        }
        text.family("tidegate_notifications_waiting", "gauge", "Notifications that are still to be sent.")
        for line in lines {
            text.sample("tidegate_notifications_waiting", line.labels, waiting[line]?.count ?? 0)
        }
        let age = "tidegate_notifications_oldest_age_seconds"
        text.family(age, "gauge", "How long the oldest of them has been waiting.", unit: "seconds")
        for line in lines {
            text.sample(age, line.labels, waiting[line].map { max(0, (now - $0.oldest).seconds) } ?? 0)
        }
    }
}

extension AlertFigures.Line {
    fileprivate var labels: MetricLabels { ["environment": environment, "receiver": receiver] }
}

extension HeldBack {
    static let words = ["silence", "inhibition", "rollout", "draining"]

    var word: String {
        switch self {
        case .silence: "silence"
        case .inhibited: "inhibition"
        case .rollout: "rollout"
        case .draining: "draining"
        }
    }
}

extension AlertStore {
    package func figures() async throws -> AlertFigures {
        try await database.read { connection in
            var figures = AlertFigures()
            for row in try connection.query(
                "SELECT document FROM alert_states WHERE settled = 0 AND state <> ?", [Alert.State.resolved.rawValue])
            {
                figures.count(try CanonicalJSON.decode(Alert.self, try row.get("document")))
            }
            for row in try connection.query(
                """
                SELECT environment, receiver, COUNT(*) AS n, MIN(created_at) AS oldest FROM alert_notifications
                WHERE ended_at IS NULL GROUP BY environment, receiver
                """)
            {
                let line = AlertFigures.Line(environment: try row.get("environment"), receiver: try row.get("receiver"))
                figures.waiting[line] = AlertFigures.Waiting(
                    count: try row.get("n"), oldest: Timestamp(microseconds: try row.get("oldest")))
            }
            return figures
        }
    }
}

extension AlertFigures {
    fileprivate mutating func count(_ alert: Alert) {
        let kind = Kind(environment: alert.environment, state: alert.state, severity: alert.severity)
        alerts[kind, default: 0] += 1
        guard alert.isFiring else { return }
        if let by = alert.heldBack?.word { held[Held(environment: alert.environment, by: by), default: 0] += 1 }
        if alert.acknowledged != nil { acknowledged[alert.environment, default: 0] += 1 }
    }
}
