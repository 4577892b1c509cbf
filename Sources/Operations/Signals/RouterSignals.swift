import Rollouts

/// Signals from what serves the traffic and from the platform's probes: the router's counters and the instances' state,
/// brought together by bundle.
package struct RouterSignals: Signals {
    private let platform: any Platform
    private let router: any Router
    private let clock: any WallClock

    package init(platform: any Platform, router: any Router, clock: any WallClock) {
        self.platform = platform
        self.router = router
        self.clock = clock
    }

    package func sample(environment: String, service: String) async -> SignalSample {
        let observation: RouterObservation
        let instances: [Instance]
        do {
            observation = try await router.observe(environment: environment, service: service)
        } catch {
            return broken(service, "the router cannot be asked: \(error)")
        }
        do {
            instances = try await platform.instances(environment: environment).filter { $0.service == service }
        } catch {
            return broken(service, "the platform cannot be asked: \(error)")
        }
        let counters = Dictionary(observation.arms.map { ($0.bundle, $0) }) { first, _ in first }
        let running = Dictionary(grouping: instances, by: \.bundle)
        let bundles = Set(counters.keys).union(running.keys).sorted { $0.text < $1.text }
        return SignalSample(
            service: service, at: clock.now, epoch: observation.epoch,
            arms: bundles.map { Self.arm($0, counters[$0], running[$0] ?? []) }, broken: observation.broken)
    }

    private func broken(_ service: String, _ reason: String) -> SignalSample {
        SignalSample(service: service, at: clock.now, epoch: "", arms: [], broken: reason)
    }

    private static func arm(
        _ bundle: Digest, _ counters: RouterObservation.Arm?, _ instances: [Instance]
    ) -> SignalSample.Arm {
        SignalSample.Arm(
            bundle: bundle, requests: counters?.requests ?? 0, errors: counters?.errors ?? 0,
            latency: Self.counted(counters?.latency ?? []), instances: instances.count,
            ready: instances.filter(\.ready).count,
            healthFailures: instances.map(\.healthFailures).max() ?? 0,
            restarts: instances.reduce(0) { $0 + $1.restarts }, clients: counters?.clients)
    }

    /// The buckets that say something: those with counts, and the one below each, which bounds it. Looks are journaled.
    static func counted(_ buckets: [RouterObservation.LatencyBucket]) -> [RouterObservation.LatencyBucket] {
        buckets.indices.filter { index in
            buckets[index].count != 0 || (index + 1 < buckets.count && buckets[index + 1].count != 0)
        }.map { buckets[$0] }
    }
}
