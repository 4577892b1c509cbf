/// A message for an incoming webhook of Slack: Block Kit's blocks, with `text` for notifications and for readers without
/// blocks (`api.slack.com/reference/block-kit/blocks`: at most 50 blocks, 150 characters in a header, 3,000 in a section).
struct SlackPayload: Encodable, Equatable {
    struct Text: Encodable, Equatable {
        var type: String
        var text: String
    }

    struct Block: Encodable, Equatable {
        var type: String
        var text: Text?
        /// Of a context.
        var elements: [Text]?
    }

    static let maximumBlocks = 50
    static let maximumHeader = 150
    static let maximumSection = 3_000

    var text: String
    var blocks: [Block]

    init(_ notification: AlertNotification, base: String) {
        let words = NotificationText(notification: notification, base: base)
        text = Self.escaped(words.title)
        let shown = notification.alerts.prefix(Self.maximumBlocks - 3)
        blocks = [Block(type: "header", text: Text(type: "plain_text", text: words.title.cut(to: Self.maximumHeader)))]
        blocks += shown.map { alert in
            let lines = words.lines(alert).map(Self.escaped)
            let text = (["*\(lines[0])*"] + lines.dropFirst()).joined(separator: "\n")
            return Block(type: "section", text: Text(type: "mrkdwn", text: text.cut(to: Self.maximumSection)))
        }
        if let rest = words.rest(hiding: notification.alerts.dropFirst(shown.count)) {
            blocks.append(Block(type: "section", text: Text(type: "mrkdwn", text: rest)))
        }
        let foot =
            "\(notification.reason.rawValue) · \(notification.route) · \(base)/environments/\(notification.environment)"
        blocks.append(Block(type: "context", elements: [Text(type: "mrkdwn", text: Self.escaped(foot).cut(to: 2_000))]))
    }

    /// The three characters that mean something in Slack's text.
    static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
