import Analysis
import Definitions

/// Measured series, per service and bundle. Observing has no effect on anything.
package protocol Signals: Sendable {
    /// Everything that is known of the service now. It never throws: what cannot be read is `broken`.
    func sample(environment: String, service: String) async -> SignalSample

    /// The same, with the series that the environment's file names.
    func sample(_ request: SignalRequest) async -> SignalSample

    /// A sentence for each sample that is asked for and that no instance of the bundle exposes, though one answers. What nobody
    /// answers is not among them.
    func unknown(_ request: SignalRequest, of bundle: Digest) async -> [String]
}

extension Signals {
    package func sample(_ request: SignalRequest) async -> SignalSample {
        await sample(environment: request.environment, service: request.service)
    }

    package func unknown(_ request: SignalRequest, of bundle: Digest) async -> [String] { [] }
}

/// What is asked of a service, and of which bundles.
package struct SignalRequest: Sendable, Equatable {
    package struct Arm: Sendable, Equatable {
        package var bundle: Digest
        package var release: String
        package init(bundle: Digest, release: String) {
            self.bundle = bundle
            self.release = release
        }
    }

    package var environment: String
    package var service: String
    /// The bundle that is judged, then the one beside it.
    package var arms: [Arm]
    /// The service's own.
    package var metrics: [MetricThreshold]
    package var prometheus: String?
    /// What it asks for.
    package var access: PrometheusAccess?

    package init(environment: String, service: String, arms: [Arm], thresholds: Thresholds) {
        self.environment = environment
        self.service = service
        self.arms = arms
        metrics = (thresholds.metrics ?? []).filter { $0.service == service }
        prometheus = thresholds.prometheus
        access = thresholds.prometheusAccess
    }
}

/// One look at a service: cumulative counters and the state of its instances, by bundle.
package struct SignalSample: Codable, Sendable, Equatable {
    package struct Arm: Codable, Sendable, Equatable {
        package var bundle: Digest
        /// Cumulative within the epoch, smoke requests left out. For a service that takes jobs: jobs ended, and failed.
        package var requests: Int64
        package var errors: Int64
        @BucketLists package var latency: [RouterObservation.LatencyBucket]
        package var instances: Int
        package var ready: Int
        /// The most consecutive health failures that one of its instances has now.
        package var healthFailures: Int
        package var restarts: Int
        /// Clients and those whose first request failed, each counted once between two looks, cumulative; nil where they are
        /// not told apart.
        package var clients: ArmCount?
        /// Series that the environment's file names, by name; nil for none.
        package var metrics: [String: MetricReading]?
        /// What jobs cost, cumulative within the epoch, those left out that cost nothing; nil where nobody tells.
        package var costs: JobCosts?

        package init(
            bundle: Digest, requests: Int64, errors: Int64, latency: [RouterObservation.LatencyBucket],
            instances: Int, ready: Int, healthFailures: Int, restarts: Int, clients: ArmCount? = nil,
            metrics: [String: MetricReading]? = nil, costs: JobCosts? = nil
        ) {
            self.bundle = bundle
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

    package var service: String
    package var at: Timestamp
    package var epoch: String
    package var arms: [Arm]
    /// Why this look cannot be trusted, if so.
    package var broken: String?
    /// Series about which nobody could be asked, by name, with the reason; nil for none.
    package var unanswered: [String: String]?

    package init(
        service: String, at: Timestamp, epoch: String, arms: [Arm], broken: String? = nil,
        unanswered: [String: String]? = nil
    ) {
        self.service = service
        self.at = at
        self.epoch = epoch
        self.arms = arms
        self.broken = broken
        self.unanswered = unanswered
    }
}
