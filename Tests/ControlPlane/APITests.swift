import ControlPlane
import HTTPClient
import Secrets
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)))
struct APITests {
    @Test func `a status travels whole over the socket`() async throws {
        try await TestServer.run(StubControl()) { server in
            let status: StatusDocument = try await server.client.get("/api/v1/environments/dev/status")
            #expect(status == Sample.status)
        }
    }

    @Test func `a rollout is asked for with its caller and its reason`() async throws {
        let control = StubControl()
        try await TestServer.run(control) { server in
            let body = RolloutBody(release: "v2", reason: "ticket 214")
            let started: StartedDocument = try await server.client.post("/api/v1/environments/dev/rollouts", body)
            #expect(started.rollout == "r1")
        }
        #expect(control.asked == ["start dev v2 ticket 214 \(LoginName.current), for ada"])
    }

    @Test func `what a rollback would restore is shown before it is asked for`() async throws {
        let control = StubControl()
        try await TestServer.run(control) { server in
            let way: WayBackDocument = try await server.client.get("/api/v1/environments/dev/rollback?to=v1")
            #expect(way.restored == "v1" && way.warnings == ["Mind the database."])
            let _: WayBackDocument = try await server.client.get("/api/v1/environments/dev/rollback")
        }
        #expect(control.asked == ["way back dev v1", "way back dev -"])
    }

    @Test func `alerts are explained, acknowledged, tried and silenced, and heartbeats are taken`() async throws {
        let control = StubControl()
        try await TestServer.run(control) { server in
            let client = server.client
            let _: [AlertExplanationDocument] = try await client.get(
                "/api/v1/alerts/ServiceDown/explanation", query: [("environment", "dev")])
            let _: AlertDocument = try await client.post(
                "/api/v1/environments/dev/alerts/a1/acknowledge", ReasonBody(reason: "on it"))
            let _: [AlertTestDocument] = try await client.post(
                "/api/v1/environments/dev/alerts/test", AlertTestBody(receiver: "us"))
            let _: [AlertRuleDocument] = try await client.get("/api/v1/environments/dev/alert-rules")
            let _: [SilenceDocument] = try await client.get("/api/v1/environments/dev/silences")
            let _: SilenceDocument = try await client.post(
                "/api/v1/environments/dev/silences",
                SilenceBody(matchers: ["service=api"], until: "2026-01-01T00:00:00.000Z", comment: "known"))
            let _: SilenceDocument = try await client.post(
                "/api/v1/environments/dev/silences/s-1/expire", ReasonBody(reason: nil))
            let _: HeartbeatDocument = try await client.post(
                "/api/v1/environments/dev/heartbeats/backup", ReasonBody(reason: nil))
        }
        #expect(
            control.asked == [
                "explain ServiceDown dev", "acknowledge dev a1 on it by \(LoginName.current), for ada", "test dev us",
                "rules dev", "silences dev", "silence dev service=api until 2026-01-01T00:00:00.000Z", "expire dev s-1",
                "beat dev backup",
            ])
    }

    @Test func `secrets of the caller's shell reach the engine over the socket`() async throws {
        let control = StubControl()
        try await TestServer.run(control) { server in
            let body = RolloutBody(release: "v2", secrets: CarriedSecrets(["KEY": Secret("canary-4711")]))
            let _: StartedDocument = try await server.client.post("/api/v1/environments/dev/rollouts", body)
        }
        #expect(control.memory.withLock { $0.carried } == ["KEY": "canary-4711"])
    }

    @Test func `drift is shown to anybody, and asked for and mended with the caller's own values over the socket`()
        async throws
    {
        let control = StubControl()
        try await TestServer.run(control) { server in
            let seen: DriftReportDocument = try await server.client.get("/api/v1/environments/dev/drift")
            #expect(seen.state == "none" && seen.exit == .done)
            let body = DriftBody(secrets: CarriedSecrets(["KEY": Secret("canary-4711")]))
            let _: DriftReportDocument = try await server.client.post("/api/v1/environments/dev/drift", body)
            #expect(control.memory.withLock { $0.carried } == ["KEY": "canary-4711"])
            let fix: DriftFixDocument = try await server.client.post("/api/v1/environments/dev/drift/fix", body)
            #expect(fix.rollout == "r1")
        }
        #expect(control.asked == ["drift dev", "drift dev by a caller", "fix dev \(LoginName.current), for ada"])
    }

    @Test func `baselines and a replay travel whole over the socket`() async throws {
        let control = StubControl()
        try await TestServer.run(control) { server in
            let seen: [BaselineDocument] = try await server.client.get("/api/v1/environments/dev/baselines")
            #expect(seen == [StubControl.baseline])
            let body = BaselineBody(service: "api", milliseconds: 120, reason: "a first guess")
            let _: BaselineDocument = try await server.client.post("/api/v1/environments/dev/baselines", body)
            let replay: ReplayDocument = try await server.client.get("/api/v1/rollouts/r1/replay")
            #expect(!replay.same && replay.verdicts.first?.differences.count == 1)
        }
        #expect(
            control.asked == ["baselines dev", "baseline dev api 120.0 \(LoginName.current), for ada", "replay r1"])
    }

    @Test(arguments: RolloutAction.allCases) func `every action reaches its rollout`(action: RolloutAction) async throws
    {
        let control = StubControl()
        try await TestServer.run(control) { server in
            let _: RolloutDocument = try await server.client.post(
                "/api/v1/rollouts/r1/\(action.rawValue)", ReasonBody(reason: "because"))
        }
        #expect(control.asked == ["\(action.rawValue) r1 because"])
    }

    @Test func `a retry is asked for with its caller and its reason`() async throws {
        let control = StubControl()
        try await TestServer.run(control) { server in
            let started: StartedDocument = try await server.client.post(
                "/api/v1/rollouts/r1/retry", RetryBody(reason: "again"))
            #expect(started.rollout == "r2")
        }
        #expect(control.asked == ["retry r1 again \(LoginName.current), for ada"])
    }

    @Test func `names with strange characters arrive as they were written`() async throws {
        let control = StubControl()
        try await TestServer.run(control) { server in
            let _: ReleaseDocument = try await server.client.get("/api/v1/releases/\(pathSegment("v2 +ü/x"))")
        }
        #expect(control.asked == ["release v2 +ü/x"])
    }

    @Test func `a refusal keeps its code, its sentence and its exit`() async throws {
        let control = StubControl()
        control.memory.withLock { $0.refusal = Refusal("locked", "dev is locked by ada", exit: .lockHeld) }
        try await TestServer.run(control) { server in
            await #expect(throws: Refusal("locked", "dev is locked by ada", exit: .lockHeld)) {
                let _: StartedDocument = try await server.client.post(
                    "/api/v1/environments/dev/rollouts", RolloutBody(release: "v2"))
            }
        }
    }

    @Test func `a body that does not fit is refused without quoting it`() async throws {
        try await TestServer.run(StubControl()) { server in
            let refusal = await #expect(throws: Refusal.self) {
                let _: StartedDocument = try await server.client.post(
                    "/api/v1/environments/dev/rollouts", ["secrets": ["KEY": "canary-4711"]])
            }
            #expect(refusal?.exit == .usage)
            #expect(refusal?.message.contains("release is missing") == true)
            #expect(refusal?.message.contains("canary") == false)
        }
    }

    @Test func `what is nowhere is not found`() async throws {
        try await TestServer.run(StubControl()) { server in
            let refusal = await #expect(throws: Refusal.self) {
                let _: StatusDocument = try await server.client.get("/api/v1/nothing")
            }
            #expect(refusal?.code == "not_found")
        }
    }

    @Test func `the network door shows, and changes nothing`() async throws {
        let control = StubControl()
        try await TestServer.run(control) { server in
            let shown = try await server.get("/api/v1/environments/dev/status")
            #expect(shown.status == 200)
            let address = "http://127.0.0.1:\(server.port)/api/v1/environments/dev/rollouts"
            let refused = try await server.http.send(
                HTTPRequest("POST", address, body: .bytes(Array(#"{"release":"v2"}"#.utf8))))
            #expect(refused.status == 403)
            #expect(
                try JSON.decode(ErrorDocument.self, from: refused.body).exit == ControlPlane.ExitStatus.refused.rawValue
            )
        }
        #expect(control.asked == ["status dev"])
    }

    @Test func `a foreign host name is not answered on the network door`() async throws {
        try await TestServer.run(StubControl()) { server in
            let answer = try await server.get("/index.json", headers: [(name: "host", value: "evil.example")])
            #expect(answer.status == 403)
        }
    }

    @Test func `nobody at the socket is exit 3 with what to do`() async throws {
        let http = HTTPClient(maximumConnections: 1)
        let client = ControlClient(endpoint: .socket("/nowhere/control.sock"), http: http, caller: "ada")
        let refusal = await #expect(throws: Refusal.self) {
            let _: EngineDocument = try await client.get("/api/v1/engine")
        }
        #expect(refusal?.exit == .unreachable)
        #expect(refusal?.message.contains("tidegate serve") == true)
    }
}
