/// Who hears of what goes wrong, and when: the words and the defaults are Alertmanager's.
package struct AlertDefinition: Sendable {
    package var receivers: [Placed<AlertReceiver>]
    /// Files of rules besides those that are built in, relative to the project.
    package var rules: [Placed<String>]
    /// The tree that says who hears of what; nil tells every receiver of everything.
    package var route: AlertRoute?
    package var inhibitions: [AlertInhibition]
    package var watchdog: AlertWatchdog?
    /// What is to be heard of regularly, by name.
    package var heartbeats: [Placed<Duration>]

    package init(
        receivers: [Placed<AlertReceiver>], rules: [Placed<String>] = [], route: AlertRoute? = nil,
        inhibitions: [AlertInhibition] = [], watchdog: AlertWatchdog? = nil, heartbeats: [Placed<Duration>] = []
    ) {
        self.receivers = receivers
        self.rules = rules
        self.route = route
        self.inhibitions = inhibitions
        self.watchdog = watchdog
        self.heartbeats = heartbeats
    }

    /// The names under `secrets` that receivers need, each with the receiver's.
    package var secrets: [(receiver: String, secret: String)] {
        receivers.flatMap { receiver in receiver.value.secrets.map { (receiver.name, $0) } }
    }
}

/// A value that a receiver needs: written in the file, or kept under `secrets`.
package enum ReceiverValue: Sendable, Equatable, Codable {
    case plain(String)
    /// The name under `secrets`.
    case secret(String)
}

/// Somebody, or something, that is told of alerts.
package struct AlertReceiver: Sendable, Equatable, Codable {
    package enum Kind: Sendable, Equatable, Codable {
        /// Posts Alertmanager's webhook payload, version 4.
        case webhook(ReceiverValue)
        /// Posts to an incoming webhook of Slack.
        case slack(ReceiverValue)
        /// Sends an event of PagerDuty's Events API, version 2; the value is the routing key.
        case pagerduty(key: ReceiverValue, url: String)
        case email(AlertMail)
        case command(AlertCommand)
        /// Posts to the API, version 2, of a running Alertmanager.
        case alertmanager(url: String)
    }

    package var kind: Kind
    /// Whether it is told when an alert is over.
    package var sendsResolved: Bool

    package init(_ kind: Kind, sendsResolved: Bool = true) {
        self.kind = kind
        self.sendsResolved = sendsResolved
    }

    /// Such as `webhook`: the key in the file.
    package var kindName: String {
        switch kind {
        case .webhook: "webhook"
        case .slack: "slack"
        case .pagerduty: "pagerduty"
        case .email: "email"
        case .command: "command"
        case .alertmanager: "alertmanager"
        }
    }

    /// The names under `secrets` that it needs.
    package var secrets: [String] {
        let values: [ReceiverValue] =
            switch kind {
            case .webhook(let value), .slack(let value), .pagerduty(let value, _): [value]
            case .email(let mail): mail.password.map { [.secret($0)] } ?? []
            case .command, .alertmanager: []
            }
        return values.compactMap { if case .secret(let name) = $0 { name } else { nil } }
    }
}

/// Mail by SMTP.
package struct AlertMail: Sendable, Equatable, Codable {
    package enum Encryption: String, Sendable, Codable, CaseIterable { case required, none }

    /// `smtp://host:port`, or `smtps://` for TLS from the first byte.
    package var server: String
    package var from: String
    package var to: [String]
    package var user: String?
    /// The name under `secrets`.
    package var password: String?
    package var encryption: Encryption

    package init(
        server: String, from: String, to: [String], user: String? = nil, password: String? = nil,
        encryption: Encryption = .required
    ) {
        self.server = server
        self.from = from
        self.to = to
        self.user = user
        self.password = password
        self.encryption = encryption
    }
}

/// A program that is given the webhook payload on its standard input.
package struct AlertCommand: Sendable, Equatable, Codable {
    package var command: [String]
    package var within: Duration

    /// No command may take longer: what comes after it for its receiver waits.
    package static let longest = Duration.seconds(60)

    package init(_ command: [String], within: Duration = .seconds(30)) {
        self.command = command
        self.within = within
    }
}

/// A node of the tree that alerts go down: into the first child that matches, and into further ones after a child with
/// `continue`. What a node does not say, it has from the one above.
package struct AlertRoute: Sendable, Equatable, Codable {
    /// Somebody else who is told when nobody has acknowledged an alert for so long.
    package struct Escalation: Sendable, Equatable, Codable {
        package var after: Duration
        package var receiver: String

        package init(after: Duration, receiver: String) {
            self.after = after
            self.receiver = receiver
        }
    }

    package var matchers: [LabelMatcher]
    package var receiver: String?
    /// The labels whose values tell groups apart; `...` stands for all of them.
    package var groupBy: [String]?
    package var wait: Duration?
    package var interval: Duration?
    package var repeatEvery: Duration?
    package var continues: Bool
    /// Times in which its receivers are not told; an empty list ends those of above.
    package var mute: [FreezeWindow]?
    package var escalations: [Escalation]?
    package var routes: [AlertRoute]

    package init(
        matchers: [LabelMatcher] = [], receiver: String? = nil, groupBy: [String]? = nil, wait: Duration? = nil,
        interval: Duration? = nil, repeatEvery: Duration? = nil, continues: Bool = false, mute: [FreezeWindow]? = nil,
        escalations: [Escalation]? = nil, routes: [AlertRoute] = []
    ) {
        self.matchers = matchers
        self.receiver = receiver
        self.groupBy = groupBy
        self.wait = wait
        self.interval = interval
        self.repeatEvery = repeatEvery
        self.continues = continues
        self.mute = mute
        self.escalations = escalations
        self.routes = routes
    }

    /// Alertmanager's defaults.
    package static let usualWait = Duration.seconds(30)
    package static let usualInterval = Duration.seconds(300)
    package static let usualRepeat = Duration.seconds(4 * 3_600)
    package static let usualGroup = ["alertname", "environment"]

    /// The node and all below it.
    package var all: [AlertRoute] { [self] + routes.flatMap(\.all) }
}

/// While an alert that matches `source` fires, those that match `target` are held back, if both have the same values for
/// `equal`. Unlike Alertmanager's, a label that both lack makes them no equals.
package struct AlertInhibition: Sendable, Equatable, Codable {
    package var source: [LabelMatcher]
    package var target: [LabelMatcher]
    package var equal: [String]

    package init(source: [LabelMatcher], target: [LabelMatcher], equal: [String] = []) {
        self.source = source
        self.target = target
        self.equal = equal
    }
}

/// A notification that comes for as long as alerting works: whoever gets it calls for help when it stays away.
package struct AlertWatchdog: Sendable, Equatable, Codable {
    package var receiver: String
    package var every: Duration

    package init(receiver: String, every: Duration = .seconds(60)) {
        self.receiver = receiver
        self.every = every
    }
}
