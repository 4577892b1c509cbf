import Testing

@Suite(.timeLimit(.minutes(3))) struct `An engine whose database is gone` {
    private static let alerts = """
        receivers: { operations: { webhook: { url: "http://127.0.0.1:1/nobody" } } }
        heartbeats: { backup: { within: 1s } }
        """

    private static func failures(_ metrics: String) -> Double {
        let name = #"tidegate_rule_evaluation_failures_total{environment="dev"} "#
        let line = metrics.split(separator: "\n").first { $0.hasPrefix(name) } ?? ""
        return Double(line.dropFirst(name.count)) ?? 0
    }

    @Test func `tells Prometheus so, leaves out what stands in it, and tells it again when it is back`() async throws {
        let world = try EngineWorld(alerts: Self.alerts)
        try await world.deploy()
        try await RunningEngine.run(in: world) { engine in
            let fires = #"tidegate_alerts{environment="dev",state="firing",severity="critical"} 1"#
            for _ in 0..<3 { try await engine.later(.seconds(1)) }
            let before = try await engine.metrics()
            #expect(before.contains("\ntidegate_database_up 1\n") && before.contains(fires))
            engine.database.isGone(true)
            for _ in 0..<3 { try await engine.later(.seconds(1)) }
            let without = try await engine.metrics()
            #expect(without.contains("\ntidegate_database_up 0\n"))
            #expect(!without.contains("tidegate_alerts{") && !without.contains("tidegate_notifications_waiting{"))
            #expect(Self.failures(without) == Self.failures(before) + 3)
            engine.database.isGone(false)
            try await engine.later(.seconds(1))
            let after = try await engine.metrics()
            #expect(after.contains("\ntidegate_database_up 1\n") && after.contains(fires))
            #expect(Self.failures(after) == Self.failures(without))
        }
    }
}
