import Documents
import HTTPTypes
import Hummingbird
import HummingbirdCore
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
    private let database: MeasuredDatabase
    private let storage: any ObjectStorage
    private let providers: ServiceRouter
    private let calls: MeasuredHTTP?
    private let clock: MicrosecondClock
    private let logger: Logger
    private let limits: ConnectionLimits
    private let pace: BodyPace
    private let passwordsAtOnce: Int
    private let onRunning: @Sendable (Int) -> Void

    /// - Parameters:
    ///   - calls: what providers and storage are called with, for its figures.
    ///   - limits: what a connection may cost.
    ///   - pace: how long a body may take.
    ///   - passwordsAtOnce: how many passwords may be in work or waiting; the usual are a second or two of them.
    ///   - onRunning: called with the port once it listens.
    package init(
        settings: APISettings, identity: InstanceIdentity, database: any Database, storage: any ObjectStorage,
        providers: ServiceRouter, calls: MeasuredHTTP? = nil, logger: Logger,
        clock: @escaping MicrosecondClock = WallClock.microseconds,
        limits: ConnectionLimits = .usual, pace: BodyPace = .usual, passwordsAtOnce: Int = 64,
        onRunning: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.settings = settings
        self.identity = identity
        self.database = MeasuredDatabase(database)
        self.storage = storage
        self.providers = providers
        self.calls = calls
        self.logger = logger
        self.clock = clock
        self.limits = limits
        self.pace = pace
        self.passwordsAtOnce = passwordsAtOnce
        self.onRunning = onRunning
    }

    /// - Throws: what binding the port throws, at once; otherwise only what ends the server.
    package func run() async throws {
        try await PasswordThreads.with(most: passwordsAtOnce) { passwords in
            let router = try await router(passwords)
            let application = Application(
                router: router,
                server: HTTPServerBuilder { [limits] responder in WatchedHTTP1(limits: limits, responder: responder) },
                configuration: .init(
                    address: .hostname("127.0.0.1", port: settings.common.port), serverName: nil, backlog: 1024),
                onServerRunning: { [onRunning] channel in onRunning(channel.localAddress?.port ?? 0) }, logger: logger)
            try await application.run()
        }
    }

    private func router(_ passwords: PasswordThreads) async throws -> Router<APIContext> {
        let tokens = await Tokens(settings: settings.tokens)
        let metrics = RequestMetrics()
        let router = Router(context: APIContext.self)
        router.add(middleware: EntryMiddleware(metrics: metrics, pace: pace))
        router.add(middleware: OriginMiddleware(allowed: settings.corsOrigins))
        router.add(middleware: ErrorMiddleware(metrics: metrics))
        router.add(middleware: DrillMiddleware(drill: settings.drill))
        router.add(middleware: HostMiddleware(allowed: settings.allowedHosts))
        var endpoints =
            operations(metrics, canVerify: tokens != nil) + sessions(tokens, passwords)
            + documents(metrics)
        if !settings.common.isProduction {
            endpoints += TrialRoutes(clock: clock).endpoints
            endpoints = try DescriptionRoutes(version: identity.release).describing(endpoints)
        }
        let gate = Gate(
            tokens: tokens, database: database,
            quota: RequestQuota(database: database, limit: settings.limits.requestsPerHour), clock: clock)
        RouteTable(endpoints: endpoints, gate: gate).add(to: router)
        return router
    }

    private func sessions(_ tokens: Tokens?, _ passwords: PasswordThreads) -> [Endpoint] {
        SessionRoutes(
            tokens: tokens, database: database, passwords: passwords, refreshLifetime: settings.refreshTokenLifetime,
            clock: clock
        ).endpoints + KeyRoutes(database: database, clock: clock).endpoints
            + AccountRoutes(database: database, clock: clock).endpoints
    }

    private func documents(_ metrics: RequestMetrics) -> [Endpoint] {
        let uploads = UploadRoutes(
            database: database, storage: storage, limits: settings.limits,
            urls: settings.tokens.keys.map(SignedUploadURL.init), identity: identity,
            isProduction: settings.common.isProduction, metrics: metrics, clock: clock)
        let search = SearchRoutes(
            database: database,
            embedder: PaidEmbedder(
                embedder: sharedEmbedder(), database: database, release: identity.release, clock: clock),
            identity: identity)
        return uploads.endpoints
            + JobRoutes(
                database: database, storage: storage, limits: settings.limits.uploads, metrics: metrics, clock: clock
            ).endpoints
            + search.endpoints + WebhookRoutes(database: database, clock: clock).endpoints
    }

    /// Questions and documents are embedded within the same limits, which the database counts for all processes.
    private func sharedEmbedder() -> any Embedder {
        let gate = SharedGate(
            database: database, allowance: settings.embeddings, holder: RandomBytes.uuid(),
            patience: PaidEmbedder.patience, now: clock,
            report: { [logger] in logger.warning("\($0)") })
        return EmbeddingDesk(embedder: providers.embedder, gate: gate)
    }

    private func operations(_ metrics: RequestMetrics, canVerify: Bool) -> [Endpoint] {
        let watch = ProviderWatch(router: providers)
        let health = HealthRoutes(
            identity: identity, mode: providers.mode,
            readiness: Readiness(
                store: database, folder: settings.common.storage.folder, canVerify: canVerify, drill: settings.drill),
            providers: watch, database: database, clock: clock)
        let scrape = Scrape(
            identity: identity, requests: metrics, providers: watch, calls: calls, database: database, clock: clock,
            logger: logger)
        return health.endpoints + ControlRoutes(identity: identity, scrape: scrape).endpoints
    }
}
