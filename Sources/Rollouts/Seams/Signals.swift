import Analysis

/// Measured series, per service and bundle. Observing has no effect on anything.
package protocol Signals: Sendable {
    /// Everything that is known of the service now. It never throws: what cannot be read is `broken`.
    func sample(environment: String, service: String) async -> SignalSample
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

        package init(
            bundle: Digest, requests: Int64, errors: Int64, latency: [RouterObservation.LatencyBucket],
            instances: Int, ready: Int, healthFailures: Int, restarts: Int, clients: ArmCount? = nil
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
        }
    }

    package var service: String
    package var at: Timestamp
    package var epoch: String
    package var arms: [Arm]
    /// Why this look cannot be trusted, if so.
    package var broken: String?

    package init(service: String, at: Timestamp, epoch: String, arms: [Arm], broken: String? = nil) {
        self.service = service
        self.at = at
        self.epoch = epoch
        self.arms = arms
        self.broken = broken
    }
}
