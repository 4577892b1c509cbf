import ControlPlane
import Rollouts
import Synchronization

/// A machine on which what should run runs, and takes the requests that a test says.
final class IdleGround: Platform, Router {
    /// How a release's instances begin.
    enum Start { case ready, waiting, failing }

    private struct Kind: Hashable {
        var service: String
        var bundle: Digest
    }

    private struct State {
        var instances: [Kind: [Instance]] = [:]
        var arms: [String: RouterObservation.Arm] = [:]
        var isReady = true
        var starts: [String: Start] = [:]
        var waiting: [AsyncStream<Never>.Continuation] = []
    }

    private let state = Mutex(State())
    let clock: any WallClock

    init(clock: any WallClock) { self.clock = clock }

    var ground: Installation.Ground {
        Installation.Ground(platform: self, router: self, supervise: { try await Self.forever() })
    }

    private static func forever() async throws {
        for await _ in AsyncStream<Never>.makeStream().stream {}
        throw CancellationError()
    }

    /// Whether instances are ready from now on.
    func ready(_ isReady: Bool) { state.withLock { $0.isReady = isReady } }

    /// How instances of a release begin from now on; those that wait as well.
    func starts(_ release: String, _ start: Start) {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            state.starts[release] = start
            return state.waiting
        }
        for continuation in waiting { continuation.finish() }
    }

    /// Returns when it is known how the release's instances begin, or when the task is cancelled.
    private func start(of release: String) async -> Start {
        while !Task.isCancelled {
            let (start, change): (Start, AsyncStream<Never>) = state.withLock { state in
                let (change, continuation) = AsyncStream<Never>.makeStream()
                let start = state.starts[release] ?? .ready
                if start == .waiting { state.waiting.append(continuation) }
                return (start, change)
            }
            guard start == .waiting else { return start }
            for await _ in change {}
        }
        return .failing
    }

    /// So many more requests to a service, and so many of them failed.
    func served(_ service: String, by bundle: Bundle, requests: Int64, errors: Int64) {
        state.withLock { state in
            var arm =
                state.arms[service]
                ?? .init(bundle: bundle.digest, requests: 0, errors: 0, inFlight: 0, latency: [], percent: 100)
            arm.requests += requests
            arm.errors += errors
            state.arms[service] = arm
        }
    }

    func ensure(
        _ bundle: Bundle, service: String, count: Int, deadline: Duration
    ) async throws(PlatformError) -> [Instance] {
        guard await start(of: bundle.release) == .ready else {
            throw .notReady(service: service, reason: "it does not begin", log: [])
        }
        let now = clock.now
        return state.withLock { state in
            let instances = (0..<count).map { index in
                Instance(
                    id: "\(service)-\(bundle.release)-\(index)", environment: bundle.environment, service: service,
                    release: bundle.release, bundle: bundle.digest, pid: 1, port: 1, alive: true, ready: true,
                    proof: .reported, since: now)
            }
            state.instances[Kind(service: service, bundle: bundle.digest)] = instances
            return instances
        }
    }

    func instances(environment: String) async throws(PlatformError) -> [Instance] {
        state.withLock { state in
            state.instances.values.flatMap(\.self).map { instance in
                var instance = instance
                instance.ready = state.isReady
                return instance
            }
        }
    }

    func observe(environment: String, service: String) async throws(RouterError) -> RouterObservation {
        state.withLock { RouterObservation(epoch: "1", arms: $0.arms[service].map { [$0] } ?? []) }
    }

    func stop(environment: String, service: String, bundle: Digest) async throws(PlatformError) {
        state.withLock { $0.instances[Kind(service: service, bundle: bundle)] = nil }
    }

    func stop(environment: String, instances: [String]) async throws(PlatformError) {
        state.withLock { state in
            state.instances = state.instances.mapValues { $0.filter { !instances.contains($0.id) } }
        }
    }

    func restart(environment: String, instance: String) async throws(PlatformError) {}
    func migrate(_ bundle: Bundle, deadline: Duration) async throws(PlatformError) -> MigrationReport {
        MigrationReport(output: "")
    }
    func logTail(environment: String, instance: String, lines: Int) async throws(PlatformError) -> [String] { [] }
    func apply(_ split: TrafficSplit) async throws(RouterError) {}
    func drain(_ split: TrafficSplit, bundle: Digest, deadline: Duration) async throws(RouterError) -> Int { 0 }
    func withdraw(
        _ leaving: [TrafficSplit.Target], for split: TrafficSplit, deadline: Duration
    ) async throws(RouterError) -> Int { 0 }
    func remove(environment: String, service: String) async throws(RouterError) {}
}
