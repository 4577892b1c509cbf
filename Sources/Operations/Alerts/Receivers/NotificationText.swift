import Contract
import Crypto
import Rollouts

/// A notification in words, for receivers that people read: what, since when, numbers, release, what changed, what it costs,
/// what to do.
struct NotificationText {
    let notification: AlertNotification
    let base: String

    /// `[FIRING 2] ServiceDown in production (api)`
    var title: String {
        let firing = notification.alerts.count(where: \.isFiring) + truncatedFiring
        let mark =
            notification.reason == .test
            ? "TEST"
            : notification.reason == .rerouted
                ? "NOT TOLD HERE ANY MORE"
                : notification.isFiring ? (firing > 1 ? "FIRING \(firing)" : "FIRING") : "RESOLVED"
        let names = Set(notification.alerts.map(\.name)).sorted()
        let what = names.count == 1 ? names[0] : "\(names.first ?? "alerts") and \(names.count - 1) more"
        let services = Set(notification.alerts.compactMap(\.service)).sorted()
        let place = services.isEmpty ? "" : " (\(services.joined(separator: ", ")))"
        return "[\(mark)] \(what) in \(notification.environment)\(place)"
    }

    private var truncatedFiring: Int { notification.truncated - (notification.truncatedEnded ?? 0) }

    /// What stands in place of those that are not shown; nil when all are.
    /// - Parameter hidden: those of the notification's own that are not.
    func rest(hiding hidden: ArraySlice<Alert> = []) -> String? {
        let firing = truncatedFiring + hidden.count(where: \.isFiring)
        let ended = (notification.truncatedEnded ?? 0) + hidden.count { !$0.isFiring }
        guard firing + ended > 0 else { return nil }
        return ended == 0
            ? "and \(firing) more that fire"
            : firing == 0 ? "and \(ended) more that are over" : "and \(firing) more that fire, \(ended) that are over"
    }

    /// Names the message: 64 hex digits, which everybody takes.
    var name: String { Self.digest(notification.id) }

    /// The same for all messages about one group, in as many digits: PagerDuty allows 255 characters.
    var conversation: String { Self.digest("\(notification.environment) \(notification.groupKey)") }

    private static func digest(_ text: String) -> String { Hexadecimal.text(SHA256.hash(data: Array(text.utf8))) }

    /// Lines for one alert.
    func lines(_ alert: Alert) -> [String] {
        let isElsewhere = notification.reason == .rerouted
        let mark = isElsewhere ? "Not told here any more: " : "Over: "
        var lines = [alert.isFiring ? alert.summary : mark + alert.summary]
        lines.append(
            alert.isFiring || isElsewhere
                ? "since \(alert.since.rfc3339)"
                : "from \(alert.since.rfc3339) to \((alert.endedAt ?? notification.at).rfc3339)")
        for (name, title) in Self.further {
            if let text = alert.annotations[name], !text.isEmpty { lines.append("\(title): \(text)") }
        }
        return lines
    }

    /// What alerts say besides, in the order of reading.
    static let further = [
        ("release", "release"), ("changed", "what changed"), ("cost", "cost"), ("action", "first"),
        ("runbook", "runbook"),
    ]

    /// Everything, for mail and as a fallback.
    var body: String {
        var parts = notification.alerts.map { lines($0).joined(separator: "\n") }
        if let rest = rest() { parts.append(rest) }
        parts.append(
            "\(notification.reason.rawValue); route: \(notification.route)\n\(base)/environments/\(notification.environment)"
        )
        return parts.joined(separator: "\n\n")
    }
}

extension String {
    /// At most so many characters; what is cut off is said by an ellipsis.
    func cut(to limit: Int) -> String {
        unicodeScalars.count <= limit ? self : String(String.UnicodeScalarView(unicodeScalars.prefix(limit - 1))) + "…"
    }
}
