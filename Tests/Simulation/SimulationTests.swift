import Foundation
import Rollouts
import Storage
import TestSupport
import Testing

/// Many scenarios, each run twice: undisturbed, and by an engine that is killed now and then. `SIMULATION_SEEDS` sets how
/// many (200), `SIMULATION_FIRST` where they start; a failure names its seed.
@Suite struct SimulationTests {
    static let count = Int(ProcessInfo.processInfo.environment["SIMULATION_SEEDS"] ?? "") ?? 200
    static let first = UInt64(ProcessInfo.processInfo.environment["SIMULATION_FIRST"] ?? "") ?? 1

    @Test(.timeLimit(.minutes(1)))
    func `every rollout ends as it should, however often its engine is killed`() async throws {
        let folder = try TemporaryFolder()
        let database = try Databases.open(address: "sqlite:\(folder.file("simulation.sqlite"))")
        try await RolloutSchema.migrator.migrate(database, now: 0)
        let failures = try await database.write { connection in
            (0..<Self.count).compactMap { Self.failure(seed: Self.first + UInt64($0), connection) }
        }
        await database.close()
        for failure in failures.prefix(10) { Issue.record("\(failure)") }
        print("\(Self.count) seeds from \(Self.first), \(failures.count) failures")
    }

    /// - Returns: what went wrong with the seed, named by it.
    static func failure(seed: UInt64, _ connection: any Connection) -> String? {
        let scenario = Scenario(seed: seed)
        do {
            let calm = try end(scenario, killSeed: nil, connection)
            let disturbed = try end(scenario, killSeed: seed &* 7_919, connection)
            try judge(calm, scenario)
            try judge(disturbed, scenario)
            if scenario.isTimeless, calm.rollout.outcome != disturbed.rollout.outcome {
                let (a, b) = (calm.rollout, disturbed.rollout)
                throw Violation(
                    description:
                        "ends as \(a.outcome!) undisturbed, as \(b.outcome!) with \(disturbed.kills) kills (\(b.why ?? ""))"
                )
            }
            return nil
        } catch {
            return "seed \(seed), \(scenario): \(error)"
        }
    }

    private static func end(
        _ scenario: Scenario, killSeed: UInt64?, _ connection: any Connection
    ) throws -> SimulatedEngine {
        let environment = "env-\(scenario.seed)\(killSeed == nil ? "" : "-killed")"
        let old = scenario.isFirst ? nil : bundle(1, environment: environment, release: "v1")
        let world = try World(scenario, old: old, new: bundle(2, environment: environment, release: "v2"))
        let engine = try SimulatedEngine(world, id: "rollout-\(environment)", killSeed: killSeed, connection)
        try engine.run()
        return engine
    }
}
