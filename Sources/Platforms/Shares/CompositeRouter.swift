import Rollouts

/// Requests through HAProxy, jobs through shares: a service with a port goes one way, one without the other.
package struct CompositeRouter: Router {
    private let traffic: HAProxyRouter
    private let shares: ShareRouter

    package init(traffic: HAProxyRouter, shares: ShareRouter) {
        self.traffic = traffic
        self.shares = shares
    }

    package func apply(_ split: TrafficSplit) async throws(RouterError) {
        // A service that gained a port, or lost it, is the other one's no more.
        if split.port != nil {
            try await traffic.apply(split)
            try await shares.remove(environment: split.environment, service: split.service)
        } else {
            try await shares.apply(split)
            try await traffic.remove(environment: split.environment, service: split.service)
        }
    }

    package func remove(environment: String, service: String) async throws(RouterError) {
        try await traffic.remove(environment: environment, service: service)
        try await shares.remove(environment: environment, service: service)
    }

    package func door(_ bundle: Bundle, port: Int) async throws(RouterError) -> RouterDoor {
        try await traffic.door(bundle, port: port)
    }

    package func certificates(environment: String) async -> [RouterCertificate]? {
        await traffic.certificates(environment: environment)
    }

    package func drain(
        _ split: TrafficSplit, bundle: Digest, deadline: Duration
    ) async throws(RouterError) -> Int {
        if split.port != nil { return try await traffic.drain(split, bundle: bundle, deadline: deadline) }
        return try await shares.drain(split, bundle: bundle, deadline: deadline)
    }

    package func withdraw(
        _ leaving: [TrafficSplit.Target], for split: TrafficSplit, deadline: Duration
    ) async throws(RouterError) -> Int {
        if split.port != nil { return try await traffic.withdraw(leaving, for: split, deadline: deadline) }
        return try await shares.withdraw(leaving, for: split, deadline: deadline)
    }

    package func observe(environment: String, service: String) async throws(RouterError) -> RouterObservation {
        do {
            return try await shares.observe(environment: environment, service: service)
        } catch .unknownService {
            return try await traffic.observe(environment: environment, service: service)
        }
    }

    /// Mends what differs from what was last asked for: a router that crashed, a worker that was restarted and starts
    /// with no share, an instance that listens on another port since.
    /// - Returns: what could not be mended now, in words; the next call tries again.
    package func reconcile(environment: String, platform: any Platform) async -> [String] {
        var failures: [String] = []
        var ports: [String: Int] = [:]
        do {
            for instance in try await platform.instances(environment: environment) {
                if let port = instance.port { ports[instance.id] = port }
            }
        } catch {
            return ["\(error)"]
        }
        do { try await traffic.reconcile(environment: environment, ports: ports) } catch { failures.append("\(error)") }
        do { try await shares.reconcile(environment: environment, ports: ports) } catch { failures.append("\(error)") }
        return failures
    }
}
