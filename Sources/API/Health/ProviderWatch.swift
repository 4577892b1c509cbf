import Documents
import Storage
import Synchronization

/// How the providers do, asked at most every 30 seconds however often somebody looks, and never twice at once.
final class ProviderWatch: Sendable {
    static let interval: Int64 = 30_000_000

    /// For the last look, which the desk writes.
    private final class Memory: Sendable {
        private let last = Mutex<(at: Int64, health: [String: ProviderHealth])?>(nil)

        func health(at now: Int64) -> [String: ProviderHealth]? {
            last.withLock { last in last.flatMap { now - $0.at < ProviderWatch.interval ? $0.health : nil } }
        }

        func remember(_ health: [String: ProviderHealth], at now: Int64) {
            last.withLock { $0 = (now, health) }
        }
    }

    private let router: ServiceRouter
    private let clock: MicrosecondClock
    private let memory: Memory
    private let desk: GroupDesk<String, [String: ProviderHealth]>

    init(router: ServiceRouter, clock: @escaping MicrosecondClock) {
        let memory = Memory()
        (self.router, self.clock, self.memory) = (router, clock, memory)
        desk = GroupDesk(most: .max) { asked in
            let now = clock()
            if let known = memory.health(at: now) { return asked.map { _ in .success(known) } }
            let health = await router.probe.probe(correlationID: asked.joined(separator: ","))
            memory.remember(health, at: now)
            return asked.map { _ in .success(health) }
        }
    }

    /// - Throws: `CancellationError`.
    func checks(correlationID: String) async throws -> [String: HealthCheck] {
        let known = memory.health(at: clock())
        let health = if let known { known } else { try await desk.ask(correlationID) }
        return health.mapValues { $0.reason.map(HealthCheck.failed) ?? .ok }
    }

    var breakers: [GuardedCalls] { router.breakers }
}
