import Ledger
import Rollouts
import Storage
import TestSupport
import Testing

@testable import ControlPlane

@Suite(.timeLimit(.minutes(3))) struct `The ledger of what runs` {
    private static let file = """
        environment: dev
        extends: shared.yaml
        alerts:
          receivers: { operations: { webhook: { url: "http://127.0.0.1:1/nobody" } } }
        budgets:
          total: { limit: 25 USD, per: day }
        request-limits:
          often: { limit: 100, scope: openai, per: hour }

        """

    /// Runs an engine that has set the budgets of its file.
    private static func run(
        _ body: @Sendable @escaping (RunningEngine) async throws -> Void
    ) async throws {
        let world = try EngineWorld(alerts: "", others: ["environments/dev.yaml": file])
        try await world.deploy()
        try await RunningEngine.run(in: world) { engine in
            let isSet = try await eventually {
                try await engine.later(.seconds(1))
                return try await limits(engine).count == 2
            }
            try #require(isSet)
            try await body(engine)
        }
    }

    private static func limits(_ engine: RunningEngine) async throws -> [LimitDocument] {
        try await engine.client.get("/api/v1/environments/dev/limits")
    }

    private static func change(_ engine: RunningEngine, _ statement: String) async throws {
        let ledger = try Databases.open(address: engine.world.ledger)
        try await ledger.write { _ = try $0.query(statement) }
        await ledger.close()
    }

    /// As an operator asks.
    private static func tidegate(_ engine: RunningEngine, _ words: String...) async throws -> CommandResult {
        let folder = engine.world.folder.path
        return try await RunningCommand(
            try BuildProducts.path("tidegate"), words + ["--project", folder], directory: folder
        ).result()
    }

    private static func fires(
        _ name: String, of rule: String? = nil, within minutes: Int, _ engine: RunningEngine
    ) async throws -> Bool {
        for _ in 0..<(minutes * 12) {
            try await engine.later(.seconds(5))
            let alerts: [AlertDocument] = try await engine.client.get("/api/v1/alerts")
            if alerts.contains(where: { alert in
                alert.name == name && alert.status == "firing" && (rule == nil || alert.labels["rule"] == rule)
            }) {
                return true
            }
        }
        return false
    }

    @Test func `is judged while the environment's file has errors`() async throws {
        try await Self.run { engine in
            try engine.world.folder.write("environments/dev.yaml", "environment: [\n")
            let day = Ledger.day(of: engine.world.clock.now.microseconds)
            try await Self.change(
                engine,
                """
                INSERT INTO ledger_counter (scope, day, posted, overage, held) VALUES ('total', \(day), 26000000000, 0, 0)
                """)
            #expect(try await Self.fires("BudgetReached", within: 5, engine))
        }
    }

    @Test func `is told of when it cannot be read for ten minutes`() async throws {
        try await Self.run { engine in
            try await Self.change(engine, "DROP TABLE ledger_counter")
            #expect(try await !Self.fires("RuleWithoutData", of: "BudgetReached", within: 9, engine))
            #expect(try await Self.fires("RuleWithoutData", of: "BudgetReached", within: 5, engine))
        }
    }

    @Test func `shows a provider that is frozen, and until when, though nothing limits it and another day has begun`()
        async throws
    {
        try await Self.run { engine in
            let now = engine.world.clock.now
            let ledger = try Databases.open(address: engine.world.ledger)
            try await ledger.write { connection in
                let request = HoldRequest(key: "a", sku: "llamaparse", quantity: 1, reference: "a")
                _ = try Ledger.hold(request, on: connection, at: now.microseconds)
                try Ledger.post("a", .units(4), on: connection, at: now.microseconds)
            }
            await ledger.close()
            #expect(try await Self.fires("BudgetFrozen", within: 1, engine))
            engine.world.clock.step(by: .seconds(86_400 - 3_600))
            #expect(try await Self.fires("BudgetFrozen", within: 1, engine))
            let end = (now + Duration.seconds(86_400)).rfc3339
            let frozen = try #require(try await Self.limits(engine).first { $0.scope == "llamaparse" })
            #expect(frozen.frozen == "0.009000000" && frozen.frozenUntil == end && frozen.limit == nil)
            let said = try await Self.tidegate(engine, "cost", "budget", "dev")
            #expect(said.output.contains("frozen until \(end.prefix(10))"), "\(said)")
            let lifted = try await Self.tidegate(
                engine, "cost", "budget", "dev", "--lift", "llamaparse", "--reason", "the estimate was mended")
            #expect(lifted.exit == 0 && !lifted.output.contains("frozen"), "\(lifted)")
        }
    }

    @Test func `is checked against its rows`() async throws {
        try await Self.run { engine in
            let path = "/api/v1/environments/dev/costs/check"
            let right: CostCheckDocument = try await engine.client.get(path)
            #expect(right.findings == [])
            let said = try await Self.tidegate(engine, "cost", "check", "dev")
            #expect(said.exit == 0 && said.output == "The books are right.\n", "\(said)")
            try await Self.change(
                engine,
                "INSERT INTO ledger_counter (scope, day, posted, overage, held) VALUES ('openai', 20000, 7, 0, 0)")
            let wrong: CostCheckDocument = try await engine.client.get(path)
            #expect(
                wrong.findings == [
                    "The counter posted of openai on day 20000 is 0.000000007 USD, but its rows sum to 0.000000000."
                ])
            let complaint = try await Self.tidegate(engine, "cost", "check", "dev")
            #expect(complaint.exit == 4 && complaint.output == wrong.findings[0] + "\n", "\(complaint)")
        }
    }

    @Test(
        arguments: [
            ("total", "50", 200, "not_limited", "limits dollars and no requests"),
            ("total", nil, 200, "not_limited", "limits dollars and no requests"),
            ("often-requests", "50", nil, "not_limited", "is of requests, not of dollars"),
            ("other", "50", nil, "unknown_budget", "has no budget other"),
        ] as [(String, String?, Int64?, String, String)])
    func `is raised in what it limits, and in nothing else`(
        name: String, dollars: String?, requests: Int64?, code: String, words: String
    ) async throws {
        try await Self.run { engine in
            let before = try await Self.limits(engine)
            let until = (engine.world.clock.now + Duration.seconds(3_600)).rfc3339
            let refusal = await #expect(throws: Refusal.self) {
                let _: [LimitDocument] = try await engine.client.post(
                    "/api/v1/environments/dev/limits",
                    RaiseBody(name: name, limit: dollars, requests: requests, until: until, reason: "the backlog"))
            }
            #expect(refusal?.code == code && refusal?.exit == .usage)
            #expect(refusal?.message.contains(words) == true, "\(String(describing: refusal))")
            #expect(try await Self.limits(engine) == before)
            let _: [LimitDocument] = try await engine.client.post(
                "/api/v1/environments/dev/limits",
                RaiseBody(name: "often-requests", limit: nil, requests: 200, until: until, reason: "the backlog"))
            #expect(try await Self.limits(engine) != before)
        }
    }
}
