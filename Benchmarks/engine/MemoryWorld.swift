import Analysis
import Contract
import Definitions
import Rollouts
import Secrets
import Synchronization

/// Everything around the engine, in memory and at once: what is measured beside it is the engine, its machine, its judges and
/// SQLite. Each environment has one service with fifty requests a second.
final class MemoryWorld: Platform, Router, Signals, SmokeTests, Preflight {
    private struct State {
        var instances: [String: [Instance]] = [:]
        var splits: [String: TrafficSplit] = [:]
        var looks = 0
    }

    private let state = Mutex(State())
    private let clock: any EngineClock

    init(clock: any EngineClock) { self.clock = clock }

    /// How often signals were asked for.
    var looks: Int { state.withLock { $0.looks } }

    // MARK: The platform

    func ensure(
        _ bundle: Bundle, service: String, count: Int, deadline: Duration
    ) async throws(PlatformError) -> [Instance] {
        state.withLock { state in
            var all = state.instances[bundle.environment] ?? []
            let running = all.filter { $0.bundle == bundle.digest && $0.service == service }
            guard running.count != count else { return running }
            let started = (0..<count).map { index in
                Instance(
                    id: "\(service)-\(bundle.release)-\(index)", environment: bundle.environment, service: service,
                    release: bundle.release, bundle: bundle.digest, pid: 1, port: 20_000 + index, alive: true,
                    ready: true, proof: .reported, since: clock.now)
            }
            all += started
            state.instances[bundle.environment] = all
            return started
        }
    }

    func instances(environment: String) async throws(PlatformError) -> [Instance] {
        state.withLock { $0.instances[environment] ?? [] }
    }

    func stop(environment: String, service: String, bundle: Digest) async throws(PlatformError) {
        state.withLock { $0.instances[environment]?.removeAll { $0.service == service && $0.bundle == bundle } }
    }

    func stop(environment: String, instances: [String]) async throws(PlatformError) {
        state.withLock { $0.instances[environment]?.removeAll { instances.contains($0.id) } }
    }

    func restart(environment: String, instance: String) async throws(PlatformError) {}

    func migrate(_ bundle: Bundle, deadline: Duration) async throws(PlatformError) -> MigrationReport {
        MigrationReport(output: "")
    }

    func logTail(environment: String, instance: String, lines: Int) async throws(PlatformError) -> [String] { [] }

    // MARK: The router

    func apply(_ split: TrafficSplit) async throws(RouterError) {
        state.withLock { $0.splits[split.environment] = split }
    }

    func drain(_ split: TrafficSplit, bundle: Digest, deadline: Duration) async throws(RouterError) -> Int { 0 }

    func withdraw(
        _ leaving: [TrafficSplit.Target], for split: TrafficSplit, deadline: Duration
    ) async throws(RouterError) -> Int {
        try await apply(split)
        return 0
    }

    func remove(environment: String, service: String) async throws(RouterError) {
        state.withLock { $0.splits[environment] = nil }
    }

    func observe(environment: String, service: String) async throws(RouterError) -> RouterObservation {
        RouterObservation(epoch: "1", arms: [])
    }

    // MARK: Signals

    func sample(environment: String, service: String) async -> SignalSample {
        let (split, look) = state.withLock { state in
            state.looks += 1
            return (state.splits[environment], state.looks)
        }
        let bundles = (split?.arms ?? []).map { ($0.bundle, $0.percent) }
        return Self.sample(service, at: clock.now, look: look, bundles: bundles)
    }

    /// Counters after so many looks at fifty requests a second, of which one in a thousand fails, with the buckets that lognormal
    /// answer times fill.
    static func sample(_ service: String, at: Timestamp, look: Int, bundles: [(Digest, Int)]) -> SignalSample {
        let arms = bundles.map { bundle, percent in
            let requests = Int64(look * percent)
            return SignalSample.Arm(
                bundle: bundle, requests: requests, errors: requests / 1_000,
                latency: shares.map { .init(upTo: $0.upTo, count: Int64(Double(requests) * $0.share)) }, instances: 2,
                ready: 2, healthFailures: 0, restarts: 0)
        }
        return SignalSample(service: service, at: at, epoch: "1", arms: arms)
    }

    private static let shares: [(upTo: Double, share: Double)] = {
        let usual = LatencyModel.usual()
        return usual.counts.map { ($0.upTo, Double($0.count) / Double(usual.total)) }
    }()

    // MARK: Smoke tests and preflight

    func run(_ request: SmokeRequest) async -> SmokeReport {
        let step = SmokeReport.Step(name: "health", passed: true, attempts: 1, milliseconds: 1, failure: nil)
        return SmokeReport(suites: [.init(suite: "health", passed: true, steps: [step])])
    }

    func bundle(
        _ request: RolloutRequest, release: Release, callerSecrets: [String: Secret], seal: Bool, now: Timestamp
    ) async throws(PreflightError) -> Bundle {
        try Self.builder(release, request).build(now: now)
    }

    func check(restoring bundle: Bundle) async throws(PreflightError) {}

    /// `canary`: ten percent that are watched for longer than any measurement takes. `direct`: all at once.
    private static func builder(_ release: Release, _ request: RolloutRequest) -> BundleBuilder {
        let steps: [StrategyStep] = [
            .weight(10), .bake(.seconds(86_400), evidence: Evidence(minimumRequests: 100)), .weight(100),
        ]
        let place = Place(file: "environments/\(request.environment).yaml", line: 1, column: 1)
        let definition = Definitions.Environment(
            name: request.environment, kind: .development, platform: .local,
            services: [ServiceDefinition(name: "api", replicas: 2, strategy: "canary", port: 8_000, place: place)],
            strategies: ["canary": Strategy(steps: steps), "direct": Strategy(steps: [.weight(100)])],
            rollbackWindow: .seconds(3_600))
        return BundleBuilder(
            environment: definition, release: release, secrets: [:],
            smoke: [SmokeSuiteText(path: "smoke/health.yaml", text: "")], strategy: request.strategy,
            key: InstallationKey(bytes: Array(0..<32)))
    }

    static func release(_ version: String) -> Release {
        let digest = Digest(of: Array(version.utf8))
        let contract = ArtifactContract(
            service: "api", variables: [], portVariable: "PORT",
            paths: ContractPaths(liveness: "/live", readiness: "/ready"), startBudgetSeconds: 20, drainSeconds: 5)
        let artifact = Artifact(service: "api", digest: digest, command: ["./api"], contract: contract)
        return Release(
            version: version, digest: digest, artifacts: [artifact], createdAt: Timestamp(microseconds: 1),
            createdBy: "benchmark")
    }
}
