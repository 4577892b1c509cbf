import Foundation
import Logging
import Rollouts
import Storage
import TestSupport

/// The real engine over a SQLite file of its own, and a world in memory.
struct EngineStage {
    let folder: TemporaryFolder
    let database: any Database
    let clock = SystemClock()
    let world: MemoryWorld
    let engine: Engine

    init() async throws {
        folder = try TemporaryFolder()
        database = try Databases.open(address: "sqlite:\(folder.file("engine.sqlite"))")
        try await RolloutSchema.migrator.migrate(database, now: 0)
        world = MemoryWorld(clock: clock)
        engine = Self.engine(database, world, clock)
        try await database.write { connection in
            for version in ["v1", "v2"] { _ = try ReleaseRecord.record(MemoryWorld.release(version), connection) }
        }
    }

    static func engine(_ database: any Database, _ world: MemoryWorld, _ clock: any EngineClock) -> Engine {
        Engine(
            .init(
                database: database, platform: world, router: world, signals: world, smoke: world, preflight: world,
                clock: clock, newID: { UUID().uuidString }, holder: "benchmark",
                logger: Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() }))
    }

    /// Rolls `v1` out, and `v2` as far as its canary.
    /// - Returns: the id of the second rollout, which is being judged.
    func canary(_ environment: String) async throws -> String {
        let first = try await start("v1", "direct", environment)
        for try await _ in engine.entries(rollout: first, after: 0) {}
        let second = try await start("v2", "canary", environment)
        for try await entry in engine.entries(rollout: second, after: 0) {
            if case .sampled = entry.event { return second }
        }
        throw NoCanary(environment: environment)
    }

    private func start(_ release: String, _ strategy: String, _ environment: String) async throws -> String {
        let request = RolloutRequest(
            environment: environment, release: release, strategy: strategy, actor: "benchmark")
        return try await engine.start(request, callerSecrets: [:])
    }

    /// Bytes of the database with its log written back.
    func size() async throws -> Int64 {
        try await database.read { connection in
            guard let pages = try connection.first("PRAGMA page_count", []),
                let bytes = try connection.first("PRAGMA page_size", [])
            else { return 0 }
            return try pages.get("page_count", as: Int64.self) * bytes.get("page_size", as: Int64.self)
        }
    }

    func close() async {
        await engine.shutDown()
        await database.close()
    }
}

struct NoCanary: Error, CustomStringConvertible {
    let environment: String
    var description: String { "the rollout of \(environment) ended before it was judged" }
}
