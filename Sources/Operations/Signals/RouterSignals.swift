import Analysis
import Rollouts

/// Signals from what serves the traffic and from the platform's probes: the router's counters and the instances' state,
/// brought together by bundle.
package struct RouterSignals: Signals {
    private let platform: any Platform
    private let router: any Router
    private let clock: any WallClock
    private let series: SeriesReader?

    /// - Parameter series: reads what environments' files name themselves; nil reads nothing of that.
    package init(
        platform: any Platform, router: any Router, clock: any WallClock, series: SeriesReader? = nil
    ) {
        self.platform = platform
        self.router = router
        self.clock = clock
        self.series = series
    }

    package func sample(environment: String, service: String) async -> SignalSample {
        await look(environment, service).sample
    }

    package func sample(_ request: SignalRequest) async -> SignalSample {
        var (sample, instances) = await look(request.environment, request.service)
        guard let series, sample.broken == nil, !request.metrics.isEmpty else { return sample }
        let found = await series.read(request, instances)
        for index in sample.arms.indices { sample.arms[index].metrics = found.readings[sample.arms[index].bundle] }
        sample.unanswered = found.unanswered.isEmpty ? nil : found.unanswered
        return sample
    }

    package func unknown(_ request: SignalRequest, of bundle: Digest) async -> [String] {
        guard let series else { return [] }
        do {
            let instances = try await platform.instances(environment: request.environment)
            return await series.unknown(
                request, instances.filter { $0.service == request.service && $0.bundle == bundle })
        } catch {
            return []  // Nobody was asked, so nothing is known to be missing; the looks will say so.
        }
    }

    private func look(_ environment: String, _ service: String) async -> (sample: SignalSample, instances: [Instance]) {
        let observation: RouterObservation
        let instances: [Instance]
        do {
            observation = try await router.observe(environment: environment, service: service)
        } catch {
            return (broken(service, "the router cannot be asked: \(error)"), [])
        }
        do {
            instances = try await platform.instances(environment: environment).filter { $0.service == service }
        } catch {
            return (broken(service, "the platform cannot be asked: \(error)"), [])
        }
        let counters = Dictionary(observation.arms.map { ($0.bundle, $0) }) { first, _ in first }
        let running = Dictionary(grouping: instances, by: \.bundle)
        let bundles = Set(counters.keys).union(running.keys).sorted { $0.text < $1.text }
        let sample = SignalSample(
            service: service, at: clock.now, epoch: observation.epoch,
            arms: bundles.map { Self.arm($0, counters[$0], running[$0] ?? []) }, broken: observation.broken)
        return (sample, instances)
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
            restarts: instances.reduce(0) { $0 + $1.restarts }, clients: counters?.clients,
            costs: counters?.costs.map { JobCosts(histogram: $0.histogram.sparse, nanodollars: $0.nanodollars) })
    }

    /// The buckets that say something: those with counts, and the one below each, which bounds it. Looks are journaled.
    static func counted(_ buckets: [RouterObservation.LatencyBucket]) -> [RouterObservation.LatencyBucket] {
        buckets.telling(\.count)
    }
}
