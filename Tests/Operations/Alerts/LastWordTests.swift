import Rollouts
import TestSupport
import Testing

@testable import Operations

private let start = alertStart

@Suite(.timeLimit(.minutes(1))) struct `That an alert is over` {
    @Test func `is told with the alert, though it began to be pending again and did not fire`() {
        var bench = AlertBench(
            """
            receivers: { us: { webhook: { url: "http://a" } } }
            route: { receiver: us, group-by: [alertname], group-wait: 0s }
            """, rules: [simpleRule("Down", for: .seconds(60))])
        let said = told(&bench, until: 1_000) { second in ["api": second < 100 || (150..<180).contains(second) ? 1 : 0]
        }
        #expect(said == ["60 us: first notification: api", "360 us: all alerts resolved: api over"])
    }

    @Test func `is told with when it began and ended, though it is pending again`() {
        var bench = AlertBench(rules: [simpleRule("Down", for: .seconds(60))])
        for second in stride(from: 0, through: 350, by: 10) {
            _ = bench.step(downs(["api": second < 100 || second > 320 ? 1 : 0]), at: start + .seconds(second))
        }
        let ended = bench.step(downs(["api": 1]), at: start + .seconds(360)).flatMap(\.alerts)
        #expect(ended.map(\.since) == [start + .seconds(60)])
        #expect(ended.map(\.endedAt) == [start + .seconds(100)])
    }

    @Test func `is told with the alert when its rule is gone while it is pending again`() {
        var bench = AlertBench(rules: [simpleRule("Down", for: .seconds(60))])
        _ = told(&bench, until: 150) { ["api": $0 < 100 || $0 >= 150 ? 1 : 0] }
        bench.rules = []
        #expect(told(&bench, from: 160, until: 500) { _ in [:] } == ["360 us: all alerts resolved: api over"])
    }

    /// Whatever happens: no message without alerts, no end before its beginning, and in the end everybody knows.
    @Test(arguments: 0..<20) func `comes once for each beginning, of rules that wait as well`(seed: Int) {
        var random = SplitMix(seed: UInt64(seed))
        var bench = AlertBench(
            """
            receivers: { us: { webhook: { url: "http://a" } } }
            route: { receiver: us, group-by: [alertname] }
            """, rules: [simpleRule("Down", for: .seconds(45), keep: .seconds(15))])
        var believed: Set<String> = []
        var now = start
        var truth: [String: Double] = [:]
        for step in 0..<600 {
            now = now + .seconds(Int64(random.next() % 30))
            if step < 450, random.next() % 2 == 0 { truth["s\(random.next() % 4)"] = Double(random.next() % 2) }
            for message in bench.step(downs(truth), at: now) {
                #expect(!message.alerts.isEmpty, "seed \(seed): a message about nothing")
                for alert in message.alerts {
                    #expect(alert.endedAt.map { $0 >= alert.since } ?? true, "seed \(seed): it ended before it began")
                    if alert.isFiring {
                        believed.insert(alert.id)
                    } else {
                        #expect(believed.remove(alert.id) != nil, "seed \(seed): an end without a beginning")
                    }
                }
            }
        }
        #expect(believed == Set(bench.board.alerts.values.filter(\.isFiring).map(\.id)), "seed \(seed)")
    }
}
