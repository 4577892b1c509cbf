import Rollouts

/// An event of PagerDuty's Events API, version 2 (`developer.pagerduty.com/api-reference`, "Send an event to PagerDuty"): one
/// incident for each group.
struct PagerDutyEvent: Encodable, Equatable {
    struct Payload: Encodable, Equatable {
        var summary: String
        var source: String
        var severity: String
        var timestamp: String
        var component: String?
        var group: String
        var `class`: String
        var customDetails: [String: String]

        enum CodingKeys: String, CodingKey {
            case summary, source, severity, timestamp, component, group, `class`
            case customDetails = "custom_details"
        }
    }

    struct Link: Encodable, Equatable {
        var href: String
        var text: String
    }

    static let maximumSummary = 1_024
    /// So many alerts at most have their details in an event, which may have 512 KB.
    static let maximumDetails = 20

    var routingKey: String
    var eventAction: String
    var dedupKey: String
    var payload: Payload
    var client = "Tidegate"
    var clientURL: String
    var links: [Link]

    enum CodingKeys: String, CodingKey {
        case routingKey = "routing_key"
        case eventAction = "event_action"
        case dedupKey = "dedup_key"
        case clientURL = "client_url"
        case payload, client, links
    }

    init(_ notification: AlertNotification, routingKey: String, base: String) {
        let words = NotificationText(notification: notification, base: base)
        let page = "\(base)/environments/\(notification.environment)"
        self.routingKey = routingKey
        eventAction = notification.isFiring ? "trigger" : "resolve"
        dedupKey = words.conversation
        clientURL = page
        let first = notification.alerts.first
        let summary = notification.alerts.count == 1 ? "\(words.title): \(first?.summary ?? "")" : words.title
        var details: [String: String] = [:]
        for alert in notification.alerts.prefix(Self.maximumDetails) {
            details[alert.labels.written] = words.lines(alert).joined(separator: "\n")
        }
        if let rest = words.rest(hiding: notification.alerts.dropFirst(Self.maximumDetails)) { details["more"] = rest }
        payload = Payload(
            summary: summary.cut(to: Self.maximumSummary), source: "tidegate/\(notification.environment)",
            severity: notification.severity,
            timestamp: (first?.since ?? notification.at).rfc3339, component: first?.service,
            group: notification.environment, class: first?.name ?? "", customDetails: details)
        links = [Link(href: page, text: "What runs")]
    }
}
