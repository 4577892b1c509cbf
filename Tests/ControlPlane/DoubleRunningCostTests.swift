import Definitions
import Rollouts
import Testing

@testable import ControlPlane

@Suite struct `What running twice costs` {
    private static func running(_ services: [Surplus]) -> Plan.DoubleRunning {
        Plan.DoubleRunning(services: services, during: .seconds(1_200), warm: .seconds(600))
    }

    @Test func `is instances by time by price, to the billionth, with the reckoning`() {
        let running = Self.running([Surplus(service: "api", during: 2, warm: 3)])
        // 2 for 20 minutes and 3 for 10: 70 instance minutes.
        let cost = DoubleRunningCost(running, prices: ["api": 83_200_001])
        #expect(cost.services.map(\.cost) == ["0.097066668"])
        #expect(cost.services.map(\.instanceHour) == ["0.083200001"])
        #expect(
            cost.notes == [
                "api: (2 more for 20m of rollout + 3 warm for 10m) × 0.083200001 USD an instance hour = 0.097066668 USD at most."
            ])
    }

    @Test func `is unknown without a price, and never nothing`() {
        let running = Self.running([
            Surplus(service: "api", during: 1, warm: 0), Surplus(service: "worker", during: 2, warm: 2),
        ])
        let cost = DoubleRunningCost(running, prices: ["api": 0])
        #expect(cost.services.map(\.cost) == ["0.000000000", nil])
        #expect(
            cost.notes == [
                "api: (1 more for 20m of rollout) × 0 USD an instance hour = 0 USD at most.",
                "What running twice costs is unknown for worker: no `instance-hour` says what an instance costs.",
            ])
    }

    @Test func `of several services is summed, and services that run once cost nothing more`() {
        let running = Self.running([
            Surplus(service: "api", during: 3, warm: 0), Surplus(service: "worker", during: 3, warm: 0),
            Surplus(service: "mail", during: 0, warm: 0),
        ])
        let dear = Int64(1_000_000_000_000)
        let cost = DoubleRunningCost(running, prices: ["api": dear, "worker": 1_000_000_000])
        #expect(cost.services.map(\.cost) == ["1000.000000000", "1.000000000"])
        #expect(cost.notes.last == "Running twice costs 1001 USD at most.")
    }

    @Test func `does not overflow for the dearest of instances that stay warm for years`() {
        let running = Plan.DoubleRunning(
            services: [Surplus(service: "api", during: 100, warm: 100)], during: .seconds(1),
            warm: .seconds(400_000_000_000)
        )
        let cost = DoubleRunningCost(running, prices: ["api": 1_000_000_000_000])
        #expect(cost.services.first?.cost == "9223372036.854775807" && cost.notes.count == 1)
    }
}
