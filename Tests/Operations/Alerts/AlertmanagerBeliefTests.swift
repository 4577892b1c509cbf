import Rollouts
import Testing

@testable import Operations

private let start = alertStart

/// An Alertmanager believes for twice the repeat interval what it is told (`AlertmanagerAlert`).
@Suite(.timeLimit(.minutes(1))) struct `An Alertmanager that is told` {
    private static let routes = """
        receivers: { down: { alertmanager: { url: "http://a" } }, us: { webhook: { url: "http://b" } } }
        route:
          receiver: us
          group-wait: 0s
          repeat-interval: 10m
          routes:
            - { receiver: down, continue: true }
            - { receiver: us }
        """

    private func bench(waits: Bool = false) -> AlertBench {
        AlertBench(Self.routes, rules: [simpleRule("Down", waits: waits)])
    }

    private func receivers(_ told: [String]) -> [String] {
        told.map { String($0.prefix { $0 != ":" }) }
    }

    @Test func `goes on hearing of what somebody has acknowledged`() {
        var bench = bench()
        #expect(Set(receivers(told(&bench, until: 10) { _ in ["api": 1] })) == ["0 down", "0 us"])
        for id in bench.board.alerts.keys {
            bench.board.alerts[id]?.acknowledged = .init(by: "ada", at: start, reason: "")
        }
        let later = told(&bench, from: 20, until: 1_900) { _ in ["api": 1] }
        #expect(receivers(later) == ["600 down", "1200 down", "1800 down"])
        #expect(later.allSatisfy { $0.hasSuffix("repeat interval elapsed: api") })
    }

    @Test func `goes on hearing of what is held back since, and of nothing that it never heard of`() {
        var bench = bench()
        _ = told(&bench, until: 10) { _ in ["api": 1] }
        bench.silences = [
            Silence(
                id: "s-1", environment: "dev", matchers: ["alertname=Down"], startsAt: start,
                endsAt: start + .seconds(9_000), createdBy: "ada", comment: "known")
        ]
        let later = told(&bench, from: 20, until: 1_300) { _ in ["api": 1, "worker": 1] }
        #expect(later == ["600 down: repeat interval elapsed: api", "1200 down: repeat interval elapsed: api"])
        let ended = told(&bench, from: 1_310, until: 1_600) { _ in ["api": 0, "worker": 1] }
        #expect(ended.map { $0.drop { $0 != ":" } } == Array(repeating: ": all alerts resolved: api over", count: 2))
    }

    @Test func `goes on hearing through a mute window`() {
        // 2023-11-14 22:13:20 UTC.
        var bench = AlertBench(
            """
            receivers: { down: { alertmanager: { url: "http://a" } } }
            route:
              receiver: down
              group-wait: 0s
              repeat-interval: 10m
              mute: [{ from: "22:15", until: "23:00" }]
            """, rules: [simpleRule("Down")])
        let told = told(&bench, until: 1_300) { second in ["api": 1, "worker": second > 200 ? 1 : 0] }
        #expect(
            told == [
                "0 down: first notification: api", "600 down: repeat interval elapsed: api",
                "1200 down: repeat interval elapsed: api",
            ])
    }

    @Test func `is reminded while what is new and what is over waits for the group's turn`() {
        var bench = AlertBench(
            """
            receivers: { down: { alertmanager: { url: "http://a" } } }
            route: { receiver: down, group-wait: 0s, repeat-interval: 1m, group-by: [alertname] }
            """, rules: [simpleRule("Down")])
        let said = told(&bench, until: 300) { second in
            ["api": 1, "worker": second < 70 ? 1 : 0, "mail": second > 130 ? 1 : 0]
        }
        #expect(
            said == [
                "0 down: first notification: api, worker", "60 down: repeat interval elapsed: api, worker",
                "120 down: repeat interval elapsed: api", "180 down: repeat interval elapsed: api",
                "240 down: repeat interval elapsed: api", "300 down: new alerts added: api, mail, worker over",
            ])
    }
}
