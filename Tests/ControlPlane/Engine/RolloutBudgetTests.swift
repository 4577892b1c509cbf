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
        let budgets: ProjectBudgets

        init() throws {
            world = try EngineWorld(alerts: "receivers: { operations: { webhook: { url: \"http://127.0.0.1:1/a\" } } }")
            let folder = try StateDirectory(world.project.stateDirectory).path
            let key = try InstallationKey.loadOrCreate(stateDirectory: folder)
            spend = LedgerSpend(seals: SealStore(directory: "\(folder)/sealed", key: key))
            budgets = ProjectBudgets(
                environments: ProjectEnvironments(world.project, clock: world.clock), spend: spend, clock: world.clock)
        }

        func set(_ rollout: String) async throws {
            try await budgets.set(for: world.bundle, Rollout(id: rollout))
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
        let bench = try Bench()
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
        #expect(bench.budgets.definition(of: "r-1", in: "dev") != nil)
        try await bench.set("r-2")
        #expect(try await bench.limit() == "30.000000000")
        #expect(bench.budgets.definition(of: "r-1", in: "dev") == nil)
        await bench.spend.close()
    }

    @Test func `wait for the tables of a ledger that has none yet, and refuse nothing`() async throws {
        let bench = try Bench()
        try await bench.set("r-1")
        #expect(bench.budgets.definition(of: "r-1", in: "dev") == nil)
        try await bench.world.deploy()
        try await bench.set("r-1")
        #expect(try await bench.limit() == "25.000000000")
        await bench.spend.close()
    }
}
