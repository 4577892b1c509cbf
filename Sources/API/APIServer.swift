import Documents
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import Storage

/// The document pipeline's HTTP API. It listens on 127.0.0.1 only: TLS and the outside are the router's business.
///
/// On graceful shutdown it stops accepting, answers what is in flight, closes idle connections, and returns.
package struct APIServer: Service {
    private let settings: APISettings
    private let identity: InstanceIdentity
    private let database: any Database
    private let storage: any ObjectStorage
    private let providers: ServiceRouter
    private let clock: MicrosecondClock
    private let logger: Logger
    private let onRunning: @Sendable (Int) -> Void

    /// - Parameter onRunning: called with the port once it listens.
    package init(
        settings: APISettings, identity: InstanceIdentity, database: any Database, storage: any ObjectStorage,
        providers: ServiceRouter, logger: Logger, clock: @escaping MicrosecondClock = WallClock.microseconds,
        onRunning: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.settings = settings
        self.identity = identity
        self.database = database
        self.storage = storage
        self.providers = providers
        self.logger = logger
        self.clock = clock
        self.onRunning = onRunning
    }

    /// - Throws: what binding the port throws, at once; otherwise only what ends the server.
    package func run() async throws {
        let router = await router()
        let application = Application(
            router: router,
            configuration: .init(
                address: .hostname("127.0.0.1", port: settings.common.port), serverName: nil, backlog: 1024),
            onServerRunning: { [onRunning] channel in onRunning(channel.localAddress?.port ?? 0) }, logger: logger)
        try await application.run()
    }

    private func router() async -> Router<APIContext> {
        let tokens = await Tokens(settings: settings.tokens)
        let metrics = RequestMetrics()
        let router = Router(context: APIContext.self)
        router.add(middleware: ErrorMiddleware(metrics: metrics))
        router.add(middleware: DrillMiddleware(drill: settings.drill))
        router.add(middleware: HostMiddleware(allowed: settings.allowedHosts))
        router.add(middleware: OriginMiddleware(allowed: settings.corsOrigins))
        addOperations(to: router, metrics: metrics, canVerify: tokens != nil)
        let open = router.group("/api/v2")
        let guarded = router.group("/api/v2").add(
            middleware: AccessMiddleware(
                tokens: tokens, quota: RequestQuota(database: database, limit: settings.limits.requestsPerHour),
                clock: clock))
        SessionRoutes(
            tokens: tokens, database: database, refreshLifetime: settings.refreshTokenLifetime, clock: clock
        ).add(open: open, guarded: guarded)
        UploadRoutes(
            database: database, storage: storage, limits: settings.limits,
            urls: settings.tokens.keys.map(SignedUploadURL.init), identity: identity,
            isProduction: settings.common.isProduction, clock: clock
        ).add(open: open, guarded: guarded)
        JobRoutes(database: database, storage: storage, clock: clock).add(guarded: guarded)
        SearchRoutes(
            database: database,
            embedder: PaidEmbedder(embedder: providers.embedder, database: database, clock: clock)
        ).add(guarded: guarded)
        if !settings.common.isProduction { TrialRoutes(clock: clock).add(to: router) }
        return router
    }

    private func addOperations(to router: Router<APIContext>, metrics: RequestMetrics, canVerify: Bool) {
        let watch = ProviderWatch(router: providers, clock: clock)
        HealthRoutes(
            identity: identity, mode: providers.mode,
            readiness: Readiness(
                store: database, folder: settings.common.storage.folder, canVerify: canVerify, drill: settings.drill),
            providers: watch, database: database, clock: clock
        ).add(to: router)
        ControlRoutes(identity: identity, metrics: metrics, providers: watch).add(to: router)
    }
}
