import Rollouts

/// One notification in the form of Alertmanager's webhook, version 4 (Alertmanager's `docs/configuration.md`,
/// `webhook_config`, and `notify/webhook/webhook.go`), so that receivers made for Alertmanager understand it.
struct WebhookPayload: Codable, Equatable {
    struct Entry: Codable, Equatable {
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
    var truncatedAlerts: Int
    var status: String
    var receiver: String
    var notificationReason: String
    var groupLabels: [String: String]
    var commonLabels: [String: String]
    var commonAnnotations: [String: String]
    var externalURL: String
    var alerts: [Entry]

    enum CodingKeys: String, CodingKey {
        case version, groupKey, truncatedAlerts, status, receiver, groupLabels, commonLabels, commonAnnotations
        case externalURL, alerts
        case notificationReason = "notification_reason"
    }

    /// What Alertmanager writes for "not over yet".
    private static let never = "0001-01-01T00:00:00Z"

    /// - Parameter base: where the control plane's dashboard is.
    init(_ notification: AlertNotification, base: String) {
        groupKey = notification.groupKey
        truncatedAlerts = notification.truncated
        status = notification.isFiring ? "firing" : "resolved"
        receiver = notification.receiver
        notificationReason = notification.reason.rawValue
        groupLabels = notification.groupLabels
        commonLabels = Self.common(notification.alerts.map(\.labels))
        commonAnnotations = Self.common(notification.alerts.map(\.annotations))
        externalURL = base
        alerts = notification.alerts.map { alert in
            Entry(
                status: alert.isFiring ? "firing" : "resolved", labels: alert.labels, annotations: alert.annotations,
                startsAt: alert.since.rfc3339,
                endsAt: alert.isFiring ? Self.never : (alert.endedAt ?? notification.at).rfc3339,
                generatorURL: "\(base)/environments/\(alert.environment)", fingerprint: alert.id)
        }
    }

    func json() throws -> String { try CanonicalJSON.encode(self) }

    /// The pairs that all of them have.
    static func common(_ all: [[String: String]]) -> [String: String] {
        guard let first = all.first else { return [:] }
        return all.dropFirst().reduce(first) { common, next in common.filter { next[$0.key] == $0.value } }
    }
}
