import Definitions
import Operations
import Rollouts

extension LiveControl {
    package func alerts(_ environment: String?) async throws -> [AlertDocument] {
        try await Explanations.explaining {
            let alerts = try await parts.alerts.list(
                environment: environment, limit: AlertDocument.maximumShown, over: AlertDocument.maximumOver)
            return [Alert.State.firing, .pending, .resolved].flatMap { state in
                alerts.filter { $0.state == state }.map { AlertDocument($0) }
            }
        }
    }

    package func acknowledge(
        _ environment: String, _ id: String, _ body: ReasonBody, by caller: Caller
    ) async throws -> AlertDocument {
        _ = try parts.environments.known(environment)
        return try await Explanations.explaining {
            let firing = try await parts.alerts.firing(environment: environment)
            let meant = firing.filter { $0.id.hasPrefix(id) || $0.name == id }
            guard let alert = meant.first, meant.count == 1 else {
                throw Refusal(
                    "unknown_alert",
                    meant.isEmpty
                        ? "Nothing that fires in \(environment) is called \(id); `tidegate alerts list \(environment)` shows what does."
                        : "\(meant.count) alerts in \(environment) are called \(id); name one by its id.", exit: .usage)
            }
            let known = try await parts.alerts.acknowledge(
                environment, alert.id, by: caller.name, reason: body.reason ?? "", now: now)
            guard let known else {
                throw Refusal("unknown_alert", "\(alert.name) does not fire any more.", exit: .usage)
            }
            parts.hub.announce(environment, nil)
            return AlertDocument(known)
        }
    }

    package func alertRules(_ environment: String) async throws -> [AlertRuleDocument] {
        let definition = try parts.environments.environment(environment)
        return try await Explanations.explaining {
            try parts.desk.plan(of: definition).rules.map { AlertRuleDocument($0) }
        }
    }

    package func testAlerts(
        _ environment: String, _ body: AlertTestBody, by caller: Caller
    ) async throws -> [AlertTestDocument] {
        let definition = try parts.environments.environment(environment)
        let names = try receivers(of: body, definition)
        return await withTaskGroup(of: AlertTestDocument.self) { group in
            for name in names {
                let receiver = definition.alerts.receivers.first { $0.name == name }?.value
                let notification = AlertNotification.test(
                    environment, receiver: name, by: caller.name, id: RandomID.make(), now: now)
                group.addTask { [desk = parts.desk, clock = parts.clock] in
                    let start = clock.now
                    let outcome = await desk.deliver(notification)
                    let failure: String? =
                        switch outcome {
                        case .delivered: nil
                        case .later(let why), .refused(let why): why
                        }
                    return AlertTestDocument(
                        receiver: name, kind: receiver?.kindName ?? "", delivered: outcome == .delivered,
                        failure: failure, seconds: (clock.now - start).seconds)
                }
            }
            return await group.reduce(into: []) { $0.append($1) }.sorted { $0.receiver < $1.receiver }
        }
    }

    private func receivers(of body: AlertTestBody, _ definition: Environment) throws -> [String] {
        let known = definition.alerts.receivers.map(\.name)
        if let name = body.receiver {
            guard known.contains(name) else {
                throw Refusal(
                    "unknown_receiver",
                    "\(definition.name) has no receiver \(name); it has: \(known.joined(separator: ", ")).",
                    exit: .usage)
            }
            return [name]
        }
        var labels = ["alertname": "Test", "severity": "critical"].merging(body.labels ?? [:]) { _, own in own }
        labels["environment"] = definition.name
        let found = Set(AlertRouting(definition.alerts).nodes(for: labels).map(\.receiver)).sorted()
        guard !found.isEmpty else {
            throw Refusal(
                "nobody_hears", "Nobody in \(definition.name) would hear of \(labels.written).", exit: .checkFailed)
        }
        return found
    }

    package func beat(_ environment: String, _ name: String) async throws -> HeartbeatDocument {
        let known = try parts.environments.known(environment).definition?.alerts.heartbeats ?? []
        guard let expected = known.first(where: { $0.name == name }) else {
            throw Refusal(
                "unknown_heartbeat",
                "\(environment) expects no heartbeat \(name): write it under `alerts: { heartbeats: … }`.", exit: .usage
            )
        }
        return try await Explanations.explaining {
            try await parts.alerts.beat(environment, name, now: now)
            return HeartbeatDocument(
                environment: environment, heartbeat: name, at: now.rfc3339, dueAt: (now + expected.value).rfc3339)
        }
    }
}

extension AlertDocument {
    init(_ alert: Alert) {
        self.init(
            id: alert.id, name: alert.name, environment: alert.environment, status: alert.state.rawValue,
            severity: alert.severity, summary: alert.summary,
            startsAt: (alert.state == .pending ? alert.activeSince : alert.since).rfc3339,
            endsAt: alert.state == .pending ? nil : alert.endedAt?.rfc3339)
        action = alert.action
        runbook = alert.runbook
        value = alert.value
        labels = alert.labels
        annotations = alert.annotations
        acknowledgedBy = alert.acknowledged?.by
        heldBack = alert.heldBack?.description
        switch alert.evidence {
        case .known: evidence = "known"
        case .noData: evidence = "no_data"
        case .failed: evidence = "error"
        }
    }
}

extension AlertRuleDocument {
    init(_ rule: AlertRule) {
        self.init(
            name: rule.name, severity: rule.severity, condition: rule.condition, summary: rule.summary.text,
            runbook: rule.runbook, file: rule.place.file)
    }
}
