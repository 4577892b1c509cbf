import Rollouts

/// Something that a rule found and somebody should know about: what is the matter with one set of labels.
package struct Alert: Codable, Sendable, Equatable {
    package enum State: String, Codable, Sendable {
        /// The condition holds, and not yet for as long as the rule asks.
        case pending
        case firing
        case resolved
    }

    /// What the rule last knew. What is not known ends no alert, and begins none.
    package enum Evidence: Codable, Sendable, Equatable {
        case known
        case noData(since: Timestamp, why: String)
        case failed(since: Timestamp, why: String)

        package var since: Timestamp? {
            switch self {
            case .known: nil
            case .noData(let since, _), .failed(let since, _): since
            }
        }
    }

    package struct Acknowledgement: Codable, Sendable, Equatable {
        package var by: String
        package var at: Timestamp
        package var reason: String

        package init(by: String, at: Timestamp, reason: String) {
            self.by = by
            self.at = at
            self.reason = reason
        }
    }

    /// `AlertRule.id`.
    package var rule: String
    package var labels: Labels
    package var annotations: [String: String]
    package var state: State
    /// Since when the condition holds.
    package var activeSince: Timestamp
    /// When it began to fire; of one that is pending, before.
    package var firedAt: Timestamp?
    /// Since when the condition does not hold any more, while `keep-firing-for` keeps it firing.
    package var clearSince: Timestamp?
    /// When it ceased to fire; of one that is pending, before.
    package var endedAt: Timestamp?
    /// The last value that was known.
    package var value: Double?
    package var evidence = Evidence.known
    package var acknowledged: Acknowledgement?
    /// What keeps it from being told; nil when nothing does.
    package var heldBack: HeldBack?
    /// Whether everybody who was told of it knows that it is over.
    package var isSettled = false

    package init(
        rule: String, labels: Labels, annotations: [String: String] = [:], state: State = .firing,
        activeSince: Timestamp, firedAt: Timestamp? = nil, endedAt: Timestamp? = nil, value: Double? = nil
    ) {
        self.rule = rule
        self.labels = labels
        self.annotations = annotations
        self.state = state
        self.activeSince = activeSince
        self.firedAt = firedAt
        self.endedAt = endedAt
        self.value = value
    }

    package var id: String { labels.fingerprint }
    package var name: String { labels["alertname"] ?? rule }
    package var environment: String { labels["environment"] ?? "" }
    package var service: String? { labels["service"] }
    package var severity: String { labels["severity"] ?? "warning" }
    package var summary: String { annotations["summary"] ?? "" }
    /// What to do first.
    package var action: String { annotations["action"] ?? "" }
    /// The page to follow, relative to the project.
    package var runbook: String { annotations["runbook"] ?? "" }
    package var isFiring: Bool { state == .firing }
    /// Since when it fires, or last fired; of one that never has, since when its condition holds.
    package var since: Timestamp { firedAt ?? activeSince }
}

/// Why a firing alert is not told.
package enum HeldBack: Codable, Sendable, Equatable {
    case silence(id: String)
    /// The fingerprint of the alert on whose account it is held back.
    case inhibited(by: String)
    /// Its rule waits for the end of a rollout, which is named.
    case rollout(String)
    /// It is about an instance that is being drained.
    case draining(instance: String)
}

/// Alerts that somebody knows of already, and does not want to be told of until then.
package struct Silence: Codable, Sendable, Equatable {
    package var id: String
    package var environment: String
    package var matchers: [String]
    package var startsAt: Timestamp
    package var endsAt: Timestamp
    package var createdBy: String
    package var comment: String

    package init(
        id: String, environment: String, matchers: [String], startsAt: Timestamp, endsAt: Timestamp,
        createdBy: String, comment: String
    ) {
        self.id = id
        self.environment = environment
        self.matchers = matchers
        self.startsAt = startsAt
        self.endsAt = endsAt
        self.createdBy = createdBy
        self.comment = comment
    }

    package func isInForce(at now: Timestamp) -> Bool { startsAt <= now && now < endsAt }
}
