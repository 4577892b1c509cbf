import Contract
import Definitions
import HTTPClient
import Rollouts
import Testing

@testable import Operations

@Suite(.timeLimit(.minutes(1))) struct `A rule that measures instances` {
    private static func plan(_ rule: String) throws -> AlertPlan {
        var plan = AlertPlan()
        plan.rules = try AlertBench.rules(rule)
        plan.metrics = plan.rules.compactMap { rule in
            guard case .metric(var metric) = rule.source else { return nil }
            metric.name = rule.id
            return (rule.id, metric)
        }
        return plan
    }

    private static let old = """
          - alert: Old
            service: worker
            sample: age{kind="job"}
            by: [status]
            above: 10
            summary: "${status} is ${value} old."
            action: look
            runbook: runbooks/a.md
        """

    @Test func `says of which it is, an alert for each value of the labels that it names`() async throws {
        let exporters = try Exporters([
            "v1": """
            age{kind="job",status="parsing",extra="a"} 30
            age{kind="job",status="parsing",extra="b"} 40
            age{kind="job",status="embedding"} 5
            age{kind="event",status="sent"} 50

            """
        ])
        let http = HTTPClient(name: "test")
        let meter = AlertMeter(
            reader: SeriesReader(http: http, usage: NoUsage(), clock: MovedClock()), clock: MovedClock())
        var world = DriftWorld()
        var bundle = world.bundle()
        bundle.digest = Exporters.bundle("v1")
        bundle.services[1].artifact.contract.paths.metrics = "/metrics"
        let plan = try Self.plan(Self.old)
        func look(_ second: Int, _ bench: inout AlertBench) async -> [AlertNotification] {
            let states = await meter.measure(plan, "dev", bundle, exporters.instances)
            return bench.step(states, at: alertStart + .seconds(second))
        }
        var bench = AlertBench(rules: plan.rules)
        let told = await look(0, &bench).flatMap(\.alerts)
        #expect(told.map(\.summary) == ["parsing is 40 old."])
        #expect(told.first?.labels["status"] == "parsing" && told.first?.service == "worker")
        exporters.say("v1", "age{kind=\"job\",status=\"embedding\"} 20\n")
        let later = await look(300, &bench).flatMap(\.alerts)
        #expect(
            later.map { "\($0.labels["status"] ?? "") \($0.state.rawValue)" } == [
                "embedding firing", "parsing resolved",
            ])
        http.close()
    }

    @Test func `names in its condition the labels that tell its alerts apart, of samples alone`() throws {
        let rules = try AlertBench.rules(Self.old)
        #expect(rules.first?.condition == "age{kind=\"job\"} of worker by status above 10")
        let query = Self.old.replacing("sample: age{kind=\"job\"}", with: "query: up")
        #expect(throws: AlertBench.Unreadable.self) { try AlertBench.rules(query) }
    }
}
