import Definitions
import Operations
import Rollouts

extension LiveControl {
    package func explainAlerts(_ subject: String, environment: String?) async throws -> [AlertExplanationDocument] {
        let names = try environment.map { [$0] } ?? parts.environments.names()
        return try await Explanations.explaining {
            var found: [AlertExplanationDocument] = []
            for name in names { found += try await explain(subject, in: name) }
            guard !found.isEmpty else {
                throw Refusal(
                    "unknown_alert",
                    "No alert and no rule is called \(subject); `tidegate alerts list` shows alerts, `tidegate alerts rules ENV` rules.",
                    exit: .usage)
            }
            return found
        }
    }

    private func explain(_ subject: String, in environment: String) async throws -> [AlertExplanationDocument] {
        guard let definition = try parts.environments.known(environment).definition else { return [] }
        let plan = try parts.desk.plan(of: definition)
        let board = try await parts.alerts.board(environment)
        let all = try await parts.alerts.list(environment: environment, limit: 1_000)
        let meant = all.filter { $0.name == subject || (subject.count >= 4 && $0.id.hasPrefix(subject)) }
        var sent: [AlertStore.Sent] = []
        for name in Set(meant.map(\.name)).sorted() {
            sent += try await parts.alerts.sent(environment, naming: name)
        }
        let seen = parts.alertMetrics.seen(environment, now: now)
        let ways = meant.map { board.ways(of: $0, plan.routing, zone: zoneOffsetOfIANA, now: now) }
        sent += try await counting(zip(meant, ways), sent, environment)
        var explanations = zip(meant, ways).map { explanation(of: $0, plan, $1, sent) }
        let covered = Set(meant.map(\.rule))
        for rule in plan.rules where rule.name == subject && !covered.contains(rule.id) {
            explanations.append(explanation(of: rule, seen, plan, board, environment))
        }
        return explanations
    }

    private func explanation(
        of alert: Alert, _ plan: AlertPlan, _ ways: [AlertBoard.Way], _ sent: [AlertStore.Sent]
    ) -> AlertExplanationDocument {
        let rule = plan.rules.first { $0.id == alert.rule }
        let document =
            rule.map { AlertRuleDocument($0) }
            ?? .init(
                name: alert.name, severity: alert.severity, condition: "the rule is gone", summary: alert.summary,
                runbook: alert.runbook, file: "")
        let own = sent.filter { $0.notification.tells(of: alert, ways) }
            .sorted { $0.notification.at > $1.notification.at }
        return AlertExplanationDocument(
            environment: alert.environment, rule: document, alert: AlertDocument(alert),
            why: Self.sentences(alert, rule, ways), ways: ways.map { AlertExplanationDocument.Way($0) },
            sent: own.prefix(20).map { AlertExplanationDocument.Sent($0, about: alert) })
    }

    /// Messages that count what they do not name may name no alert of the rule at all: they are looked for by their groups.
    private func counting(
        _ alerts: some Sequence<(Alert, [AlertBoard.Way])>, _ sent: [AlertStore.Sent], _ environment: String
    ) async throws -> [AlertStore.Sent] {
        let named = Set(sent.flatMap { $0.notification.alerts.map(\.id) })
        let groups = alerts.filter { !named.contains($0.0.id) }.flatMap { $0.1.filter(\.isTold).map(\.groupKey) }
        var found: [AlertStore.Sent] = []
        for group in Set(groups).sorted() { found += try await parts.alerts.sent(environment, about: group) }
        let known = Set(sent.map(\.notification.id))
        return found.filter { !known.contains($0.notification.id) }
    }

    /// A rule without an alert: why there is none.
    private func explanation(
        of rule: AlertRule, _ seen: SeriesSnapshot?, _ plan: AlertPlan, _ board: AlertBoard, _ environment: String
    ) -> AlertExplanationDocument {
        let blind = board.blindness[rule.id].map { blind in
            "Nobody knows: since \(blind.since.rfc3339) \(blind.isFailure ? "asking fails" : "there is no data") (\(blind.why))."
        }
        let why = blind.map { [$0] } ?? rule.sight(in: seen, plan.routing)
        return AlertExplanationDocument(
            environment: environment, rule: AlertRuleDocument(rule), alert: nil, why: why, ways: [], sent: [])
    }

    private static func sentences(_ alert: Alert, _ rule: AlertRule?, _ ways: [AlertBoard.Way]) -> [String] {
        var lines: [String] = []
        switch alert.state {
        case .pending:
            let at = rule.map { (alert.activeSince + $0.lasting).rfc3339 } ?? "some time"
            lines.append("It holds since \(alert.activeSince.rfc3339), and fires at \(at) if it goes on.")
        case .firing: lines.append("It fires since \(alert.since.rfc3339).")
        case .resolved:
            lines.append("It is over since \(alert.endedAt?.rfc3339 ?? "-"); it began at \(alert.since.rfc3339).")
        }
        if let value = alert.value, let rule { lines.append("Its value is \(rule.beside(value)).") }
        switch alert.evidence {
        case .known: break
        case .noData(let since, let why):
            lines.append("Since \(since.rfc3339) there is no data (\(why)); that ends nothing.")
        case .failed(let since, let why):
            lines.append("Since \(since.rfc3339) asking fails (\(why)); that ends nothing.")
        }
        if let held = alert.heldBack { lines.append("It is not told: \(held).") }
        if let known = alert.acknowledged {
            lines.append(
                "\(known.by) acknowledged it at \(known.at.rfc3339)\(known.reason.isEmpty ? "" : ": \(known.reason)").")
        }
        if ways.isEmpty { lines.append("No route leads it to anybody.") }
        return lines
    }
}

extension AlertExplanationDocument.Way {
    init(_ way: AlertBoard.Way) {
        self.init(
            route: way.route, receiver: way.receiver, groupKey: way.groupKey, isTold: way.isTold,
            lastToldAt: way.lastTold?.rfc3339, nextAt: way.next?.rfc3339, why: way.why)
    }
}

extension AlertNotification {
    fileprivate func names(_ alert: Alert) -> Bool { alerts.contains { $0.id == alert.id } }

    /// Whether it names the alert, or counts it among those for which it has no room.
    fileprivate func tells(of alert: Alert, _ ways: [AlertBoard.Way]) -> Bool {
        names(alert)
            || truncated > 0
                && ways.contains { way in
                    way.groupKey == groupKey && way.receiver == receiver && way.knownSince.map { $0 <= at } ?? false
                }
    }
}

extension AlertExplanationDocument.Sent {
    init(_ sent: AlertStore.Sent, about alert: Alert) {
        let isOpen = sent.endedAt == nil
        self.init(
            id: sent.notification.id, receiver: sent.notification.receiver, reason: sent.notification.reason.rawValue,
            at: sent.notification.at.rfc3339, state: sent.isDelivered ? "delivered" : isOpen ? "waiting" : "given_up",
            attempts: sent.attempts, failure: sent.failure, nextAt: isOpen ? sent.dueAt.rfc3339 : nil,
            among: sent.notification.names(alert) ? nil : sent.notification.truncated)
    }
}
