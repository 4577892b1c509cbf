import Rollouts
import Storage
import TestSupport
import Testing

@testable import Operations

private let start = alertStart

@Suite(.timeLimit(.minutes(1))) struct `An explanation` {
    @Test func `shows an alert's messages, however many a dead man's switch sent since`() async throws {
        let folder = try TemporaryFolder()
        let database = try await alertDatabase(folder)
        let store = AlertStore(database: database)
        func queue(_ name: String, _ number: Int) async throws {
            var message = AlertNotification.test("dev", receiver: "us", by: "ada", id: "\(name)-\(number)", now: start)
            message.alerts[0].labels["alertname"] = name
            try await store.queue(message, now: start)
        }
        try await queue("Down", 0)
        for number in 0..<210 { try await queue("Watchdog", number) }
        #expect(try await store.sent("dev", naming: "Down").map { $0.notification.alerts.map(\.name) } == [["Down"]])
        #expect(try await store.sent("dev").count == 200)
        #expect(try await store.sent("dev", naming: "D%").isEmpty)
        await database.close()
    }

    @Test func `says by which window a route is muted, and when its alerts go out`() throws {
        // 2023-11-14 22:13:20 UTC; the group's turns are every five minutes.
        var bench = AlertBench(
            """
            receivers: { us: { webhook: { url: "http://a" } } }
            route: { receiver: us, group-by: [alertname], group-wait: 0s, mute: [{ from: "22:00", until: "22:30" }] }
            """, rules: [simpleRule("Down")])
        _ = told(&bench, until: 10) { _ in ["api": 1] }
        let alert = try #require(bench.board.alerts.values.first)
        let way = try #require(
            bench.board.ways(of: alert, bench.routing, zone: { _, _ in 0 }, now: start + .seconds(10)).first)
        #expect(way.why.hasPrefix("its route is muted (22:00–22:30") && way.why.contains("2023-11-14T22:30:00"))
        #expect(way.next == start + .seconds(1_200))
        #expect(told(&bench, from: 20, until: 1_300) { _ in ["api": 1] } == ["1200 us: first notification: api"])
    }

    @Test func `says what a rule without an alert has before it, and does not take what is unknown for good`() {
        let routing = AlertRouting(AlertBench.definition("receivers: {}"))
        let rule = simpleRule("Down")
        #expect(
            rule.sight(in: SeriesSnapshot(downs(["api": 0])), routing) == [
                "It does not hold: the value of {service=\"api\"} is 0, and it fires when that is above 0."
            ])
        let unknown: [SeriesState?] = [
            nil, .notApplicable, .missing("no answer"), .failed("refused"), .known([AlertSample(.quiet("no traffic"))]),
        ]
        for state in unknown {
            let said = rule.sight(in: SeriesSnapshot(state.map { ["service_down": $0] } ?? [:]), routing)
            #expect(said.count == 1 && !said[0].hasPrefix("It does not hold"), "\(said)")
        }
        #expect(!(rule.sight(in: nil, routing).first ?? "").hasPrefix("It does not hold"))
    }
}
