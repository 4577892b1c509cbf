import Definitions
import Ledger
import Rollouts
import Secrets
import Storage
import TestSupport
import Testing

@testable import ControlPlane

@Suite struct `The limits that a rollout sets` {
    private struct Bench {
        let world: EngineWorld
        let spend: LedgerSpend
        let database: any Database

        /// As one that was just started.
        var budgets: ProjectBudgets {
            ProjectBudgets(
                environments: ProjectEnvironments(world.project, clock: world.clock), spend: spend, database: database,
                clock: world.clock)
        }

        init() async throws {
            world = try EngineWorld(alerts: "receivers: { operations: { webhook: { url: \"http://127.0.0.1:1/a\" } } }")
            let folder = try StateDirectory(world.project.stateDirectory).path
            let key = try InstallationKey.loadOrCreate(stateDirectory: folder)
            spend = LedgerSpend(seals: SealStore(directory: "\(folder)/sealed", key: key))
            database = try Databases.open(address: "sqlite:\(folder)/tidegate.sqlite")
            try await BudgetRecord.migrator.migrate(database, now: world.clock.now.microseconds)
        }

        func set(_ rollout: String) async throws {
            try await budgets.set(for: world.bundle, Rollout(id: rollout))
        }

        func limit(of rollout: String) async throws -> Int64? {
            try await budgets.terms(of: rollout, in: "dev")?.budgets.first?.limit
        }

        func close() async {
            await spend.close()
            await database.close()
        }

        func write(limit: String) throws {
            try world.folder.write(
                "environments/dev.yaml",
                "environment: dev\nextends: shared.yaml\nbudgets:\n  total: { limit: \(limit), per: day }\n")
        }

        /// Of everything, a day; nil for none.
        func limit() async throws -> String? {
            let ledger = try Databases.open(address: world.ledger)
            let now = world.clock.now.microseconds
            let limit = try await ledger.read { try Ledger.budget(of: Ledger.total, on: $0, at: now)?.limit }
            await ledger.close()
            return limit?.description
        }
    }

    @Test func `are those of its file when it began, and the next one's are for the next`() async throws {
        let bench = try await Bench()
        try await bench.world.deploy()
        #expect(try await bench.limit() == nil)
        try await bench.set("r-1")
        #expect(try await bench.limit() == "25.000000000")
        // Neither what somebody writes meanwhile nor a slip in it touches a rollout that has begun.
        try bench.world.folder.write("environments/dev.yaml", "environment: [\n")
        try await bench.set("r-1")
        await #expect(throws: (any Error).self) { try await bench.set("r-2") }
        try bench.write(limit: "30 USD")
        try await bench.set("r-1")
        #expect(try await bench.limit() == "25.000000000")
        #expect(try await bench.limit(of: "r-1") == 25_000_000_000)
        try await bench.set("r-2")
        #expect(try await bench.limit() == "30.000000000")
        #expect(try await bench.limit(of: "r-1") == nil)
        await bench.close()
    }

    @Test func `are read from the file when another version wrote down what is not understood here`() async throws {
        let bench = try await Bench()
        try await bench.world.deploy()
        try await bench.set("r-1")
        try await bench.database.write { connection in
            _ = try connection.execute("UPDATE budget_file SET terms = ?", [#"{"budgets":"of another kind"}"#])
        }
        #expect(try await bench.limit(of: "r-1") == nil)
        try bench.write(limit: "30 USD")
        try await bench.set("r-1")
        #expect(try await bench.limit() == "30.000000000")
        await bench.close()
    }

    @Test func `wait for the tables of a ledger that has none yet, and refuse nothing`() async throws {
        let bench = try await Bench()
        try await bench.set("r-1")
        try bench.write(limit: "30 USD")
        try await bench.world.deploy()
        try await bench.set("r-1")
        #expect(try await bench.limit() == "25.000000000")
        await bench.close()
    }
}
