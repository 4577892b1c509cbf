import Analysis

/// What splits a service's work between bundles: traffic through HAProxy, or job buckets through the control path.
package protocol Router: Sendable {
    /// Makes the split so. Idempotent; returns when it is in force.
    func apply(_ split: TrafficSplit) async throws(RouterError)

    /// Takes the bundle's instances out and waits until nothing is in flight to them, or `deadline`.
    /// - Returns: how many requests were still in flight at the deadline.
    func drain(_ split: TrafficSplit, bundle: Digest, deadline: Duration) async throws(RouterError) -> Int

    /// Puts `split` in force, in which instances of the split before are missing, and waits until nothing is in flight to
    /// those, or `deadline`.
    /// - Parameter leaving: the missing ones.
    /// - Returns: how many requests or jobs were still in flight at the deadline.
    func withdraw(
        _ leaving: [TrafficSplit.Target], for split: TrafficSplit, deadline: Duration
    ) async throws(RouterError) -> Int

    /// Stops listening for a service that no bundle has any more, and forgets it. Idempotent; one that is not known is fine.
    func remove(environment: String, service: String) async throws(RouterError)

    /// Where clients reach a service of the bundle that has a port, once its split is in force.
    func door(_ bundle: Bundle, port: Int) async throws(RouterError) -> RouterDoor

    /// The certificates that the environment's router serves, and what is wrong with those that it was given last; nil
    /// while that is not known.
    func certificates(environment: String) async -> [RouterCertificate]?

    /// Counters per bundle, as the router has them now. Counters only grow, except that a restart of the router begins a
    /// new `epoch`.
    func observe(environment: String, service: String) async throws(RouterError) -> RouterObservation
}

extension Router {
    package func door(_ bundle: Bundle, port: Int) async throws(RouterError) -> RouterDoor {
        RouterDoor(url: "http://\((bundle.entrance ?? Entrance()).host):\(port)")
    }

    package func certificates(environment: String) async -> [RouterCertificate]? { [] }
}

/// How a service's work is to be divided.
package struct TrafficSplit: Codable, Sendable, Equatable {
    package struct Arm: Codable, Sendable, Equatable {
        package var bundle: Digest
        package var release: String
        /// 0…100; the arms' percentages add up to 100, or to 0 when there is nothing to serve.
        package var percent: Int
        package var instances: [Target]

        package init(bundle: Digest, release: String, percent: Int, instances: [Target]) {
            self.bundle = bundle
            self.release = release
            self.percent = percent
            self.instances = instances
        }
    }

    package struct Target: Codable, Sendable, Equatable {
        package var id: String
        package var port: Int
        package init(id: String, port: Int) {
            self.id = id
            self.port = port
        }
    }

    package var environment: String
    package var service: String
    /// The port that clients use; nil when the service takes jobs, not requests.
    package var port: Int?
    /// How they are let in there; nil: on 127.0.0.1, without encryption.
    package var entrance: Entrance?
    /// Where instances are told their share of job buckets, if they take jobs.
    package var sharePath: String?
    /// What the router itself probes before it sends requests.
    package var readinessPath: String
    package var arms: [Arm]

    package init(
        environment: String, service: String, port: Int?, entrance: Entrance? = nil, sharePath: String?,
        readinessPath: String, arms: [Arm]
    ) {
        self.environment = environment
        self.service = service
        self.port = port
        self.entrance = entrance
        self.sharePath = sharePath
        self.readinessPath = readinessPath
        self.arms = arms
    }
}

package struct RouterObservation: Codable, Sendable, Equatable {
    package struct Arm: Codable, Sendable, Equatable {
        package var bundle: Digest
        /// Requests answered or failed, cumulative in this epoch, smoke requests left out.
        package var requests: Int64
        /// Answers of 5xx, and requests that the instance did not answer, cumulative.
        package var errors: Int64
        package var inFlight: Int
        /// Answers by upper bound of their milliseconds, cumulative in this epoch (not across buckets).
        package var latency: [LatencyBucket]
        /// Percentage in force.
        package var percent: Int
        /// Clients and those whose first request failed, each counted once between two looks; nil where they are not told
        /// apart.
        package var clients: ArmCount?
        /// What jobs cost, cumulative in this epoch; nil where nobody tells.
        package var costs: JobCosts?

        package init(
            bundle: Digest, requests: Int64, errors: Int64, inFlight: Int, latency: [LatencyBucket], percent: Int,
            clients: ArmCount? = nil, costs: JobCosts? = nil
        ) {
            self.bundle = bundle
            self.requests = requests
            self.errors = errors
            self.inFlight = inFlight
            self.latency = latency
            self.percent = percent
            self.clients = clients
            self.costs = costs
        }
    }

    package struct LatencyBucket: Codable, Sendable, Equatable {
        /// Milliseconds; `Double.infinity` is written as 1e300 in JSON.
        package var upTo: Double
        package var count: Int64
        package init(upTo: Double, count: Int64) {
            self.upTo = upTo
            self.count = count
        }
    }

    /// Changes when counters begin anew.
    package var epoch: String
    package var arms: [Arm]
    /// Why the counters cannot be trusted, if so: then telemetry is broken, and nothing is judged.
    package var broken: String?

    package init(epoch: String, arms: [Arm], broken: String? = nil) {
        self.epoch = epoch
        self.arms = arms
        self.broken = broken
    }
}

package enum RouterError: Error, Sendable, Equatable, Codable {
    /// The port is taken; `holder` names the process that has it, if it can be found.
    case portTaken(port: Int, holder: String?)
    case unreachable(reason: String)
    case refused(command: String, answer: String)
    case cannotStart(reason: String)
    /// The environment does not know this service yet.
    case unknownService(String)
}
