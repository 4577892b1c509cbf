import Definitions
import Testing

@testable import Rollouts

/// What of a plan costs more than what runs anyway.
@Suite struct `Instances that run beside those that are needed` {
    private static func plan(
        from old: Int?, to new: Int, surge: Int? = nil, bakes: [StrategyStep] = []
    ) throws -> Plan.DoubleRunning? {
        func bundle(_ version: String, _ replicas: Int) throws -> Bundle {
            var build = builder(release(version), environment: "dev")
            (build.environment.services[0].replicas, build.environment.services[0].surge) = (replicas, surge)
            build.environment.services[0].health.start = .seconds(30)
            build.environment.strategies["canary"] = Strategy(steps: [.weight(50)] + bakes + [.weight(100)])
            return try build.build(now: Timestamp(microseconds: 0))
        }
        let (from, to) = (try old.map { try bundle("v1", $0) }, try bundle("v2", new))
        return Plan.make(Course.make(from: from, to: to), from: from, to: to).doubleRunning
    }

    @Test func `are all of the old ones, as long as the plan and the rollback window last`() throws {
        let bakes = [StrategyStep.bake(.seconds(300), evidence: Evidence(minimumRequests: 1))]
        let running = try #require(try Self.plan(from: 4, to: 4, bakes: bakes + bakes))
        #expect(running.services.map(\.during) == [4] && running.services.map(\.warm) == [4])
        let alone = try #require(try Self.plan(from: 4, to: 4))
        #expect(running.during == alone.during + .seconds(600) && alone.during > .seconds(30))
        #expect(running.warm == .seconds(60))
    }

    @Test func `are as many as the definition lets run`() throws {
        let running = try #require(try Self.plan(from: 4, to: 4, surge: 1))
        #expect(running.services.map(\.during) == [1] && running.services.map(\.warm) == [1])
    }

    @Test func `are not those that are there for good`() throws {
        let grown = try #require(try Self.plan(from: 1, to: 4))
        #expect(grown.services.map(\.during) == [1] && grown.services.map(\.warm) == [1])
        let shrunk = try #require(try Self.plan(from: 4, to: 1))
        #expect(shrunk.services.map(\.during) == [1] && shrunk.services.map(\.warm) == [4])
        #expect(try Self.plan(from: nil, to: 4) == nil)
    }
}
