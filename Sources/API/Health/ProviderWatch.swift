import Documents

/// How the providers do, asked at most every 30 seconds however often somebody looks, and never twice at once.
final class ProviderWatch: Sendable {
    static let interval = Duration.seconds(30)

    private let router: ServiceRouter
    private let look: RecentLook<[String: ProviderHealth]>

    init(router: ServiceRouter) {
        self.router = router
        // Whoever asks shares the look with others, so that it has an id of its own.
        look = RecentLook(age: Self.interval) { await router.probe.probe(correlationID: RandomBytes.uuid()) }
    }

    /// - Throws: `CancellationError`.
    func checks() async throws -> [String: HealthCheck] {
        try await look.value().mapValues { $0.reason.map(HealthCheck.failed) ?? .ok }
    }

    var breakers: [GuardedCalls] { router.breakers }
}
