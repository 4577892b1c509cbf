import ControlPlane
import Rollouts
import TestSupport
import Testing

/// What people say of alerts over the API of the running engine holds, also when it is started anew.
@Suite(.timeLimit(.minutes(3))) struct `What people say of an alert` {
    private static func alerts(_ us: Receiver, _ lead: Receiver) -> String {
        """
        receivers:
          us: { webhook: { url: "\(us.url)" } }
          lead: { webhook: { url: "\(lead.url)" } }
        heartbeats: { backup: { within: 1m }, export: { within: 1m } }
        route:
          receiver: us
          group-by: [heartbeat]
          group-wait: 0s
          group-interval: 10s
          repeat-interval: 10m
          escalate: [{ after: 5m, receiver: lead }]
        """
    }

    private static func go(_ engine: RunningEngine, minutes: Int) async throws {
        for _ in 0..<(minutes * 6) { try await engine.later(.seconds(10)) }
    }

    private static func told(_ receiver: Receiver, of heartbeat: String) -> [String] {
        receiver.messages.filter { $0.alerts.first?.labels["heartbeat"] == heartbeat }.map(\.status)
    }

    private static func alert(_ heartbeat: String, _ engine: RunningEngine) async throws -> AlertDocument {
        let alerts: [AlertDocument] = try await engine.client.get("/api/v1/alerts")
        return try #require(alerts.first { $0.labels["heartbeat"] == heartbeat && $0.status == "firing" })
    }

    @Test func `that they have it in hand stops its repeats and calls nobody else, until it is over`() async throws {
        let (us, lead) = (try Receiver(), try Receiver())
        let world = try EngineWorld(alerts: Self.alerts(us, lead))
        try await world.deploy()
        try await RunningEngine.run(in: world, end: .cutOff) { engine in
            for name in ["backup", "export"] { try await engine.beat(name) }
            try await Self.go(engine, minutes: 2)
            #expect(Self.told(us, of: "backup") == ["firing"])
            let id = try await Self.alert("backup", engine).id
            let known: AlertDocument = try await engine.client.post(
                "/api/v1/environments/dev/alerts/\(id)/acknowledge", ReasonBody(reason: "on it"))
            #expect(known.acknowledgedBy?.contains("ada") == true)
        }
        try await RunningEngine.run(in: world) { engine in
            try await Self.go(engine, minutes: 15)
            #expect(try await Self.alert("backup", engine).acknowledgedBy?.contains("ada") == true)
            // Of the other, nobody has said anything.
            #expect(Self.told(us, of: "export") == ["firing", "firing"])
            #expect(Self.told(lead, of: "export").first == "firing")
            #expect(Self.told(us, of: "backup") == ["firing"])
            try await engine.beat("backup")
            try await Self.go(engine, minutes: 1)
            let isOver = await eventually { Self.told(us, of: "backup") == ["firing", "resolved"] }
            #expect(isOver, "\(Self.told(us, of: "backup"))")
            #expect(Self.told(lead, of: "backup").isEmpty)
        }
    }

    @Test func `that it is to be quiet holds until its time is over, or somebody ends it`() async throws {
        let (us, lead) = (try Receiver(), try Receiver())
        let world = try EngineWorld(alerts: Self.alerts(us, lead))
        try await world.deploy()
        let path = "/api/v1/environments/dev/silences"
        try await RunningEngine.run(in: world, end: .cutOff) { engine in
            for name in ["backup", "export"] { try await engine.beat(name) }
            for (name, minutes) in [("backup", 10), ("export", 600)] {
                let until = (world.clock.now + Duration.seconds(minutes * 60)).rfc3339
                let silence: SilenceDocument = try await engine.client.post(
                    path, SilenceBody(matchers: ["heartbeat=\(name)"], until: until, comment: "a new disk comes"))
                #expect(silence.state == "active" && silence.createdBy.contains("ada"))
            }
        }
        try await RunningEngine.run(in: world) { engine in
            try await Self.go(engine, minutes: 8)
            let silences: [SilenceDocument] = try await engine.client.get(path)
            let alert = try await Self.alert("export", engine)
            let silence = try #require(silences.first { $0.matchers == ["heartbeat=\"export\""] })
            #expect(silence.silenced == [alert.name])
            #expect(alert.heldBack == "the silence \(silence.id) keeps it quiet")
            #expect(us.messages.isEmpty && lead.messages.isEmpty)

            try await Self.go(engine, minutes: 3)
            #expect(Self.told(us, of: "backup") == ["firing"] && Self.told(us, of: "export").isEmpty)
            let ended: SilenceDocument = try await engine.client.post("\(path)/\(silence.id)/expire", ReasonBody())
            #expect(ended.state == "expired")
            try await Self.go(engine, minutes: 1)
            let isTold = await eventually { Self.told(us, of: "export") == ["firing"] }
            #expect(isTold, "\(us.messages)")
        }
    }
}
