import Documents
import HTTPTypes
import Hummingbird
import Storage

/// Whether this instance works, can serve, and how what it depends on does.
struct HealthRoutes: Sendable {
    /// A worker that has not been seen for longer counts as dead.
    static let workerSeconds = 30.0

    let identity: InstanceIdentity
    let mode: ServiceMode
    let readiness: Readiness
    let providers: ProviderWatch
    let database: any Database
    let clock: MicrosecondClock

    func add(to router: Router<APIContext>) {
        router.get("/health/live") { _, _ in try Answer.json(["status": "alive"]) }
        router.get("/health") { _, _ in try await health() }
        router.get("/health/db") { _, _ in
            let check = await readiness.database()
            return try Answer.json(check, status: check.isFine ? .ok : .serviceUnavailable)
        }
        router.get("/health/worker") { _, _ in try await workers() }
        router.get("/health/external") { _, context in
            let checks = await providers.checks(correlationID: context.correlationID)
            let isFine = checks.values.allSatisfy(\.isFine)
            return try Answer.json(
                Health(
                    status: isFine ? "healthy" : "unhealthy", release: identity.release,
                    configDigest: identity.configDigest, serviceMode: mode.rawValue, checks: checks),
                status: isFine ? .ok : .serviceUnavailable)
        }
    }

    private func health() async throws -> Response {
        let checks = await readiness.checks()
        let isReady = checks.values.allSatisfy(\.isFine)
        return try Answer.json(
            Health(
                status: isReady ? "ready" : "unready", release: identity.release, configDigest: identity.configDigest,
                serviceMode: mode.rawValue, checks: checks),
            status: isReady ? .ok : .serviceUnavailable)
    }

    private func workers() async throws -> Response {
        struct Worker: Encodable {
            var instance: String
            var release: String
            var ageSeconds: Double
            var share: [Int]
            var inFlight: Int
        }
        struct Body: Encodable {
            var status: String
            var newestAgeSeconds: Double?
            var workers: [Worker]
        }
        let now = clock()
        let workers = try await database.read { connection in try Workers.all(on: connection) }.map { worker in
            Worker(
                instance: worker.instance, release: worker.release, ageSeconds: Double(now - worker.seenAt) / 1e6,
                share: [worker.share.lower, worker.share.upper], inFlight: worker.inFlight)
        }
        let newest = workers.map(\.ageSeconds).min()
        let isFine = newest.map { $0 <= Self.workerSeconds } ?? false
        return try Answer.json(
            Body(status: isFine ? "healthy" : "unhealthy", newestAgeSeconds: newest, workers: workers),
            status: isFine ? .ok : .serviceUnavailable)
    }
}

/// What the readiness path answers.
struct Health: Encodable {
    var status: String
    var release: String
    var configDigest: String?
    var serviceMode: String
    var checks: [String: HealthCheck]
}

/// One dependency: `ok`, or why not.
struct HealthCheck: Encodable, Sendable, Equatable {
    var status: String
    var reason: String?
    var milliseconds: Double?

    static let ok = HealthCheck(status: "ok")
    static func failed(_ reason: String) -> HealthCheck { .init(status: "failed", reason: reason) }

    var isFine: Bool { status == "ok" }
}
