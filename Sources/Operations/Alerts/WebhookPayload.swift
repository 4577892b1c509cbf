import FoundationEssentials
import Rollouts

/// One notification in the form of Alertmanager's webhook, version 4 (`docs/configuration.md`, `webhook_config`), so
/// that receivers made for Alertmanager understand it.
struct WebhookPayload: Encodable {
    struct Entry: Encodable {
        var status: String
        var labels: [String: String]
        var annotations: [String: String]
        var startsAt: String
        var endsAt: String
        var generatorURL: String
        var fingerprint: String
    }

    var version = "4"
    var groupKey: String
    var truncatedAlerts = 0
    var status: String
    var receiver: String
    var groupLabels: [String: String]
    var commonLabels: [String: String]
    var commonAnnotations: [String: String]
    var externalURL = ""
    var alerts: [Entry]

    enum CodingKeys: String, CodingKey {
        case version, groupKey, truncatedAlerts, status, receiver, groupLabels, commonLabels, commonAnnotations
        case externalURL, alerts
    }

    init(_ alert: Alert, receiver: String) {
        var labels = [
            "alertname": alert.name, "environment": alert.environment, "severity": alert.severity.rawValue,
        ]
        labels["service"] = alert.service
        labels["release"] = alert.release
        let annotations = ["summary": alert.summary, "action": alert.action, "runbook": alert.runbook]
        groupKey = alert.key
        status = alert.state.rawValue
        self.receiver = receiver
        groupLabels = ["alertname": alert.name, "environment": alert.environment]
        commonLabels = labels
        commonAnnotations = annotations
        alerts = [
            Entry(
                status: alert.state.rawValue, labels: labels, annotations: annotations, startsAt: alert.since.rfc3339,
                endsAt: alert.endedAt?.rfc3339 ?? "0001-01-01T00:00:00Z", generatorURL: "", fingerprint: alert.key)
        ]
    }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
