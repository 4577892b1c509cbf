/// One look at a service: what both bundles' counters and instances say now.
package struct Look: Codable, Sendable, Equatable {
    package struct Arm: Codable, Sendable, Equatable {
        /// Cumulative within the epoch.
        package var requests: Int64
        package var errors: Int64
        package var latency: LatencyHistogram
        package var instances: Int
        package var ready: Int
        /// The most consecutive health failures of one instance.
        package var healthFailures: Int
        package var restarts: Int
        /// Clients, and those whose first request failed, each counted once in a look; cumulative within the epoch. Nil where
        /// clients are not told apart.
        package var clients: ArmCount?
        /// Series that the environment's file names, those that have a number now; nil where it names none.
        package var metrics: [String: MetricReading]?
        /// What jobs cost, cumulative within the epoch; nil where nobody tells.
        package var costs: JobCosts?

        package init(
            requests: Int64, errors: Int64, latency: LatencyHistogram = LatencyHistogram(), instances: Int, ready: Int,
            healthFailures: Int = 0, restarts: Int = 0, clients: ArmCount? = nil,
            metrics: [String: MetricReading]? = nil, costs: JobCosts? = nil
        ) {
            self.requests = requests
            self.errors = errors
            self.latency = latency
            self.instances = instances
            self.ready = ready
            self.healthFailures = healthFailures
            self.restarts = restarts
            self.clients = clients
            self.metrics = metrics
            self.costs = costs
        }
    }

    /// Microseconds on any clock that does not go back.
    package var at: Int64
    /// Another epoch means that counters began anew.
    package var epoch: String
    package var candidate: Arm?
    /// Nil when there is no bundle to compare with.
    package var reference: Arm?
    package var broken: String?
    /// Series about which nobody could be asked, by name, with the reason; nil for none.
    package var unanswered: [String: String]?

    package init(
        at: Int64, epoch: String, candidate: Arm?, reference: Arm?, broken: String? = nil,
        unanswered: [String: String]? = nil
    ) {
        self.at = at
        self.epoch = epoch
        self.candidate = candidate
        self.reference = reference
        self.broken = broken
        self.unanswered = unanswered
    }
}

/// The rules by which one service is judged.
package struct JudgeRules: Codable, Sendable, Equatable {
    package var healthFailures: Int
    package var errorRate: Double
    package var errorRateFor: Duration
    package var latencyQuantile: Double
    package var latencyFactor: Double
    package var latencyFor: Duration
    /// Up to this nothing is a breach.
    package var latencyAtLeast: Duration
    package var minimumRequests: Int
    /// Milliseconds under the last good bundle, if they were recorded.
    package var latencyBaseline: Double?
    /// The chance of a false alarm that the sequential tests keep within.
    package var alpha: Double
    /// Looks farther apart than this begin a new window.
    package var gap: Duration
    /// How the sequential tests are read; nil as journals before these rules had it.
    package var evidence: EvidenceRules?
    /// Limits on further series; nil for none.
    package var metrics: [MetricRule]?
    /// Whether points are kept for Kayenta's judge; nil for no.
    package var keepsMinutes: Bool?

    package init(
        healthFailures: Int = 3, errorRate: Double = 0.05, errorRateFor: Duration = .seconds(300),
        latencyQuantile: Double = 0.95, latencyFactor: Double = 2, latencyFor: Duration = .seconds(300),
        latencyAtLeast: Duration = .zero,
        minimumRequests: Int = 20, latencyBaseline: Double? = nil, alpha: Double = 0.001, gap: Duration = .seconds(30),
        evidence: EvidenceRules? = EvidenceRules(), metrics: [MetricRule]? = nil
    ) {
        self.healthFailures = healthFailures
        self.errorRate = errorRate
        self.errorRateFor = errorRateFor
        self.latencyQuantile = latencyQuantile
        self.latencyFactor = latencyFactor
        self.latencyFor = latencyFor
        self.latencyAtLeast = latencyAtLeast
        self.minimumRequests = minimumRequests
        self.latencyBaseline = latencyBaseline
        self.alpha = alpha
        self.gap = gap
        self.evidence = evidence
        self.metrics = metrics
    }
}
