import Contract
import Definitions
import HTTPClient
import Rollouts
import TestSupport
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

    /// Series of these ages, by status, as Prometheus computes them from nothing.
    private static func query(_ ages: [(status: String, age: Int)]) -> String {
        let series = ages.map { #"label_replace(vector(\#($0.age)), \"status\", \"\#($0.status)\", \"\", \"\")"# }
        return old.replacing(
            "sample: age{kind=\"job\"}", with: "query: \"\(series.joined(separator: " or "))\"")
    }

    @Test func `asks a Prometheus likewise`() async throws {
        let exporters = try Exporters(["v1": ""])
        let prometheus = try RunningPrometheus([])
        let http = HTTPClient(name: "test")
        let clock = MovedClock()
        let meter = AlertMeter(reader: SeriesReader(http: http, usage: NoUsage(), clock: clock), clock: clock)
        #expect(await prometheus.has("vector(1)", http))
        var world = DriftWorld()
        var bundle = world.bundle()
        bundle.digest = Exporters.bundle("v1")
        let running = bundle
        func look(
            _ ages: [(status: String, age: Int)], _ second: Int, _ bench: inout AlertBench
        ) async throws -> [String] {
            var plan = try Self.plan(Self.query(ages))
            plan.prometheus = prometheus.url
            let states = await meter.measure(plan, "dev", running, exporters.instances)
            bench.rules = plan.rules
            return bench.step(states, at: alertStart + .seconds(second)).flatMap(\.alerts).map {
                "\($0.labels["status"] ?? "") \($0.state.rawValue)"
            }.sorted()
        }
        var bench = AlertBench(rules: [])
        let told = try await look([("parsing", 30), ("embedding", 5), ("queued", 40)], 0, &bench)
        #expect(told == ["parsing firing", "queued firing"])
        let later = try await look([("parsing", 30), ("embedding", 20)], 300, &bench)
        #expect(later == ["embedding firing", "parsing firing", "queued resolved"])
        http.close()
    }

    @Test func `names in its condition the labels that tell its alerts apart`() throws {
        let rules = try AlertBench.rules(Self.old)
        #expect(rules.first?.condition == "age{kind=\"job\"} of worker by status above 10")
        let query = try AlertBench.rules(Self.old.replacing("sample: age{kind=\"job\"}", with: "query: up"))
        #expect(query.first?.condition == "up of worker by status above 10")
        // The platform has no labels, and alerts are not told apart by what all of them have.
        let platform = Self.old.replacing("sample: age{kind=\"job\"}", with: "platform: memory")
        #expect(throws: AlertBench.Unreadable.self) { try AlertBench.rules(platform) }
        for own in ["service", "severity"] {
            let rule = Self.old.replacing("by: [status]", with: "by: [\(own)]")
            #expect(throws: AlertBench.Unreadable.self) { try AlertBench.rules(rule) }
        }
    }
}
