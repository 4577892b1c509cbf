import Rollouts
import Testing

@testable import ControlPlane

@Suite(.timeLimit(.minutes(3))) struct `An error rate` {
    private static func alerts(_ receiver: Receiver) -> String {
        """
        receivers: { operations: { webhook: { url: "\(receiver.url)" } } }
        route: { receiver: operations, group-wait: 0s, group-interval: 10s }
        inhibit:
          - { source: [alertname=ServiceDown], target: ["alertname=~ServiceShort|HighErrorRate"], equal: [service] }
        """
    }

    private static func explained(_ engine: RunningEngine, _ alert: String) async throws -> [String] {
        let all: [AlertExplanationDocument] = try await engine.client.get(
            "/api/v1/alerts/\(alert)/explanation", query: [("environment", "dev")])
        return all.flatMap(\.why)
    }

    /// So long, half of what is asked of the API fails; the engine looks every five seconds.
    private static func fail(_ engine: RunningEngine, for seconds: Int) async throws {
        for _ in 0..<(seconds / 5) {
            engine.world.machine.served("api", by: engine.world.bundle, requests: 500, errors: 250)
            try await engine.later(.seconds(5))
        }
    }

    @Test func `of a service that is down is held back, says by what, and is told when the service is back`()
        async throws
    {
        let receiver = try Receiver()
        let world = try EngineWorld(alerts: Self.alerts(receiver))
        try await world.deploy()
        try await RunningEngine.run(in: world) { engine in
            world.machine.ready(false)
            try await Self.fail(engine, for: 400)
            let alerts: [AlertDocument] = try await engine.client.get("/api/v1/alerts")
            let down = try #require(alerts.first { $0.name == "ServiceDown" && $0.labels["service"] == "api" })
            let errors = try #require(alerts.first { $0.name == "HighErrorRate" })
            #expect(errors.status == "firing")
            let why = "the alert \(down.id) fires, which holds it back"
            #expect(errors.heldBack == why)
            #expect(try await Self.explained(engine, "HighErrorRate").contains("It is not told: \(why)."))
            #expect(!receiver.messages.flatMap(\.names).contains("HighErrorRate"))
            // The page says it too.
            let page = try await engine.page("/environments/dev")
            #expect(page.contains("HighErrorRate") && page.contains("not told: \(why)"))

            world.machine.ready(true)
            try await Self.fail(engine, for: 30)
            #expect(try await !Self.explained(engine, "HighErrorRate").contains { $0.contains("It is not told") })
            #expect(receiver.messages.flatMap(\.names).contains("HighErrorRate"))
        }
    }
}

extension Receiver.Message {
    var names: [String] { alerts.compactMap { $0.labels["alertname"] } }
}
