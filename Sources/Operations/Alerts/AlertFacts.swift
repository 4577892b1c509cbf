import Rollouts

/// What is known of an environment when its alerts are decided. Nil means that it is not known now, and then nothing
/// that depends on it changes: missing data never resolves an alert.
package struct AlertFacts: Sendable, Equatable {
    /// How the last finished rollout ended.
    package struct LastRollout: Sendable, Equatable {
        package var id: String
        package var release: String
        package var serving: String?
        package var outcome: Outcome
        package var why: String

        package init(id: String, release: String, serving: String?, outcome: Outcome, why: String) {
            self.id = id
            self.release = release
            self.serving = serving
            self.outcome = outcome
            self.why = why
        }
    }

    package struct Service: Sendable, Equatable {
        package var name: String
        package var desired: Int
        package var ready: Int
        /// The most consecutive health failures of one instance, and how many the environment allows.
        package var healthFailures: Int
        package var allowedFailures: Int
        /// A threshold that the running bundle breaches now: a sentence that names the service.
        package var breach: String?
        /// The share of requests or jobs that fail, and of how many; nil without enough of them.
        package var errorRate: ErrorRate?
        /// The most restarts of one instance.
        package var restarts = 0
        /// False while nobody judges the bundle, or nothing can be measured: then no breach does not mean that all is well.
        package var isJudged: Bool

        package init(
            name: String, desired: Int, ready: Int, healthFailures: Int, allowedFailures: Int, breach: String?,
            isJudged: Bool = true
        ) {
            self.isJudged = isJudged
            self.name = name
            self.desired = desired
            self.ready = ready
            self.healthFailures = healthFailures
            self.allowedFailures = allowedFailures
            self.breach = breach
        }
    }

    package struct ErrorRate: Sendable, Equatable {
        package var value: Double
        package var samples: Int

        package init(value: Double, samples: Int) {
            self.value = value
            self.samples = samples
        }
    }

    /// The disk of the control plane's own state.
    package struct Disk: Sendable, Equatable {
        package var place: String
        /// In bytes.
        package var available: Int64
        package var isShort: Bool

        package init(place: String, available: Int64, isShort: Bool) {
            self.place = place
            self.available = available
            self.isShort = isShort
        }
    }

    /// The machine that the control plane runs on.
    package struct Machine: Sendable, Equatable {
        /// The load of five minutes, a processor.
        package var load: Double
        /// Shares that are in use, 0 to 1.
        package var memory: Double
        package var disk: Double
        package var place: String

        package init(load: Double, memory: Double, disk: Double, place: String) {
            self.load = load
            self.memory = memory
            self.disk = disk
            self.place = place
        }
    }

    /// What is to report regularly, and when it last did.
    package struct Heartbeat: Sendable, Equatable {
        package var name: String
        package var within: Duration
        /// The last report, or when it was first expected.
        package var last: Timestamp
        package var hasReported: Bool

        package init(name: String, within: Duration, last: Timestamp, hasReported: Bool) {
            self.name = name
            self.within = within
            self.last = last
            self.hasReported = hasReported
        }
    }

    /// A receiver for which a notification waits.
    package struct Waiting: Sendable, Equatable {
        package var receiver: String
        package var since: Timestamp
        package var failure: String

        package init(receiver: String, since: Timestamp, failure: String) {
            self.receiver = receiver
            self.since = since
            self.failure = failure
        }
    }

    /// The rollout that is under way.
    package struct Underway: Sendable, Equatable {
        package var id: String
        package var since: Timestamp

        package init(id: String, since: Timestamp) {
            self.id = id
            self.since = since
        }
    }

    /// What runs otherwise than it is defined.
    package struct Drift: Sendable, Equatable {
        /// The names and services that differ, in one line; nil when nothing does.
        package var verdict: String?
        /// Whether it has been so for longer than the environment allows.
        package var isLasting: Bool

        package init(verdict: String?, isLasting: Bool) {
            self.verdict = verdict
            self.isLasting = isLasting
        }
    }

    package var environment: String
    package var lastRollout: LastRollout?
    package var services: [Service]?
    package var spending: Spending?
    /// Why it is unknown though somebody has asked.
    package var spendingFailure: String?
    package var disk: Disk?
    package var certificates: Certificates?
    package var drift: Drift?
    package var machine: Machine?
    package var heartbeats: [Heartbeat]?
    package var waiting: [Waiting]?
    package var underway: Underway?
    /// What rules measure of services, by `AlertRule.id`.
    package var measured: [String: SeriesState] = [:]
    /// What every alert says besides: the release, what changed, what it costs.
    package var context: [String: String] = [:]

    package init(
        environment: String, lastRollout: LastRollout? = nil, services: [Service]? = nil,
        spending: Spending? = nil, disk: Disk? = nil, certificates: Certificates? = nil, drift: Drift? = nil
    ) {
        self.certificates = certificates
        self.disk = disk
        self.drift = drift
        self.environment = environment
        self.lastRollout = lastRollout
        self.services = services
        self.spending = spending
    }
}
