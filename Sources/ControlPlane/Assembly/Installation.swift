import FoundationEssentials
import HTTPClient
import Logging
import Operations
import Platforms
import Rollouts
import Secrets
import ServiceLifecycle
import Storage

/// The control plane of one project, from the lock to the last service's end.
package struct Installation: Sendable {
    /// What differs between the real thing and tests: where instances run, and what splits their work.
    package struct Ground: Sendable {
        package var platform: any Platform
        package var router: any Router
        /// Applied before anything else.
        package var migrators: [Migrator]
        /// Supervises until cancelled.
        package var supervise: @Sendable () async throws -> Void
        /// Ends what runs, routers first, and keeps on record that it is wanted.
        package var rest: @Sendable (_ environments: [String]) async throws -> Void
        /// Makes the environment's router what was last asked for; returns what could not be mended now, in words.
        package var reconcile: @Sendable (_ environment: String) async -> [String]
        /// Runs an artifact's own check; nil where that cannot be done.
        package var trial: Trial?
        /// Why the bundle cannot run here, in a sentence that says what to do; nil when nothing is in its way.
        package var obstacle: @Sendable (_ bundle: Bundle) async -> String?
        /// The services that the environment's router listens for.
        package var frontends: @Sendable (_ environment: String) async throws -> [String]
        /// Makes the environment's router listen no more for a service.
        package var removeFrontend: @Sendable (_ environment: String, _ service: String) async throws -> Void
        /// Forgets the environment's instances that ended before, with their logs; returns how many.
        package var forget: @Sendable (_ environment: String, _ endedBefore: Timestamp) async throws -> Int

        package init(
            platform: any Platform, router: any Router, migrators: [Migrator] = [],
            supervise: @Sendable @escaping () async throws -> Void,
            rest: @Sendable @escaping (_ environments: [String]) async throws -> Void = { _ in },
            reconcile: @Sendable @escaping (_ environment: String) async -> [String] = { _ in [] },
            obstacle: @Sendable @escaping (_ bundle: Bundle) async -> String? = { _ in nil }, trial: Trial? = nil,
            frontends: @Sendable @escaping (_ environment: String) async throws -> [String] = { _ in [] },
            removeFrontend: @Sendable @escaping (_ environment: String, _ service: String) async throws -> Void =
                { _, _ in },
            forget: @Sendable @escaping (_ environment: String, _ endedBefore: Timestamp) async throws -> Int = {
                _, _ in
                0
            }
        ) {
            self.forget = forget
            self.trial = trial
            self.frontends = frontends
            self.removeFrontend = removeFrontend
            self.rest = rest
            self.platform = platform
            self.router = router
            self.migrators = migrators
            self.supervise = supervise
            self.reconcile = reconcile
            self.obstacle = obstacle
        }
    }

    /// Runs the check of one service of a bundle with secrets that need not be sealed yet.
    package typealias Trial =
        @Sendable (
            _ bundle: Bundle, _ service: String, _ secrets: [String: Secret], _ limit: Duration
        ) async -> TrialOutcome

    /// What a ground is built from.
    package struct Footing: Sendable {
        package var stateDirectory: String
        package var database: any Database
        package var http: any HTTPSending
        package var seals: SealStore
        package var key: InstallationKey
        package var environment: [String: String]
        package var clock: any EngineClock
        /// Paces what is done again and again.
        package var pulse: any Clock<Duration>
        package var logger: Logger
    }

    let project: Project
    /// Nil takes 127.0.0.1:7070, or a free port when that is taken.
    let listen: ListenAddress?
    /// What links in notifications lead to; nil takes what it listens on.
    let publicAddress: PublicAddress?
    let environment: [String: String]
    let ground: @Sendable (Footing) throws -> Ground

    package init(
        project: Project, listen: ListenAddress?, publicAddress: PublicAddress?, environment: [String: String],
        ground: @Sendable @escaping (Footing) throws -> Ground
    ) {
        self.project = project
        self.listen = listen
        self.publicAddress = publicAddress
        self.environment = environment
        self.ground = ground
    }

    /// Serves until SIGTERM or SIGINT, or until it is asked to stop everything.
    /// - Parameter say: told the address once it listens.
    /// - Throws: `Refusal` when it cannot start: `lock_held` (exit 8), `port_taken`, `disk_full`, `unwritable_state`.
    package func serve(say: @Sendable @escaping (String) -> Void) async throws {
        let directory = try StateDirectory(project.stateDirectory)
        try directory.removeStaleSocket()
        let address = try dashboardAddress()
        let logger = Logger(label: "tidegate") { StreamLogHandler.standardError(label: $0) }
        let database = try database(directory, logger: logger)
        let http = HTTPClient(maximumConnections: 128, name: "control")
        let key = try InstallationKey.loadOrCreate(stateDirectory: directory.path)
        let footing = Footing(
            stateDirectory: directory.path, database: database, http: http,
            seals: SealStore(directory: "\(directory.path)/sealed", key: key), key: key, environment: environment,
            clock: SystemClock(), pulse: ContinuousClock(), logger: logger)
        let ground = try ground(footing)
        try await Self.prepare(footing, ground)
        let assembly = Assembly(
            project: project, directory: directory, address: address, publicAddress: publicAddress, footing: footing,
            ground: ground)
        let group = assembly.group(say: say)
        let asked = Task {
            await assembly.stopSwitch.pressed()
            guard assembly.stopSwitch.isPressed else { return }
            await group.triggerGracefulShutdown()
        }
        try await group.run()
        asked.cancel()
        if assembly.stopSwitch.isPressed {
            try await ground.rest(ProjectEnvironments(project, clock: footing.clock).names())
        }
        http.close()
        await assembly.spend.close()
        await database.close()
        try directory.removeStaleSocket()
    }

    /// Makes the tables, and sees to it that the state is this installation's.
    static func prepare(_ footing: Footing, _ ground: Ground) async throws {
        let migrators = [
            RolloutSchema.migrator, AlertStore.migrator, SecretBook.migrator, DriftRecord.migrator,
            BudgetRecord.migrator,
        ]
        for migrator in migrators + ground.migrators {
            _ = try await migrator.migrate(footing.database, now: footing.clock.now.microseconds)
        }
        try await SecretBook(database: footing.database).expect(
            footing.key, at: "\(footing.stateDirectory)/installation.key", now: footing.clock.now)
    }

    private func database(_ directory: StateDirectory, logger: Logger) throws -> ReservedDatabase {
        do {
            let base = try Databases.open(address: "sqlite:\(directory.database)")
            return ReservedDatabase(base, reserve: directory.reserve) {
                logger.critical("\(Reserve.givenUp)")
            }
        } catch {
            throw Explanations.explain(error)
        }
    }

    private func dashboardAddress() throws -> ListenAddress {
        guard let listen else {
            let usual = try ListenAddress("127.0.0.1:7070")
            return PortProbe.isFree(host: usual.host, port: usual.port)
                ? usual : try ListenAddress("127.0.0.1:\(LoopbackPort.free())")
        }
        guard listen.port == 0 || PortProbe.isFree(host: listen.host, port: listen.port) else {
            throw Refusal(
                "port_taken", "\(listen) is in use by another program; choose another with --listen HOST:PORT.",
                exit: .unreachable)
        }
        var chosen = listen
        if chosen.port == 0 { chosen.port = try LoopbackPort.free() }
        return chosen
    }
}
