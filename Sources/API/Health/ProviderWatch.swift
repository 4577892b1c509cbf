import Documents
import Synchronization

/// How the providers do, asked at most every 30 seconds however often somebody looks.
final class ProviderWatch: Sendable {
    static let interval: Int64 = 30_000_000

    private let router: ServiceRouter
    private let clock: MicrosecondClock
    private let last = Mutex<(at: Int64, health: [String: ProviderHealth])?>(nil)

    init(router: ServiceRouter, clock: @escaping MicrosecondClock) {
        self.router = router
        self.clock = clock
    }

    func checks(correlationID: String) async -> [String: HealthCheck] {
        let now = clock()
        let known = last.withLock { last in last.flatMap { now - $0.at < Self.interval ? $0.health : nil } }
        let health: [String: ProviderHealth]
        if let known {
            health = known
        } else {
            health = await router.probe.probe(correlationID: correlationID)
            last.withLock { $0 = (now, health) }
        }
        return health.mapValues { $0.reason.map(HealthCheck.failed) ?? .ok }
    }

    var breakers: [GuardedCalls] { router.breakers }
}
