import Definitions

/// How a release did in the time after its rollout for which it was watched.
package struct WatchSummary: Codable, Sendable, Equatable {
    package struct Service: Codable, Sendable, Equatable {
        package var service: String
        /// Of the whole hours that the watch touches.
        package var traffic: TrafficSum

        package init(service: String, traffic: TrafficSum) {
            self.service = service
            self.traffic = traffic
        }
    }

    /// Minutes in which a verdict failed.
    package struct Breaches: Codable, Sendable, Equatable {
        package var minutes: Int
        package var first: Timestamp
        /// What the first of them said.
        package var why: String

        package init(minutes: Int, first: Timestamp, why: String) {
            self.minutes = minutes
            self.first = first
            self.why = why
        }
    }

    package var rollout: String
    package var environment: String
    package var release: String
    package var from: Timestamp
    package var until: Timestamp
    /// The rollout or rollback that ended the watch before its time.
    package var endedBy: String?
    package var services: [Service]
    package var breaches: Breaches?

    package init(
        rollout: String, environment: String, release: String, from: Timestamp, until: Timestamp,
        endedBy: String? = nil, services: [Service], breaches: Breaches? = nil
    ) {
        self.rollout = rollout
        self.environment = environment
        self.release = release
        self.from = from
        self.until = until
        self.endedBy = endedBy
        self.services = services
        self.breaches = breaches
    }
}
