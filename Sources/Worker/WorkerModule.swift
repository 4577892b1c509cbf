import Contract
import Documents
import Foundation
import HTTPClient
import Logging
import ServiceLifecycle
import Storage
import UnixSignals

/// The worker as a program: claims jobs, parses, chunks and embeds them, and answers its platform.
package enum WorkerModule {
    /// With which the drill `UPLOAD_PIPELINE_DRILL_WORKER_EXIT` ends the process.
    private static let drillExitCode: Int32 = 3

    /// Runs until SIGTERM or SIGINT, then finishes or hands back its jobs and returns.
    ///
    /// A worker that a platform started has no share of the jobs until `PUT /control/share` gives it one; one that was
    /// started by hand takes them all.
    /// - Throws: `SettingsError`, `DatabaseError`, `WorkerStartError`: each one sentence that says what to do.
    package static func run(environment variables: [String: String], logger: Logger) async throws {
        let settings = try WorkerSettings.load(module: "worker", environment: variables)
        let identity = InstanceIdentity(contract: PipelineContracts.worker, environment: variables)
        let database = MeasuredDatabase(try Databases.open(address: settings.common.databaseURL.reveal()))
        try await checkSchema(of: database)
        try await reapOrphans(of: identity.instance, database, logger)
        try await register(settings.events.receivers, in: database)
        let http = MeasuredHTTP(HTTPClient(name: "worker"), random: RandomBytes.make)
        let router = ServiceRouter(
            settings: settings.common.providers, http: http, formFolder: settings.common.storage.folder)
        let providers = ProviderWatch(
            ask: { await router.probe.probe(correlationID: "probe") },
            waits: { waits(router, $0) })
        let parts = WorkerServices(
            environment: try workerEnvironment(settings, identity, database, router, http, logger), identity: identity,
            serviceMode: router.mode.rawValue, providers: providers,
            share: variables[InstanceEnvironment.release] == nil ? .all : .none,
            port: settings.common.port,
            telemetry: WorkerTelemetry(database: database.metrics, calls: http, breakers: router.breakers),
            delivery: settings.events.keys.map { (settings.events.receivers, EventSender(http: http, keys: $0)) })
        let group = ServiceGroup(
            configuration: .init(
                services: parts.services.map { .init(service: NamedService($0)) },
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger))
        try await group.run()
        await database.close()
    }

    /// What this instance held before it was started again, if it was.
    private static func reapOrphans(of instance: String, _ database: any Database, _ logger: Logger) async throws {
        let now = Int64(Date().timeIntervalSince1970 * 1_000_000)
        let reaped = try await database.write { try JobQueue.reapPinned(orphansOf: instance, now: now, on: $0) }
        for job in reaped { logger.warning("this worker ended with job \(job) in hand: it is queued again") }
    }

    private static func register(_ receivers: [EventReceiver], in database: any Database) async throws {
        guard !receivers.isEmpty else { return }
        let (names, now) = (receivers.map(\.name), WallClock.microseconds())
        try await database.write { try EventStreams.register(names, now: now, on: $0) }
    }

    private static func workerEnvironment(
        _ settings: WorkerSettings, _ identity: InstanceIdentity, _ database: any Database, _ router: ServiceRouter,
        _ http: MeasuredHTTP, _ logger: Logger
    ) throws -> WorkerEnvironment {
        var options = WorkerOptions()
        options.maximumPages = settings.common.maxPages
        options.retention = settings.retention
        options.concurrency = settings.concurrency
        options.parsesTwice = settings.parsesTwice
        let now = WallClock.microseconds
        let drill: @Sendable () -> Void = { exit(drillExitCode) }
        let gate = SharedGate(
            database: database, allowance: settings.embeddings, holder: UUID().uuidString, now: now,
            report: { logger.warning("\($0)") })
        var environment = WorkerEnvironment(
            instance: identity.instance, release: identity.release, database: database, parser: router.parser,
            embedder: EmbeddingDesk(embedder: router.embedder, gate: gate),
            objects: try settings.common.storage.open(http: http),
            payments: LedgerPayments(database: database, release: identity.release, now: now),
            completions: CompletionDesk(database: database, now: now), options: options, logger: logger,
            now: now, jitter: { Double.random(in: 0..<1) },
            providerWait: { waits(router, $0) }, drill: settings.exitsOnFirstJob ? drill : nil)
        environment.webhookBase = settings.webhookBase
        return environment
    }

    /// While stand-ins step in for a provider, nothing waits for it.
    private static func waits(_ router: ServiceRouter, _ provider: String) -> Double? {
        router.mode == .hybrid ? nil : router.breaker(of: provider)?.waits
    }

    private static func checkSchema(of database: any Database) async throws {
        let missing = try await PipelineMigrations.missing(in: database)
        guard missing.isEmpty else { throw WorkerStartError.schemaTooOld(missing: missing) }
    }
}

package enum WorkerStartError: Error, Sendable, Equatable, CustomStringConvertible {
    case schemaTooOld(missing: [String])

    package var description: String {
        switch self {
        case .schemaTooOld(let missing):
            "The database lacks \(missing.joined(separator: ", ")); run `pipeline migrate` first."
        }
    }
}
