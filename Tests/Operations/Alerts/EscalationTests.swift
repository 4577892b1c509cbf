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
        #expect(Set(ended.map { $0.drop { $0 != " " } }) == [" us: all alerts resolved: api over", " lead: all alerts resolved: api over"])
    }
}
