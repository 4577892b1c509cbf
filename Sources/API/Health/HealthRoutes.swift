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

    var endpoints: [Endpoint] {
        let either: [HTTPResponse.Status] = [.ok, .serviceUnavailable]
        return [
            Endpoint(.get, "/health/live", "Whether the process works", .open, gives: Liveness.self) { _, _ in
                Liveness()
            }.quick,
            Endpoint(.get, "/health", "Whether it can serve", .open, gives: Health.self, statuses: either) {
                request, _ in
                report(try await readiness.checks(toldOutside: request.isFromOutside), good: "ready", bad: "unready")
            }.quick,
            Endpoint(
                .get, "/health/db", "Whether the database answers", .open, gives: HealthCheck.self, statuses: either
            ) { request, _ in try await readiness.databaseCheck(toldOutside: request.isFromOutside) },
            Endpoint(
                .get, "/health/worker", "The newest worker's heartbeat", .open, gives: WorkerHealth.self,
                statuses: either
            ) { _, _ in try await workers() },
            Endpoint(
                .get, "/health/external", "Whether the providers answer", .open, gives: Health.self, statuses: either
            ) { _, _ in report(try await providers.checks(), good: "healthy", bad: "unhealthy") },
        ]
    }

    private func report(_ checks: [String: HealthCheck], good: String, bad: String) -> Health {
        let isFine = checks.values.allSatisfy(\.isFine)
        return Health(
            status: isFine ? good : bad, release: identity.release, configDigest: identity.configDigest,
            serviceMode: mode.rawValue, checks: checks)
    }

    private func workers() async throws -> WorkerHealth {
        let now = clock()
        let workers = try await database.read(.eachStatement) { connection in try Workers.all(on: connection) }.map {
            worker in
            WorkerHealth.Worker(
                instance: worker.instance, release: worker.release, ageSeconds: Double(now - worker.seenAt) / 1e6,
                share: [worker.share.lower, worker.share.upper], inFlight: worker.inFlight)
        }
        let newest = workers.map(\.ageSeconds).min()
        let isFine = newest.map { $0 <= Self.workerSeconds } ?? false
        return WorkerHealth(
            status: isFine ? "healthy" : "unhealthy", newestAgeSeconds: newest, workers: workers)
    }
}
