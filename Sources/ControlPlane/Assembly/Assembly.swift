import FoundationEssentials
import Hummingbird
import Logging
import Operations
import Platforms
import Rollouts
import Secrets
import ServiceLifecycle
import UnixSignals

/// Puts the parts of a running control plane together.
struct Assembly: Sendable {
    let project: Project
    let directory: StateDirectory
    let address: ListenAddress
    let publicAddress: PublicAddress?
    let footing: Installation.Footing
    let ground: Installation.Ground
    let spend: LedgerSpend
    let stopSwitch = StopSwitch()
    private let artifacts: ArtifactStore
    private let signals: RouterSignals
    private let parts: LiveControl.Parts
    private let drift: DriftWatch
    private let budgets: ProjectBudgets

    /// The time between two looks at signals. Patrols go every second, so that somebody hears of a breach within two.
    private static let pace = Duration.seconds(2)

    private static func series(_ footing: Installation.Footing, _ directory: StateDirectory) -> SeriesReader {
        SeriesReader(
            http: footing.http, usage: ProcessUsage(stateDirectory: directory.path), clock: footing.clock
        ) { [seals = footing.seals] in try seals.open(bundle: $0.text) }
    }

    init(
        project: Project, directory: StateDirectory, address: ListenAddress, publicAddress: PublicAddress? = nil,
        footing: Installation.Footing, ground: Installation.Ground
    ) {
        (self.project, self.directory) = (project, directory)
        (self.address, self.publicAddress) = (address, publicAddress)
        let base = publicAddress?.description ?? "http://\(address)"
        (self.footing, self.ground) = (footing, ground)
        spend = LedgerSpend(seals: footing.seals)
        let clock = footing.clock
        signals = RouterSignals(
            platform: ground.platform, router: ground.router, clock: clock, series: Self.series(footing, directory))
        let series = SeriesCheck(http: footing.http, platform: ground.platform)
        artifacts = ArtifactStore(directory: "\(directory.path)/artifacts")
        let resolver = SecretResolver(
            project: project.path, stateDirectory: directory.path, key: footing.key,
            processEnvironment: footing.environment, http: footing.http)
        let smoke = SmokeRunner(http: footing.http, seals: footing.seals, key: footing.key)
        let (book, environments) = (SecretBook(database: footing.database), ProjectEnvironments(project, clock: clock))
        budgets = ProjectBudgets(environments: environments, spend: spend, database: footing.database, clock: clock)
        let engine = Engine(
            Engine.Parts(
                database: footing.database, platform: ground.platform, router: ground.router, signals: signals,
                smoke: smoke,
                preflight: ProjectPreflight(
                    project: project, resolver: resolver, seals: footing.seals, artifacts: artifacts, key: footing.key,
                    book: book, obstacle: ground.obstacle, trial: ground.trial,
                    series: { (environment, bundle, secrets) async throws(PreflightError) in
                        try await series.check(environment, bundle, secrets: secrets, database: footing.database)
                    }),
                commands: ProjectCommands(folder: project.path, inherited: footing.inherited) {
                    [seals = footing.seals] in
                    Array(try seals.open(bundle: $0.text).values)
                },
                gates: ProjectGates(environments: environments, spend: spend, clock: clock),
                budgets: budgets, clock: clock,
                newID: { "r-\(RandomID.make())" }, holder: "engine of \(directory.path)",
                tick: Self.pace, logger: footing.logger))
        let preflight = EnvironmentPreflight(
            .init(
                project: project, resolver: resolver, key: footing.key, book: book, artifacts: artifacts,
                http: footing.http, processEnvironment: footing.environment, clock: clock, trial: ground.trial,
                machine: MachineChecks(
                    obstacle: ground.obstacle, checkRoom: { [space = directory.space] in try space.check() },
                    processEnvironment: footing.environment)))
        let rotations = RotationService(
            engine: engine, environments: environments, resolver: resolver, seals: footing.seals, key: footing.key,
            book: book, stateDirectory: directory.path, clock: clock)
        let releases = ReleaseStore(
            database: footing.database, artifacts: artifacts, clock: clock, newID: { RandomID.make() })
        drift = DriftWatch(
            Self.driftParts(project, footing, ground, engine: engine, releases: releases, resolver: resolver))
        let desk = Self.desk(project, footing, base, engine: engine, environments: environments, resolver: resolver)
        parts = LiveControl.Parts(
            identity: EngineDocument(
                pid: ProcessInfo.processInfo.processIdentifier, project: project.path, dashboard: "\(base)/",
                startedAt: clock.now.rfc3339),
            engine: engine, releases: releases,
            platform: ground.platform, router: ground.router, smoke: smoke,
            environments: environments, spend: spend, alerts: AlertStore(database: footing.database),
            secrets: SecretParts(
                resolver: resolver, book: book, rotations: rotations, key: footing.key,
                contracts: { try project.contracts(of: $0) }), drift: drift,
            gates: GateBook(database: footing.database, clock: clock, newID: { RandomID.make() }),
            removeFrontend: ground.removeFrontend,
            hub: ChangeHub(startingAt: clock.now.microseconds),
            desk: desk, alertMetrics: AlertMetrics(), logger: footing.logger,
            clock: clock, stop: stopSwitch, checkRoom: { [space = directory.space] in try space.check() },
            preflight: preflight)
    }

    /// Everything that runs for ever. It is shut down from the last to the first: the doors close before the engine
    /// lets go.
    func group(say: @Sendable @escaping (String) -> Void) -> ServiceGroup {
        var configuration = ServiceGroupConfiguration(
            services: services(say: say), gracefulShutdownSignals: [.sigterm, .sigint], logger: footing.logger)
        configuration.maximumGracefulShutdownDuration = .seconds(30)
        return ServiceGroup(configuration: configuration)
    }

    /// What runs, in the order in which it begins.
    func services(say: @Sendable @escaping (String) -> Void) -> [any Service] {
        background + doors(LiveControl(parts), say: say)
    }

    private var background: [any Service] {
        let (logger, pulse) = (footing.logger, footing.pulse)
        let watchman = Watchman(
            parts: parts, drift: drift, signals: signals, spend: spend, budgets: budgets, database: footing.database,
            pace: Self.pace, space: directory.space,
            meter: AlertMeter(reader: Self.series(footing, directory), clock: footing.clock), logger: logger)
        let space = directory.space
        let outbox = Outbox(
            database: footing.database, clock: footing.clock, holder: RandomID.make(), log: logger,
            metrics: parts.alertMetrics, send: { [desk = parts.desk] in await desk.deliver($0) })
        let feed = ChangeFeed(engine: parts.engine, environments: parts.environments, hub: parts.hub)
        let retention = RetentionService(
            environments: parts.environments, database: footing.database, seals: footing.seals,
            artifacts: artifacts, alerts: parts.alerts,
            clock: footing.clock, forget: ground.forget, logger: logger)
        let (supervise, reconcile, engine, environments) = (
            ground.supervise, ground.reconcile, parts.engine, parts.environments
        )
        return [
            LoopService(name: "platform") { try await supervise() },
            EngineService(engine: parts.engine, environments: parts.environments, logger: logger),
            PeriodicService(name: "router", every: Self.pace, pulse: pulse, logger: logger) {
                var failures: [String] = []
                for name in try environments.names() where try await engine.state(environment: name).runsSomething {
                    failures += await reconcile(name).map { "\(name): \($0)" }
                }
                if !failures.isEmpty { throw Refusal("router", failures.joined(separator: "; "), exit: .checkFailed) }
            },
            PeriodicService(name: "traffic", every: TrafficCount.pace, pulse: pulse, logger: logger) {
                [
                    traffic = TrafficCount(
                        engine: parts.engine, environments: parts.environments, signals: signals,
                        database: footing.database)
                ] in try await traffic.round()
            },
            PeriodicService(name: "patrol", every: .seconds(1), pulse: pulse, logger: logger) {
                try await watchman.round()
            },
            PeriodicService(name: "drift", every: Self.pace, pulse: pulse, logger: logger) { [drift] in
                try await drift.round(of: environments.names())
            },
            PeriodicService(name: "reserve", every: Self.pace, pulse: pulse, logger: logger) {
                try space.keepReserve()
            },
            PeriodicService(name: "rotations", every: .seconds(1), pulse: pulse, logger: logger) {
                [rotations = parts.secrets.rotations] in
                try await rotations.round()
            },
            OutboxService(outbox: outbox, pulse: pulse, logger: logger),
            PeriodicService(name: "retention", every: .seconds(3_600), pulse: pulse, logger: logger) {
                try await retention.round()
            },
            PeriodicService(name: "feed", every: .seconds(1), pulse: pulse, logger: logger) { try await feed.look() },
        ]
    }

    /// Requests are not news.
    private var quietLogger: Logger {
        var logger = footing.logger
        logger.logLevel = .warning
        return logger
    }

    private func doors(_ control: LiveControl, say: @Sendable @escaping (String) -> Void) -> [any Service] {
        let logger = quietLogger
        let (address, directory) = (address, directory)
        let elsewhere = publicAddress.map { ", and at \($0)/" } ?? ""
        return [
            PlaneServer(
                control: control, door: address.door(publicAddress),
                address: .network(address), logger: logger,
                listening: { _ in say("The dashboard is at http://\(address)/\(elsewhere)") }),
            PlaneServer(
                control: control, door: .socket, address: .socket(path: directory.socket), logger: logger,
                listening: { _ in
                    do { try directory.protectSocket() } catch { logger.critical("\(error)") }
                }),
        ]
    }
}

extension EnvironmentState {
    fileprivate var runsSomething: Bool { current != nil || rollout != nil }
}

/// Names that nobody has used: 60 random bits, in letters and digits that are not mistaken for each other.
package enum RandomID {
    package static func make() -> String {
        let letters = Array("0123456789abcdefghjkmnpqrstvwxyz")
        var bits = UInt64.random(in: 0 ... .max)
        return String(
            (0..<12).map { _ in
                defer { bits >>= 5 }
                return letters[Int(bits & 31)]
            })
    }
}
