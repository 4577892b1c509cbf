import Rollouts
import TestSupport
import Testing

@testable import Operations

private let start = alertStart

/// Alertmanager's semantics: `dispatch/dispatch.go` (groups), `notify/notify.go` (`needsUpdate`).
@Suite(.timeLimit(.minutes(2))) struct `A group of alerts` {
    private static let usual = """
        receivers: { us: { webhook: { url: "http://a" } }, boss: { webhook: { url: "http://b" } } }
        route: { receiver: us, group-by: [alertname] }
        """

    private func bench(_ alerts: String = usual) -> AlertBench { AlertBench(alerts, rules: [simpleRule("Down")]) }

    @Test func `waits 30 s for more of its kind, then tells of all at once`() {
        var bench = bench()
        let told = told(&bench, until: 320) { $0 < 20 ? ["api": 1] : ["api": 1, "worker": 1] }
        #expect(told == ["30 us: first notification: api, worker"])
    }

    @Test func `tells of new ones and of ended ones after the interval of 5 minutes`() {
        var bench = bench()
        let told = told(&bench, until: 1_000) { second in
            ["api": second < 700 ? 1 : 0, "worker": second >= 40 && second < 400 ? 1 : 0]
        }
        #expect(
            told == [
                "30 us: first notification: api", "330 us: new alerts added: api, worker",
                "630 us: some alerts resolved: api, worker over", "930 us: all alerts resolved: api over",
            ])
    }

    @Test func `what came and went within the wait is not told`() {
        var bench = bench()
        #expect(told(&bench, until: 700) { $0 < 20 ? ["api": 1] : [:] }.isEmpty)
        #expect(bench.board.groups.isEmpty && bench.board.alerts.values.allSatisfy(\.isSettled))
    }

    @Test func `what went and came again within the interval is no news`() {
        var bench = bench()
        let told = told(&bench, until: 900) { ["api": (100..<200).contains($0) ? 0 : 1] }
        #expect(told == ["30 us: first notification: api"])
    }

    @Test func `repeats after four hours, not later, and not what somebody has acknowledged`() {
        var bench = bench()
        let first = told(&bench, until: 15_000) { _ in ["api": 1] }
        #expect(first == ["30 us: first notification: api", "14430 us: repeat interval elapsed: api"])
        for id in bench.board.alerts.keys {
            bench.board.alerts[id]?.acknowledged = .init(by: "ada", at: start, reason: "")
        }
        #expect(told(&bench, from: 15_010, until: 40_000) { _ in ["api": 1] }.isEmpty)
        let over = told(&bench, from: 40_010, until: 40_400) { _ in ["api": 0] }
        #expect(over.count == 1 && over[0].hasSuffix("us: all alerts resolved: api over"))
    }

    @Test func `calls somebody else when nobody acknowledges, and tells them when it is over`() {
        let escalating = """
            receivers: { us: { webhook: { url: "http://a" } }, boss: { webhook: { url: "http://b" } } }
            route: { receiver: us, group-by: [alertname], group-wait: 0s, escalate: [{ after: 15m, receiver: boss }] }
            """
        var first = bench(escalating)
        let called = told(&first, until: 1_600) { ["api": $0 < 1_000 ? 1 : 0] }
        #expect(
            called == [
                "0 us: first notification: api", "900 boss: nobody acknowledged: api",
                "1000 boss: all alerts resolved: api over", "1200 us: all alerts resolved: api over",
            ])
        var second = bench(escalating)
        _ = told(&second, until: 100) { _ in ["api": 1] }
        for id in second.board.alerts.keys {
            second.board.alerts[id]?.acknowledged = .init(by: "ada", at: start, reason: "")
        }
        #expect(told(&second, from: 110, until: 2_000) { _ in ["api": 1] }.isEmpty)
    }

    @Test func `says nothing while it is muted, and all of it afterwards`() {
        // 2023-11-14 22:13:20 UTC.
        var bench = bench(
            """
            receivers: { us: { webhook: { url: "http://a" } } }
            route: { receiver: us, group-by: [alertname], group-wait: 0s, mute: [{ from: "22:00", until: "22:30" }] }
            """)
        let told = told(&bench, until: 1_500) { _ in ["api": 1] }
        #expect(told == ["1200 us: first notification: api"])
    }

    @Test func `a receiver that wants no ends hears of none, and of the next beginning`() {
        var bench = bench(
            """
            receivers: { us: { webhook: { url: "http://a" }, resolved: false } }
            route: { receiver: us, group-by: [alertname], group-wait: 0s }
            """)
        let told = told(&bench, until: 900) { ["api": $0 < 100 || $0 > 400 ? 1 : 0] }
        #expect(told == ["0 us: first notification: api", "410 us: first notification: api"])
    }

    @Test func `the dead man's switch goes to its receiver alone, again and again`() {
        var bench = AlertBench(
            """
            receivers: { us: { webhook: { url: "http://a" } }, dead: { webhook: { url: "http://b" } } }
            route: { receiver: us }
            watchdog: { receiver: dead, every: 1m }
            """, rules: AlertRules.builtIn.filter { $0.name == AlertRules.watchdog })
        let told = told(&bench, until: 200) { _ in [:] }
        #expect(told.map { $0.prefix { $0 != ":" } } == ["0 dead", "60 dead", "120 dead", "180 dead"])
    }

    @Test func `each message has a key of its own, and the same change the same key`() {
        var bench = bench()
        var copy = bench
        func ids(_ bench: inout AlertBench) -> [String] {
            stride(from: 0, through: 20_000, by: 10).flatMap { second in
                bench.step(downs(["api": second % 2_000 < 1_000 ? 1 : 0]), at: start + .seconds(second)).map(\.id)
            }
        }
        let first = ids(&bench)
        #expect(first.count == 20 && Set(first).count == first.count)
        #expect(ids(&copy) == first)
    }

    @Test func `ten thousand alerts in a minute are few messages of bounded size`() {
        var bench = bench()
        var messages: [AlertNotification] = []
        for second in stride(from: 0, to: 60, by: 10) {
            let values = Dictionary(uniqueKeysWithValues: (0..<(second + 10) * 170).map { ("s\($0)", 1.0) })
            messages += bench.step(downs(values), at: start + .seconds(second))
        }
        #expect(bench.board.alerts.count == 10_200)
        #expect(messages.count == 1 && messages[0].alerts.count == AlertNotification.maximumAlerts)
        #expect(messages[0].truncated == 40 * 170 - AlertNotification.maximumAlerts)
        #expect(bench.board.groups.count == 1)
    }

    /// Whatever happens, a receiver hears beginnings and ends of an alert in turn, and in the end knows how it is.
    @Test(arguments: 0..<20) func `beginnings and ends come in turn, and the last word is right`(seed: Int) {
        var random = SplitMix(seed: UInt64(seed))
        var bench = bench()
        var believed: Set<String> = []
        var now = start
        var truth: [String: Double] = [:]
        for step in 0..<400 {
            now = now + .seconds(Int64(random.next() % 40) + (random.next() % 97 == 0 ? 4_000 : 0))
            if random.next() % 50 == 0 { now = now + .seconds(-1_800) }
            if step < 300 { truth["s\(random.next() % 5)"] = Double(random.next() % 2) }
            if random.next() % 20 == 0 { bench.rollout = bench.rollout == nil ? "r" : nil }
            let isBlind = step < 300 && random.next() % 10 == 0
            for message in bench.step(isBlind ? ["service_down": .missing("x")] : downs(truth), at: now) {
                for alert in message.alerts {
                    if alert.isFiring {
                        believed.insert(alert.id)
                    } else {
                        #expect(believed.remove(alert.id) != nil, "seed \(seed): an end without a beginning")
                    }
                }
            }
        }
        let firing = Set(bench.board.alerts.values.filter(\.isFiring).map(\.id))
        #expect(believed == firing, "seed \(seed)")
    }
}
