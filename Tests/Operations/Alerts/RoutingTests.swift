import Definitions
import Rollouts
import Testing

@testable import Operations

private let start = alertStart

@Suite(.timeLimit(.minutes(1))) struct `A label matcher` {
    private let patterns = LabelPatterns()

    @Test(arguments: [
        ("severity=critical", ["severity": "critical"], true),
        ("severity=\"critical\"", ["severity": "warning"], false),
        ("service=~api|worker", ["service": "worker"], true),
        ("service=~\"api|worker\"", ["service": "workers"], false),
        ("service!~\"api.*\"", ["service": "worker"], true), ("service!=api", [:], true), ("service=\"\"", [:], true),
        ("service=~\".+\"", [:], false), ("service=~\".*\"", [:], true), ("a = \"x y\"", ["a": "x y"], true),
        ("a=~\"\\d+\"", ["a": "12"], true), ("a=~\"x\\\\.y\"", ["a": "x.y"], true),
    ])
    func `matches whole values, and takes what is missing as empty`(
        text: String, labels: [String: String], expected: Bool
    ) throws {
        let matcher = try #require(LabelMatcher(text))
        #expect(matcher.matches(labels, patterns) == expected, "\(text) on \(labels)")
        #expect(LabelMatcher(matcher.description)?.matches(labels, patterns) == expected)
    }

    @Test(arguments: ["", "severity", "=a", "a=~\"(\"", "a==b\"", "1a=b", "a=\"b", "a=\"b\" c"])
    func `refuses what it cannot read`(text: String) {
        #expect(LabelMatcher(text) == nil)
    }
}

@Suite(.timeLimit(.minutes(1))) struct `The routing tree` {
    private static let tree = """
        receivers:
          all: { webhook: { url: "http://a" } }
          pager: { webhook: { url: "http://b" } }
          db: { webhook: { url: "http://c" } }
          log: { webhook: { url: "http://d" } }
        route:
          receiver: all
          group-by: [alertname]
          group-wait: 10s
          routes:
            - { match: ['service=~".+"'], receiver: log, continue: true }
            - match: ['severity=critical']
              receiver: pager
              group-wait: 0s
              routes:
                - { match: ['service=db'], receiver: db, group-by: [...] }
            - { match: ['severity=critical'], receiver: all }
        """

    private func found(_ labels: Labels) -> [RoutedNode] {
        AlertRouting(AlertBench.definition(Self.tree)).nodes(for: labels)
    }

    @Test func `takes the first child that matches, the deepest of it, and goes on only after continue`() {
        #expect(found(["severity": "warning"]).map(\.receiver) == ["all"])
        #expect(found(["severity": "critical"]).map(\.receiver) == ["pager"])
        #expect(found(["severity": "critical", "service": "api"]).map(\.receiver) == ["log", "pager"])
        #expect(found(["severity": "critical", "service": "db"]).map(\.receiver) == ["log", "db"])
        #expect(found(["severity": "warning", "service": "db"]).map(\.receiver) == ["log"])
    }

    @Test func `a route has from above what it does not say`() {
        let node = found(["severity": "critical", "service": "db"])[1]
        #expect(node.wait == .zero && node.interval == .seconds(300) && node.repeatEvery == .seconds(14_400))
        #expect(node.group(of: ["a": "1", "b": "2"]) == ["a": "1", "b": "2"])
        #expect(found(["severity": "warning"])[0].group(of: ["alertname": "X", "b": "2"]) == ["alertname": "X"])
        #expect(node.title == "severity=\"critical\" → service=\"db\"")
    }

    @Test func `without a route everybody hears of everything`() {
        let routing = AlertRouting(
            AlertBench.definition(
                "receivers: { a: { webhook: { url: \"http://a\" } }, b: { slack: { url: \"http://b\" } } }"))
        #expect(routing.nodes(for: ["x": "y"]).map(\.receiver) == ["a", "b"])
        #expect(routing.nodes(for: ["x": "y"])[0].wait == .seconds(30))
    }
}

@Suite(.timeLimit(.minutes(1))) struct `What holds alerts back` {
    private static let two = """
        receivers: { us: { webhook: { url: "http://a" } } }
        route: { receiver: us, group-wait: 0s }
        inhibit:
          - { source: ['alertname=Database'], target: ['alertname=Down'], equal: [zone] }
        """

    private func bench(zones: (String?, String?)) -> (AlertBench, [String: SeriesState]) {
        let bench = AlertBench(Self.two, rules: [simpleRule("Down"), simpleRule("Database", series: "disk_short")])
        func labels(_ zone: String?, _ more: Labels) -> Labels {
            more.merging(zone.map { ["zone": $0] } ?? [:]) { a, _ in a }
        }
        return (
            bench,
            [
                "service_down": .known([AlertSample(1, labels: labels(zones.0, ["service": "api"]))]),
                "disk_short": .known([AlertSample(1, labels: labels(zones.1, [:]))]),
            ]
        )
    }

    @Test func `an alert with equal labels does, one with others does not`() {
        var (bench, facts) = bench(zones: ("a", "a"))
        #expect(bench.step(facts, at: start).flatMap(\.alerts).map(\.name) == ["Database"])
        (bench, facts) = self.bench(zones: ("a", "b"))
        #expect(bench.step(facts, at: start).flatMap(\.alerts).map(\.name).sorted() == ["Database", "Down"])
    }

    @Test func `a label that both lack makes nobody equal`() {
        var (bench, facts) = bench(zones: (nil, nil))
        #expect(bench.step(facts, at: start).flatMap(\.alerts).map(\.name).sorted() == ["Database", "Down"])
    }

    @Test func `a silence does while it is in force, and what was told is told to be over`() {
        var bench = AlertBench(rules: [simpleRule("Down")])
        #expect(bench.step(downs(["api": 1]), at: start).count == 1)
        bench.silences = [
            Silence(
                id: "s-1", environment: "dev", matchers: ["service=~\"api|worker\""], startsAt: start,
                endsAt: start + .seconds(400), createdBy: "ada", comment: "known")
        ]
        #expect(bench.step(downs(["api": 1, "worker": 1]), at: start + .seconds(310)).isEmpty)
        let ended = bench.step(downs(["api": 0, "worker": 1]), at: start + .seconds(620))
        // The silence is over by now, so the worker is news as well.
        #expect(
            ended.flatMap(\.alerts).map { "\($0.service ?? "") \($0.state.rawValue)" } == [
                "worker firing", "api resolved",
            ])
    }

    @Test func `a silence whose conditions cannot be read silences nothing`() {
        var bench = AlertBench(rules: [simpleRule("Down")])
        bench.silences = [
            Silence(
                id: "s-1", environment: "dev", matchers: ["service=~\"(\""], startsAt: start,
                endsAt: start + .seconds(400), createdBy: "ada", comment: "known")
        ]
        #expect(bench.step(downs(["api": 1]), at: start).count == 1)
    }

    @Test func `a rollout does for rules that wait for it, and a drain for its instances`() {
        var bench = AlertBench(rules: [simpleRule("Short", waits: true), simpleRule("Down", series: "disk_short")])
        bench.rollout = "r-1"
        bench.draining = ["i-1"]
        let facts = downs(["api": 1]).merging([
            "disk_short": .known([
                AlertSample(1, labels: ["instance": "i-1"]), AlertSample(1, labels: ["instance": "i-2"]),
            ])
        ]) { a, _ in a }
        #expect(bench.step(facts, at: start).flatMap(\.alerts).compactMap { $0.labels["instance"] } == ["i-2"])
        bench.rollout = nil
        bench.draining = []
        let later = bench.step(facts, at: start + .seconds(300))
        #expect(later.flatMap(\.alerts).map(\.name).sorted() == ["Down", "Down", "Short"])
    }

    @Test func `a critical alert does for the warning of the same thing`() {
        var bench = AlertBench(rules: [simpleRule("Full", severity: "warning"), simpleRule("Full")])
        let told = bench.step(downs(["api": 1]), at: start)
        #expect(told.flatMap(\.alerts).map(\.severity) == ["critical"])
    }
}
