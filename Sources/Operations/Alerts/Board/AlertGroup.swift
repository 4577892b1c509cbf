import Rollouts

/// Alerts that are told together: those of one route with the same values of its labels.
package struct AlertGroup: Codable, Sendable, Equatable {
    /// What one receiver was told.
    package struct Told: Codable, Sendable, Equatable {
        /// Fingerprints that it was told to fire, and not yet that they are over.
        package private(set) var firing: Set<String> = []
        /// Since when it knows of each of them.
        package private(set) var since: [String: Timestamp] = [:]
        package var at: Timestamp?
        /// How many notifications it got.
        package var count = 0

        package init() {}

        /// Of what was written down without `since`, it knows since it was last told.
        package init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            let firing = try container.decode(Set<String>.self, forKey: .firing)
            self.firing = firing
            at = try container.decodeIfPresent(Timestamp.self, forKey: .at)
            count = try container.decode(Int.self, forKey: .count)
            since =
                try container.decodeIfPresent([String: Timestamp].self, forKey: .since)
                ?? at.map { at in Dictionary(uniqueKeysWithValues: firing.map { ($0, at) }) } ?? [:]
        }

        mutating func learn(_ ids: some Sequence<String>, at now: Timestamp) {
            for id in ids where firing.insert(id).inserted { since[id] = now }
        }

        mutating func forget(_ ids: Set<String>) {
            firing.subtract(ids)
            for id in ids { since[id] = nil }
        }

        /// The same by a clock that was set back.
        func following(_ passed: Duration) -> Self {
            var told = self
            told.at = at.map { $0 + passed }
            told.since = since.mapValues { $0 + passed }
            return told
        }
    }

    package var route: String
    package var labels: Labels
    package var createdAt: Timestamp
    /// When what is new in it is told.
    package var nextFlush: Timestamp
    /// By `receiver` for the route's own, by `receiver@level` for those who are told later.
    package var told: [String: Told] = [:]

    /// Whose name in `told` it is.
    static func receiver(of name: String) -> String {
        name.lastIndex(of: "@").map { String(name[..<$0]) } ?? name
    }

    /// Tells it from all others in few characters, of which none needs care.
    var name: String { "\(labels.fingerprint)-\(route.isEmpty ? "" : ["route": route].fingerprint)" }

    package var key: String { Self.key(route: route, labels: labels) }

    package static func key(route: String, labels: Labels) -> String { "{\(route)}:\(labels.written)" }
}

/// One message to one receiver about one group.
package struct AlertNotification: Codable, Sendable, Equatable {
    /// Why it is sent, in Alertmanager's words where it has some.
    package enum Reason: String, Codable, Sendable, CaseIterable {
        case first = "first notification"
        case newAlerts = "new alerts added"
        case someResolved = "some alerts resolved"
        case allResolved = "all alerts resolved"
        /// What it was told of goes on, and to others.
        case rerouted = "routes changed"
        case repeated = "repeat interval elapsed"
        case unacknowledged = "nobody acknowledged"
        case test = "test"
    }

    /// The same for the same change, however often it is sent.
    package var id: String
    package var environment: String
    package var receiver: String
    package var groupKey: String
    package var groupLabels: Labels
    package var route: String
    package var reason: Reason
    /// Whether any alert of the group fires.
    package var isFiring: Bool
    package var alerts: [Alert]
    /// How many more there are than `alerts` holds.
    package var truncated: Int
    /// How many of those are over; nil for none.
    package var truncatedEnded: Int?
    /// The most urgent of all that fire, when `alerts` does not hold them all.
    package var urgency: String?
    package var at: Timestamp
    /// When it is worth nothing any more; nil for never.
    package var expires: Timestamp?
    /// How long it is until it is told again, if nothing changes.
    package var repeatEvery: Duration

    /// The most urgent of what fires; when all is over, of what did.
    package var severity: String { urgency ?? Self.urgency(of: alerts) }

    static func urgency(of alerts: some Sequence<Alert>) -> String {
        let (firing, over) = alerts.reduce(into: (Set<String>(), Set<String>())) { found, alert in
            if alert.isFiring { found.0.insert(alert.severity) } else { found.1.insert(alert.severity) }
        }
        let found = firing.isEmpty ? over : firing
        return ["critical", "warning", "info"].first(where: found.contains) ?? "warning"
    }

    /// A notification holds so many alerts at most: receivers have their limits, and so has memory.
    package static let maximumAlerts = 100
}

extension AlertNotification {
    /// A message that somebody asked for, to see whether it arrives.
    package static func test(
        _ environment: String, receiver: String, by name: String, id: String, now: Timestamp
    ) -> AlertNotification {
        let labels = ["alertname": "Test", "environment": environment, "severity": "info"]
        let annotations = [
            "summary": "\(name) tries whether alerts arrive here. Nothing is the matter.", "action": "nothing",
        ]
        let alert = Alert(
            rule: "Test/info", labels: labels, annotations: annotations, activeSince: now, firedAt: now)
        return AlertNotification(
            id: "\(environment)/test/\(receiver)#\(id)", environment: environment, receiver: receiver,
            groupKey: "{test}:\(id)", groupLabels: labels, route: "test", reason: .test, isFiring: true,
            alerts: [alert], truncated: 0, at: now, repeatEvery: .seconds(300))
    }
}
