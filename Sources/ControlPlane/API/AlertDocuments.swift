/// An alert as it is now, or was when it ended.
package struct AlertDocument: Codable, Sendable, Equatable {
    /// A list has so many at most that fire or are pending, and so many that are over, the latest first.
    package static let (maximumShown, maximumOver) = (1_000, 100)

    /// The fingerprint of its labels.
    package var id: String
    package var name: String
    package var environment: String
    /// `firing`, `pending` or `resolved`.
    package var status: String
    package var severity: String
    package var summary: String
    package var startsAt: String
    @Null package var endsAt: String?
    /// What to do first, and the page to follow.
    @Null package var action: String?
    @Null package var runbook: String?
    /// `known`, `no_data` or `error`: whether what it is about can be seen now.
    package var evidence: String = "known"
    @Null package var value: Double?
    package var labels: [String: String] = [:]
    package var annotations: [String: String] = [:]
    /// Why it is not told; null when nothing holds it back.
    @Null package var heldBack: String?
    @Null package var acknowledgedBy: String?

    package init(
        id: String, name: String, environment: String, status: String, severity: String, summary: String,
        startsAt: String, endsAt: String? = nil
    ) {
        self.id = id
        self.name = name
        self.environment = environment
        self.status = status
        self.severity = severity
        self.summary = summary
        self.startsAt = startsAt
        _endsAt = Null(wrappedValue: endsAt)
        _action = Null(wrappedValue: nil)
        _runbook = Null(wrappedValue: nil)
        _value = Null(wrappedValue: nil)
        _heldBack = Null(wrappedValue: nil)
        _acknowledgedBy = Null(wrappedValue: nil)
    }
}

/// Why an alert was told to whom and when, or why it was not.
package struct AlertExplanationDocument: Codable, Sendable, Equatable {
    /// One way from the alert to a receiver.
    package struct Way: Codable, Sendable, Equatable {
        /// The matchers that led there.
        package var route: String
        package var receiver: String
        package var groupKey: String
        /// Whether the receiver was told that this alert fires, and not that it is over.
        package var isTold: Bool
        @Null package var lastToldAt: String?
        /// When it goes out next, if nothing changes; null for never.
        @Null package var nextAt: String?
        /// One sentence.
        package var why: String
    }

    /// One message.
    package struct Sent: Codable, Sendable, Equatable {
        package var id: String
        package var receiver: String
        package var reason: String
        package var at: String
        /// `delivered`, `waiting` or `given_up`.
        package var state: String
        package var attempts: Int
        @Null package var failure: String?
        @Null package var nextAt: String?
        /// Among how many that it has no room for the message counts the alert; null where it shows it.
        @Null package var among: Int?
    }

    package var environment: String
    package var rule: AlertRuleDocument
    /// Null when the rule has no alert now.
    @Null package var alert: AlertDocument?
    /// Sentences, the most important first.
    package var why: [String]
    package var ways: [Way]
    /// The latest first.
    package var sent: [Sent]
}

package struct AlertRuleDocument: Codable, Sendable, Equatable {
    package var name: String
    package var severity: String
    /// What it looks at, and what is too much: `queue_depth of worker above 100 for 5m`.
    package var condition: String
    package var summary: String
    package var runbook: String
    package var file: String
}

/// Which receivers are to get a test: one by its name, or those that labels lead to.
package struct AlertTestBody: Codable, Sendable {
    package var receiver: String?
    package var labels: [String: String]?

    package init(receiver: String? = nil, labels: [String: String]? = nil) {
        self.receiver = receiver
        self.labels = labels
    }
}

package struct AlertTestDocument: Codable, Sendable, Equatable {
    package var receiver: String
    package var kind: String
    package var delivered: Bool
    @Null package var failure: String?
    package var seconds: Double

    package init(receiver: String, kind: String, delivered: Bool, failure: String?, seconds: Double) {
        self.receiver = receiver
        self.kind = kind
        self.delivered = delivered
        _failure = Null(wrappedValue: failure)
        self.seconds = seconds
    }
}

package struct SilenceBody: Codable, Sendable {
    /// As `severity="warning"`, `service=~"api|worker"`; all must hold.
    package var matchers: [String]
    /// RFC 3339; nil begins now.
    package var from: String?
    package var until: String
    package var comment: String

    package init(matchers: [String], from: String? = nil, until: String, comment: String) {
        self.matchers = matchers
        self.from = from
        self.until = until
        self.comment = comment
    }
}

package struct SilenceDocument: Codable, Sendable, Equatable {
    package var id: String
    package var environment: String
    /// `pending`, `active` or `expired`.
    package var state: String
    package var matchers: [String]
    package var startsAt: String
    package var endsAt: String
    package var createdBy: String
    package var comment: String
    /// The alerts that it keeps quiet now.
    package var silenced: [String]

    package init(
        id: String, environment: String, state: String, matchers: [String], startsAt: String, endsAt: String,
        createdBy: String, comment: String, silenced: [String] = []
    ) {
        self.id = id
        self.environment = environment
        self.state = state
        self.matchers = matchers
        self.startsAt = startsAt
        self.endsAt = endsAt
        self.createdBy = createdBy
        self.comment = comment
        self.silenced = silenced
    }
}

package struct HeartbeatDocument: Codable, Sendable, Equatable {
    package var environment: String
    package var heartbeat: String
    package var at: String
    /// When the next one is due at the latest.
    package var dueAt: String

    package init(environment: String, heartbeat: String, at: String, dueAt: String) {
        self.environment = environment
        self.heartbeat = heartbeat
        self.at = at
        self.dueAt = dueAt
    }
}
