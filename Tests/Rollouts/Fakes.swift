import Analysis
import Contract
import Definitions
import Logging
import Rollouts
import Secrets
import Storage
import Synchronization
import TestSupport

import struct Foundation.UUID

/// A clock that runs fifty times as fast as the wall's.
struct FastClock: EngineClock {
    static let factor: Int64 = 50
    private let start = ContinuousClock.now

    var now: Timestamp { Timestamp(microseconds: 1_000_000_000) + (ContinuousClock.now - start) * Int(Self.factor) }

    var uptime: Duration { (ContinuousClock.now - start) * Int(Self.factor) }

    func sleep(for duration: Duration) async throws {
        try await ContinuousClock().sleep(for: max(duration, .zero) / Int(Self.factor))
    }
}

/// Instances, a router, traffic and smoke tests in memory, with faults by release.
final class FakeWorld: Platform, Router, Signals, SmokeTests, Preflight {
    struct State {
        var groups: [String: [Instance]] = [:]
        var splits: [String: TrafficSplit] = [:]
        var removed: [String] = []
        var applied = 0
        var stopped: [String] = []
        var errorRates: [String: Double] = [:]
        var neverReady: Set<String> = []
        var failsSmoke: Set<String> = []
        var findings: [Finding] = []
        var counters: [Digest: (requests: Double, errors: Double)] = [:]
        var last: Timestamp?
        var ports = 20_000
        /// What the definition says of the service.
        var replicas = 2
        var surge: Int?
        /// Further series: the definition's, and what each release has of them now.
        var thresholds: [MetricThreshold] = []
        /// Instead of the usual ones.
        var steps: [StrategyStep]?
        var metrics: [String: [String: MetricReading]] = [:]
        var unanswered: [String: String]?
        var unknown: [String] = []
        /// How many instances ran at once, at most.
        var most = 0
    }

    let state = Mutex(State())
    let clock: FastClock
    init(clock: FastClock) { self.clock = clock }

    func weight(_ service: String, _ release: String) -> Int? {
        state.withLock { $0.splits[service]?.arms.first { $0.release == release }?.percent }
    }

    func ensure(
        _ bundle: Bundle, service: String, count: Int, deadline: Duration
    ) async throws(PlatformError) -> [Instance] {
        let instances: [Instance]? = state.withLock { state in
            if state.neverReady.contains(bundle.release) { return nil }
            let key = "\(service) \(bundle.digest)"
            if let running = state.groups[key], running.count == count { return running }
            state.groups[key] = (0..<count).map { index in
                state.ports += 1
                return Instance(
                    id: "\(service)-\(bundle.release)-\(index)", environment: bundle.environment, service: service,
                    release: bundle.release, bundle: bundle.digest, pid: 1, port: state.ports, alive: true, ready: true,
                    proof: .reported, since: clock.now)
            }
            state.most = max(state.most, state.groups.values.reduce(0) { $0 + $1.count })
            return state.groups[key]
        }
        guard let instances else { throw .notReady(service: service, reason: "it says 503", log: ["boom"]) }
        return instances
    }

    func instances(environment: String) async throws(PlatformError) -> [Instance] {
        state.withLock { $0.groups.values.flatMap { $0 }.filter { $0.environment == environment } }
    }

    func stop(environment: String, service: String, bundle: Digest) async throws(PlatformError) {
        state.withLock { state in
            state.groups["\(service) \(bundle)"] = nil
            state.stopped.append("\(service) \(bundle)")
        }
    }

    func stop(environment: String, instances: [String]) async throws(PlatformError) {
        state.withLock { state in
            for key in state.groups.keys { state.groups[key]?.removeAll { instances.contains($0.id) } }
            state.stopped += instances
        }
    }

    func restart(environment: String, instance: String) async throws(PlatformError) {}

    func migrate(_ bundle: Bundle, deadline: Duration) async throws(PlatformError) -> MigrationReport {
        MigrationReport(output: "done")
    }

    func logTail(environment: String, instance: String, lines: Int) async throws(PlatformError) -> [String] { [] }

    func apply(_ split: TrafficSplit) async throws(RouterError) {
        state.withLock { state in
            state.splits[split.service] = split
            state.applied += 1
        }
    }

    func drain(_ split: TrafficSplit, bundle: Digest, deadline: Duration) async throws(RouterError) -> Int { 0 }

    func withdraw(
        _ leaving: [TrafficSplit.Target], for split: TrafficSplit, deadline: Duration
    ) async throws(RouterError) -> Int {
        try await apply(split)
        return 0
    }

    func remove(environment: String, service: String) async throws(RouterError) {
        state.withLock { state in
            if state.splits.removeValue(forKey: service) != nil { state.removed.append(service) }
        }
    }

    func observe(environment: String, service: String) async throws(RouterError) -> RouterObservation {
        RouterObservation(epoch: "1", arms: [])
    }

    /// A hundred requests a second for each service, by the weights in force.
    func sample(environment: String, service: String) async -> SignalSample {
        let now = clock.now
        return state.withLock { state in
            let split = state.splits[service]
            for arm in split?.arms ?? [] {
                let requests = 10 * Double(arm.percent)
                state.counters[arm.bundle, default: (0, 0)].requests += requests
                state.counters[arm.bundle, default: (0, 0)].errors += requests * (state.errorRates[arm.release] ?? 0)
            }
            let arms = (split?.arms ?? []).map { arm in
                let count = state.counters[arm.bundle] ?? (0, 0)
                return SignalSample.Arm(
                    bundle: arm.bundle, requests: Int64(count.requests), errors: Int64(count.errors),
                    latency: [.init(upTo: 10, count: Int64(count.requests))], instances: 1, ready: 1,
                    healthFailures: 0, restarts: 0)
            }
            return SignalSample(service: service, at: now, epoch: "1", arms: arms)
        }
    }

    func sample(_ request: SignalRequest) async -> SignalSample {
        var sample = await sample(environment: request.environment, service: request.service)
        state.withLock { state in
            for index in sample.arms.indices {
                let arm = request.arms.first { $0.bundle == sample.arms[index].bundle }
                sample.arms[index].metrics = arm.flatMap { state.metrics[$0.release] }
            }
            sample.unanswered = state.unanswered
        }
        return sample
    }

    func unknown(_ request: SignalRequest, of bundle: Digest) async -> [String] { state.withLock { $0.unknown } }

    func run(_ request: SmokeRequest) async -> SmokeReport {
        let fails = state.withLock { $0.failsSmoke.contains(request.release) }
        let step = SmokeReport.Step(name: "health", passed: !fails, attempts: 1, milliseconds: 1, failure: "saw 500")
        return SmokeReport(suites: [.init(suite: "health", passed: !fails, steps: [step])])
    }

    func bundle(
        _ request: RolloutRequest, release: Release, callerSecrets: [String: Secret], seal: Bool, now: Timestamp
    ) async throws(PreflightError) -> Bundle {
        let findings = state.withLock { $0.findings }
        guard findings.isEmpty else { throw .invalid(findings) }
        var build = builder(release, environment: request.environment)
        (build.environment.services[0].replicas, build.environment.services[0].surge) = state.withLock {
            ($0.replicas, $0.surge)
        }
        if let steps = state.withLock({ $0.steps }) {
            build.environment.strategies["canary"] = Strategy(steps: steps)
        }
        build.environment.metrics = state.withLock { $0.thresholds }
            .map { Placed(name: $0.name, value: $0, place: place) }
        return try build.build(now: now)
    }

    func check(restoring bundle: Bundle) async throws(PreflightError) {}
}

let place = Place(file: "environments/dev.yaml", line: 1, column: 1)

func contract(_ service: String, _ variables: [VariableDeclaration] = []) -> ArtifactContract {
    ArtifactContract(
        service: service, variables: variables, portVariable: "PORT",
        paths: ContractPaths(liveness: "/live", readiness: "/ready"), startBudgetSeconds: 20, drainSeconds: 5)
}

func release(_ version: String, _ variables: [VariableDeclaration] = []) -> Release {
    let digest = Digest(of: Array(version.utf8))
    let artifact = Artifact(service: "api", digest: digest, command: ["./api"], contract: contract("api", variables))
    return Release(
        version: version, digest: digest, artifacts: [artifact], createdAt: Timestamp(microseconds: 1), createdBy: "me")
}

func builder(_ release: Release, environment: String) -> BundleBuilder {
    let steps: [StrategyStep] = [
        .smoke, .weight(20), .bake(.seconds(10), evidence: Evidence(minimumRequests: 20)), .weight(100),
    ]
    let definition = Definitions.Environment(
        name: environment, kind: .development, platform: .local,
        services: [ServiceDefinition(name: "api", replicas: 2, strategy: "canary", port: 8_000, place: place)],
        strategies: ["canary": Strategy(steps: steps)], rollbackWindow: .seconds(60))
    return BundleBuilder(
        environment: definition, release: release, secrets: [:],
        smoke: [SmokeSuiteText(path: "smoke/health.yaml", text: "")], key: InstallationKey(bytes: Array(0..<32)))
}

/// An engine over a fresh SQLite file and a fake world.
struct Stage {
    let folder: TemporaryFolder
    let database: any Database
    let clock = FastClock()
    let world: FakeWorld
    var engine: Engine

    init(gates: any GateSource = NoTerms(), budgets: any Budgets = NoBudgets()) async throws {
        folder = try TemporaryFolder()
        database = try Databases.open(address: "sqlite:\(folder.file("engine.sqlite"))")
        try await RolloutSchema.migrator.migrate(database, now: 0)
        world = FakeWorld(clock: clock)
        engine = Stage.engine(database, world, clock, gates, budgets)
        try await database.write { connection in
            for version in ["v1", "v2", "v3"] { _ = try ReleaseRecord.record(release(version), connection) }
        }
    }

    static func engine(
        _ database: any Database, _ world: FakeWorld, _ clock: FastClock, _ gates: any GateSource = NoTerms(),
        _ budgets: any Budgets = NoBudgets()
    ) -> Engine {
        Engine(
            .init(
                database: database, platform: world, router: world, signals: world, smoke: world, preflight: world,
                gates: gates, budgets: budgets,
                clock: clock, newID: { UUID().uuidString }, holder: "test", tick: .seconds(2),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
    }

    /// Rolls out and waits for the end.
    func rollOut(_ version: String, reason: String? = nil) async throws -> Rollout {
        let request = RolloutRequest(environment: "dev", release: version, actor: "me", reason: reason)
        return try await end(try await engine.start(request, callerSecrets: [:]))
    }

    func end(_ id: String) async throws -> Rollout {
        for try await _ in engine.entries(rollout: id, after: 0) {}
        return try await engine.rollout(id)
    }

    func close() async {
        await engine.shutDown()
        await database.close()
    }
}
