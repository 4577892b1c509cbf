import Contract
import Definitions
import Foundation
import HTTPClient
import Ledger
import Logging
import Rollouts
import Secrets
import ServiceLifecycle
import Storage
import TestSupport

@testable import ControlPlane

/// A project with one environment, dev, in which a bundle runs; engines come and go in it.
struct EngineWorld: Sendable {
    static let start = Timestamp(microseconds: 1_790_000_000_000_000)

    let folder: TemporaryFolder
    let clock = SteppedTime(Self.start)
    let machine: IdleGround
    let bundle: Rollouts.Bundle

    var project: Project { Project(path: folder.path) }
    var ledger: String { "sqlite:\(folder.file("ledger.sqlite"))" }

    /// - Parameter alerts: what stands under `alerts:` in the file of dev.
    init(alerts: String, others: [String: String] = [:]) throws {
        folder = try TemporaryFolder()
        machine = IdleGround(clock: clock)
        bundle = Self.bundle(ledger: "sqlite:\(folder.file("ledger.sqlite"))")
        for (path, bytes) in try ExampleProject(pages: ["runbooks/a.md"]).files
        where !path.contains("staging") && !path.contains("production") {
            try folder.write(path, String(decoding: bytes, as: UTF8.self))
        }
        let indented = alerts.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }
        try folder.write(
            "environments/dev.yaml",
            "environment: dev\nextends: shared.yaml\nalerts:\n\(indented.joined(separator: "\n"))\n")
        for (path, text) in others { try folder.write(path, text) }
    }

    private static func bundle(ledger: String) -> Rollouts.Bundle {
        let services = ["api", "worker"].map { name in
            BundleService(
                name: name,
                artifact: Artifact(
                    service: name, digest: Digest(of: Array(name.utf8)), command: ["./run"],
                    contract: ArtifactContract(
                        service: name, variables: [], portVariable: "PORT",
                        paths: ContractPaths(liveness: "/live", readiness: "/ready"), migrations: nil,
                        startBudgetSeconds: 30, drainSeconds: 10)),
                replicas: 2, port: name == "api" ? 8_000 : nil, health: HealthDefinition(),
                strategy: Strategy(steps: []), variables: ["DATABASE_URL": ledger], secrets: [:], configDigest: "c")
        }
        return Rollouts.Bundle(
            digest: Digest(of: Array("bundle".utf8)), environment: "dev", release: "v1",
            releaseDigest: Digest(of: Array("v1".utf8)), services: services, migrates: nil,
            thresholds: Thresholds(errorRateFor: .seconds(20), latencyFor: .seconds(20)),
            rollbackWindow: .seconds(60), smoke: [], createdAt: start)
    }

    /// Puts on record that the bundle runs, and makes its ledger.
    func deploy() async throws {
        let directory = project.stateDirectory
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let database = try Databases.open(address: "sqlite:\(directory)/tidegate.sqlite")
        try await RolloutSchema.migrator.migrate(database, now: clock.now.microseconds)
        try await database.write { [bundle] connection in
            try BundleStore.save(bundle, connection)
            try connection.execute(
                "INSERT INTO environments (name, current_bundle) VALUES (?, ?)", ["dev", bundle.digest.text])
        }
        await database.close()
        try await openBooks()
    }

    /// Makes the tables of its ledger.
    func openBooks() async throws {
        let books = try Databases.open(address: ledger)
        try await Ledger.migrator.migrate(books, now: clock.now.microseconds)
        await books.close()
    }
}

/// The control plane as it runs, with its services, doors and database, in this process.
struct RunningEngine: Sendable {
    let world: EngineWorld
    let client: ControlClient
    let address: String
    let http: HTTPClient
    let database: BreakableDatabase
    let pulse: Pulse

    /// How an engine ends.
    enum End { case asked, cutOff }

    /// Starts an engine in the world, which ends when `body` has.
    /// - Parameter end: when it is cut off, what it is about to do is not brought to its end.
    static func run(
        in world: EngineWorld, end: End = .asked, publicAddress: PublicAddress? = nil,
        _ body: @Sendable @escaping (RunningEngine) async throws -> Void
    ) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let directory = try StateDirectory(world.project.stateDirectory)
        try directory.removeStaleSocket()
        let key = try InstallationKey.loadOrCreate(stateDirectory: directory.path)
        let http = HTTPClient(maximumConnections: 32)
        let pulse = Pulse()
        let database = BreakableDatabase(try Databases.open(address: "sqlite:\(directory.database)"))
        let footing = Installation.Footing(
            stateDirectory: directory.path, database: database,
            http: http, seals: SealStore(directory: "\(directory.path)/sealed", key: key), key: key, environment: [:],
            clock: world.clock, pulse: pulse, logger: logger)
        let ground = world.machine.ground
        try await Installation.prepare(footing, ground)
        let address = try ListenAddress("127.0.0.1:\(freePort())")
        let assembly = Assembly(
            project: world.project, directory: directory, address: address, publicAddress: publicAddress,
            footing: footing, ground: ground)
        let services = assembly.services { _ in }
        let group = ServiceGroup(services: services, logger: logger)
        let engine = RunningEngine(
            world: world,
            client: ControlClient(endpoint: .socket(directory.socket), http: http, caller: "ada"),
            address: "http://\(address)", http: http, database: database, pulse: pulse)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            do {
                try await pulse.settle(services.count { $0 is PeriodicService || $0 is OutboxService })
                _ = await eventually { answers(socket: directory.socket) }
                try await body(engine)
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
            switch end {
            case .asked:
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
            case .cutOff:
                tasks.cancelAll()
                do { try await tasks.waitForAll() } catch is CancellationError {}
            }
        }
        http.close()
        await assembly.spend.close()
        await database.close()
    }

    /// So much later, everything that the engine does every second is done once more.
    func later(_ duration: Duration) async throws {
        world.clock.step(by: duration)
        try await pulse.advance(by: .seconds(1))
    }

    func beat(_ name: String) async throws {
        let _: HeartbeatDocument = try await client.post("/api/v1/environments/dev/heartbeats/\(name)", Nothing())
    }

    struct Nothing: Encodable {}
}

extension RunningEngine {
    /// What it tells Prometheus.
    func metrics() async throws -> String { try await http.send(HTTPRequest("GET", "\(address)/metrics")).text }

    /// What a browser shows.
    func page(_ path: String) async throws -> String {
        try await http.send(HTTPRequest("GET", "\(address)\(path)", headers: [("accept", "text/html")])).text
    }
}
