import Rollouts
import Testing

@testable import Operations

private let start = alertStart

@Suite(.timeLimit(.minutes(1))) struct `An escalation` {
    private static func routes(_ more: String = "") -> String {
        """
        receivers: { us: { webhook: { url: "http://a" } }, lead: { webhook: { url: "http://b" } }, boss: { webhook: { url: "http://c" } } }
        route:
          receiver: us
          group-by: [alertname]
          group-wait: 0s
          escalate: [{ after: 15m, receiver: lead }, { after: 30m, receiver: boss }]
        \(more.isEmpty ? "" : "  \(more)")
        """
    }

    private func bench(_ more: String = "", waits: Bool = false) -> AlertBench {
        AlertBench(Self.routes(more), rules: [simpleRule("Down", waits: waits)])
    }

    @Test func `calls nobody else once somebody who was called has acknowledged, and all that were hear the end`() {
        var bench = bench()
        let called = told(&bench, until: 1_000) { _ in ["api": 1] }
        #expect(called == ["0 us: first notification: api", "900 lead: nobody acknowledged: api"])
        for id in bench.board.alerts.keys {
            bench.board.alerts[id]?.acknowledged = .init(by: "ada", at: start, reason: "")
        }
        #expect(told(&bench, from: 1_010, until: 5_000) { _ in ["api": 1] }.isEmpty)
        let ended = told(&bench, from: 5_010, until: 5_400) { _ in ["api": 0] }
        #expect(
            Set(ended.map { $0.drop { $0 != " " } }) == [
                " us: all alerts resolved: api over", " lead: all alerts resolved: api over",
            ])
    }

    @Test func `counts from when its alert was told, not from when that began`() {
        var held = bench(waits: true)
        held.rollout = "r-1"
        #expect(told(&held, until: 3_600) { _ in ["api": 1] }.isEmpty)
        held.rollout = nil
        let called = told(&held, from: 3_610, until: 5_700) { _ in ["api": 1] }.map { $0.prefix { $0 != ":" } }
        // The group's turn is at 3,900 s.
        #expect(called == ["3900 us", "4800 lead", "5700 boss"])
        // 2023-11-14 22:13:20 UTC.
        var muted = bench("mute: [{ from: \"22:00\", until: \"22:30\" }]")
        let later = told(&muted, until: 3_000) { _ in ["api": 1] }.map { $0.prefix { $0 != ":" } }
        #expect(later == ["1200 us", "2100 lead", "3000 boss"])
    }

    @Test func `of an alert that ended and began again unheard counts from its new beginning`() {
        var bench = bench()
        let called = told(&bench, until: 1_200) { ["api": (100..<280).contains($0) ? 0 : 1] }
        #expect(called == ["0 us: first notification: api", "1180 lead: nobody acknowledged: api"])
    }

    @Test func `counts on when the clock is set back`() {
        var bench = bench()
        _ = told(&bench, until: 600) { _ in ["api": 1] }
        let called = told(&bench, from: 600 - 7_200, until: 1_000 - 7_200) { _ in ["api": 1] }
        #expect(called == ["-6300 lead: nobody acknowledged: api"])
    }

    @Test func `counts on when the control plane is started again`() throws {
        var bench = bench()
        _ = told(&bench, until: 600) { _ in ["api": 1] }
        bench.board.groups = try bench.board.groups.mapValues {
            try CanonicalJSON.decode(AlertGroup.self, try CanonicalJSON.encode($0))
        }
        #expect(told(&bench, from: 610, until: 1_000) { _ in ["api": 1] } == ["900 lead: nobody acknowledged: api"])
    }

    @Test func `is right for groups that were written down without when`() throws {
        let old = """
            {"createdAt":1,"labels":{},"nextFlush":2,"route":"","told":{"us":{"at":5,"count":1,"firing":["a"]}}}
            """
        let known = try CanonicalJSON.decode(AlertGroup.self, old)
        #expect(known.told["us"]?.firing == ["a"])
    }
}
