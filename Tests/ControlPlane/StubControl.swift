import ControlPlane
import OpenMetrics
import Secrets
import Synchronization

/// A control plane of canned documents, which remembers what it was asked.
final class StubControl: Control {
    struct Memory {
        var asked: [String] = []
        /// By which rollouts were asked for.
        var keys: [String?] = []
        var carried: [String: String] = [:]
        var lines: [RolloutLine] = Sample.lines
        var environments = [EnvironmentDocument(name: "dev", kind: "development", platform: "local")]
        var status = Sample.status
        var refusal: (any Error)?
    }

    let stopSwitch = StopSwitch()
    let memory = Mutex(Memory())
    let hub = ChangeHub(startingAt: 1000)

    func ask(_ what: String) throws {
        let refusal = memory.withLock { memory in
            memory.asked.append(what)
            return memory.refusal
        }
        if let refusal { throw refusal }
    }

    var keys: [String?] { memory.withLock { $0.keys } }
    var asked: [String] { memory.withLock { $0.asked } }

    func stop() async { stopSwitch.press() }

    func metrics() async throws -> OpenMetricsText {
        try ask("metrics")
        var text = OpenMetricsText()
        text.family("tidegate_rollouts", "counter", "Rollouts that ended.")
        text.sample("tidegate_rollouts_total", ["environment": "dev"], 3)
        return text
    }
    func engine() async -> EngineDocument {
        EngineDocument(pid: 42, project: "/srv/shop", dashboard: nil, startedAt: "2026-11-21T01:00:00.000Z")
    }
    func environments() async throws -> [EnvironmentDocument] {
        try ask("environments")
        return memory.withLock { $0.environments }
    }
    func status(_ environment: String) async throws -> StatusDocument {
        try ask("status \(environment)")
        return memory.withLock { $0.status }
    }
    func wanted(_ environment: String) async throws -> WantedDocument {
        try ask("wanted \(environment)")
        return WantedDocument(names: ["TIDEGATE_TEST_KEY"])
    }
    func plan(_ environment: String, _ body: RolloutBody) async throws -> PlanDocument {
        try ask("plan \(environment) \(body.release)")
        return PlanDocument(
            environment: environment, release: body.release, previous: "v1", bundle: Sample.bundle,
            changes: body.release != "v1")
    }
    func start(_ environment: String, _ body: RolloutBody, by caller: Caller) async throws -> StartedDocument {
        try ask("start \(environment) \(body.release) \(body.reason ?? "-") \(caller.name)")
        memory.withLock {
            $0.carried = (body.secrets?.values ?? [:]).mapValues { $0.reveal() }
            $0.keys.append(caller.key)
        }
        return StartedDocument(rollout: "r1")
    }
    func drift(_ environment: String, _ body: DriftBody?) async throws -> DriftReportDocument {
        try ask("drift \(environment)\(body == nil ? "" : " by a caller")")
        memory.withLock { $0.carried = (body?.secrets?.values ?? [:]).mapValues { $0.reveal() } }
        return DriftReportDocument(environment: environment, release: "v1", state: "none", verdict: "no drift")
    }
    func fixDrift(
        _ environment: String, _ body: DriftBody, by caller: Caller
    ) async throws -> DriftFixDocument {
        try ask("fix \(environment) \(caller.name)")
        return DriftFixDocument(rollout: "r1")
    }
    func wayBack(_ environment: String, to target: String?) async throws -> WayBackDocument {
        try ask("way back \(environment) \(target ?? "-")")
        return WayBackDocument(release: "v2", restored: "v1", bundle: "sha256:00", warnings: ["Mind the database."])
    }
    func rollBack(_ environment: String, _ body: RollbackBody, by caller: Caller) async throws -> StartedDocument {
        try ask("rollback \(environment) \(body.to ?? "-")")
        return StartedDocument(rollout: "r1")
    }
    func history(_ environment: String) async throws -> [RolloutDocument] {
        try ask("history \(environment)")
        return [Sample.rollout]
    }
    func rollout(_ id: String) async throws -> RolloutDocument {
        try ask("rollout \(id)")
        return Sample.rollout
    }
    func act(
        _ action: RolloutAction, on rollout: String, _ body: ReasonBody, by caller: Caller
    ) async throws -> RolloutDocument {
        try ask("\(action.rawValue) \(rollout) \(body.reason ?? "-")")
        return Sample.rollout
    }
    func retry(_ rollout: String, _ body: RetryBody, by caller: Caller) async throws -> StartedDocument {
        try ask("retry \(rollout) \(body.reason ?? "-") \(caller.name)")
        return StartedDocument(rollout: "r2")
    }
    func lines(
        rollout: String, after seq: Int64, follow: Bool
    ) async throws -> AsyncThrowingStream<RolloutLine, any Error> {
        try ask("lines \(rollout) \(seq) \(follow)")
        let lines = memory.withLock { $0.lines }
        return AsyncThrowingStream { continuation in
            for line in lines {
                if case .event(let event) = line, event.seq <= seq { continue }
                continuation.yield(line)
            }
            continuation.finish()
        }
    }
    func preflight(
        _ environment: String, _ body: PreflightBody
    ) async throws -> AsyncThrowingStream<PreflightLine, any Error> {
        try ask("preflight \(environment) \(body.release ?? "-")")
        memory.withLock { $0.carried = (body.secrets?.values ?? [:]).mapValues { $0.reveal() } }
        return AsyncThrowingStream { continuation in
            continuation.yield(.began(id: "host/URL", seconds: 5))
            continuation.yield(
                .finished(PreflightDocument(environment: environment, release: body.release, seconds: 1, checks: [])))
            continuation.finish()
        }
    }
    func contracts(ofRelease version: String) async throws -> ReleaseContractsDocument {
        try ask("contracts \(version)")
        return ReleaseContractsDocument(release: version, contracts: [:])
    }
    func releases() async throws -> [ReleaseDocument] {
        try ask("releases")
        return [Sample.release]
    }
    func release(_ version: String) async throws -> ReleaseDocument {
        try ask("release \(version)")
        return Sample.release
    }
    func create(_ body: ReleaseBody, by caller: Caller) async throws -> ReleaseDocument {
        try ask("create \(body.version) \(body.from ?? "-") \(body.defaults.sorted { $0.key < $1.key })")
        return Sample.release
    }
    func unblock(_ version: String, _ body: ReasonBody, by caller: Caller) async throws -> ReleaseDocument {
        try ask("unblock \(version) \(body.reason ?? "-")")
        return Sample.release
    }
    func smoke(_ environment: String, _ body: SmokeBody) async throws -> [SmokeDocument] {
        try ask("smoke \(environment) \(body.suite ?? "-")")
        return [
            SmokeDocument(
                suite: "health", passed: body.suite == nil,
                steps: [.init(name: "GET /healthz", passed: body.suite == nil, attempts: 1, milliseconds: 12.1)])
        ]
    }
    func logs(
        _ environment: String, target: String?, lines: Int, follow: Bool
    ) async throws -> AsyncThrowingStream<LogLineDocument, any Error> {
        try ask("logs \(environment) \(target ?? "-") \(lines) \(follow)")
        return AsyncThrowingStream { continuation in
            continuation.yield(
                LogLineDocument(instance: "i-api-1", service: "api", release: "v2", line: "listening on 8001"))
            if !follow { continuation.finish() }
        }
    }
    func spend(_ environment: String) async throws -> SpendDocument {
        try ask("spend \(environment)")
        return SpendDocument(today: "1.234500000", limit: "25")
    }
    func journal(_ environment: String, limit: Int) async throws -> [EventDocument] {
        try ask("journal \(environment)")
        return Sample.events
    }
    func changes(after position: Int64?) async -> AsyncStream<ChangeDocument> { hub.changes(after: position) }
}
