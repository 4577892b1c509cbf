import TestSupport
import Testing

/// Through the running engine: a rule, a route, the outbox and HTTP, on a clock that the test moves.
@Suite(.timeLimit(.minutes(3))) struct `A receiver that is down for an hour` {
    private static func alerts(_ us: Receiver, _ others: Receiver) -> String {
        """
        receivers:
          operations: { webhook: { url: "http://127.0.0.1:1/nobody" } }
          us: { webhook: { url: "\(us.url)" } }
          others: { webhook: { url: "\(others.url)" } }
        heartbeats: { backup: { within: 5m }, export: { within: 7m } }
        route:
          receiver: operations
          group-by: [heartbeat]
          group-wait: 0s
          group-interval: 10s
          routes:
            - { match: [alertname=HeartbeatMissing], receiver: us, continue: true }
            - { match: [alertname=HeartbeatMissing], receiver: others }
        """
    }

    private static func told(_ receiver: Receiver) -> [String] {
        receiver.messages.map { "\($0.alerts.first?.labels["heartbeat"] ?? "") \($0.status)" }
    }

    /// Reports of the backup come every ten minutes and of the export every fourteen, so that each is late now and then.
    private static func play(_ engine: RunningEngine, _ seconds: StrideTo<Int>) async throws {
        for second in seconds {
            if second % 600 == 0 { try await engine.beat("backup") }
            if second % 840 == 0 { try await engine.beat("export") }
            try await engine.later(.seconds(10))
        }
    }

    @Test func `gets everything once and in order, though the engine is started anew twice meanwhile`() async throws {
        let (us, others) = (try Receiver(), try Receiver())
        let world = try EngineWorld(alerts: Self.alerts(us, others))
        us.becomes(.hangsUp)
        try await RunningEngine.run(in: world, end: .cutOff) {
            try await Self.play($0, stride(from: 0, to: 1_200, by: 10))
        }
        us.becomes(.refuses)
        try await RunningEngine.run(in: world) { try await Self.play($0, stride(from: 1_200, to: 2_400, by: 10)) }
        try await RunningEngine.run(in: world) { engine in
            try await Self.play(engine, stride(from: 2_400, to: 3_600, by: 10))
            #expect(us.messages.isEmpty && us.attempts > 40)
            us.becomes(.takes)
            try await engine.later(.seconds(60))
            let isTold = await eventually { us.messages.count == others.messages.count }
            #expect(isTold, "\(Self.told(us)) of \(Self.told(others))")
            // Nothing comes twice later on.
            for _ in 0..<20 { try await engine.later(.seconds(10)) }
        }
        #expect(Self.told(us) == Self.told(others) && us.messages.count > 15)
        for heartbeat in ["backup", "export"] {
            let own = Self.told(us).filter { $0.hasPrefix(heartbeat) }
            #expect(own == own.indices.map { "\(heartbeat) \($0 % 2 == 0 ? "firing" : "resolved")" })
        }
        #expect(Set(us.messages.map(\.key)).count == us.messages.count)
    }
}
