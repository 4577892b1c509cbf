import TestSupport
import Testing

@testable import ControlPlane

@Suite(.timeLimit(.minutes(1))) struct `An alert that a message had no room for` {
    private static func alerts(_ receiver: Receiver) -> String {
        let heartbeats = (0..<130).map { "  job-\($0): { within: 10s }" }
        return """
            receivers: { operations: { webhook: { url: "\(receiver.url)" } } }
            route: { receiver: operations, group-by: [environment], group-wait: 0s }
            heartbeats:
            \(heartbeats.joined(separator: "\n"))
            """
    }

    @Test func `is explained by the message that counts it, among how many`() async throws {
        let receiver = try Receiver()
        let world = try EngineWorld(alerts: Self.alerts(receiver))
        try await RunningEngine.run(in: world) { engine in
            for _ in 0..<6 { try await engine.later(.seconds(5)) }
            let isTold = await eventually { !receiver.messages.isEmpty }
            #expect(isTold)
            let message = try #require(receiver.messages.first)
            #expect(message.alerts.count == 100 && message.truncatedAlerts == 30)
            let all: [AlertExplanationDocument] = try await engine.client.get(
                "/api/v1/alerts/HeartbeatMissing/explanation", query: [("environment", "dev")])
            #expect(all.count == 130 && all.allSatisfy { $0.sent.count == 1 && $0.ways.first?.isTold == true })
            let shown = Set(message.alerts.compactMap { $0.labels["heartbeat"] })
            for explanation in all {
                let isShown = shown.contains(explanation.alert?.labels["heartbeat"] ?? "")
                #expect(explanation.sent.first?.among == (isShown ? nil : 30))
            }
            let counted = try #require(all.first { $0.sent.first?.among != nil }?.alert)
            let said = try await RunningCommand(
                try BuildProducts.path("tidegate"),
                ["alerts", "explain", counted.id, "--environment", "dev", "--project", world.folder.path],
                directory: world.folder.path
            ).result()
            #expect(
                said.output.contains("delivered; without room for this one, which it counts among 30 more"), "\(said)")
        }
    }
}
