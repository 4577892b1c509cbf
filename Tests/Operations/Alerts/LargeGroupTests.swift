import Rollouts
import Testing

@testable import Operations

private let start = alertStart

@Suite(.timeLimit(.minutes(1))) struct `A group of more alerts than a message holds` {
    private func bench(_ receiver: String) -> AlertBench {
        AlertBench(
            """
            receivers: { us: { \(receiver): { url: "http://a" } } }
            route: { receiver: us, group-by: [alertname], group-wait: 0s, repeat-interval: 10m }
            """, rules: [simpleRule("Down")])
    }

    private func values(_ count: Int, _ more: [String: Double] = [:]) -> [String: SeriesState] {
        let many = Dictionary(uniqueKeysWithValues: (0..<count).map { ("s\($0)", 1.0) })
        return downs(many.merging(more) { _, new in new })
    }

    @Test func `shows what is new and what is over, not what everybody knows`() {
        var bench = bench("webhook")
        #expect(bench.step(values(150), at: start).map(\.truncated) == [50])
        let later = bench.step(values(150, ["s7": 0, "new": 1]), at: start + .seconds(300))
        #expect(later.map(\.reason) == [.newAlerts] && later.map(\.alerts.count) == [100])
        #expect(
            later[0].alerts.prefix(2).map { "\($0.service ?? "") \($0.state.rawValue)" } == [
                "new firing", "s7 resolved",
            ])
        #expect(
            NotificationText(notification: later[0], base: "").title
                == "[FIRING 150] Down in dev (\(services(later[0])))")
    }

    private func services(_ message: AlertNotification) -> String {
        Set(message.alerts.compactMap(\.service)).sorted().joined(separator: ", ")
    }

    @Test func `says how many more there are to whomever, and is as urgent as the most urgent of all that fire`() throws
    {
        var bench = AlertBench(
            """
            receivers: { us: { webhook: { url: "http://a" } } }
            route: { receiver: us, group-by: [environment], group-wait: 0s }
            """,
            rules: [
                simpleRule("Down", severity: "warning"), simpleRule("Zero", series: "service_ready_ratio"),
            ])
        var states = values(150)
        states["service_ready_ratio"] = .known([AlertSample(1, labels: ["service": "z"])])
        let message = try #require(bench.step(states, at: start).first)
        #expect(message.truncated == 51 && !message.alerts.contains { $0.severity == "critical" })
        let event = PagerDutyEvent(message, routingKey: "k", base: "")
        #expect(event.payload.severity == "critical" && event.payload.customDetails["more"] == "and 131 more that fire")
        let blocks = SlackPayload(message, base: "").blocks
        #expect(blocks.count == 50 && blocks[48].text?.text == "and 104 more that fire")
        #expect(NotificationText(notification: message, base: "").body.contains("\n\nand 51 more that fire\n\n"))
        #expect(WebhookPayload(message, base: "").truncatedAlerts == 51)
        // What is over is urgent no more.
        states["service_ready_ratio"] = .known([AlertSample(0, labels: ["service": "z"])])
        let later = try #require(bench.step(states, at: start + .seconds(300)).first)
        #expect(later.alerts.contains { $0.severity == "critical" } && later.severity == "warning")
    }

    @Test func `tells an Alertmanager of each of them`() {
        var bench = bench("alertmanager")
        var believed: Set<String> = []
        func take(_ messages: [AlertNotification]) {
            #expect(Set(messages.map(\.id)).count == messages.count)
            for message in messages {
                #expect(message.truncated == 0 && message.alerts.count <= AlertNotification.maximumAlerts)
                for alert in message.alerts {
                    if alert.isFiring { believed.insert(alert.id) } else { believed.remove(alert.id) }
                }
            }
        }
        take(bench.step(values(250), at: start))
        #expect(believed.count == 250)
        take(bench.step(values(250, ["s7": 0, "new": 1]), at: start + .seconds(300)))
        #expect(
            believed.count == 250 && believed.isSubset(of: Set(bench.board.alerts.values.filter(\.isFiring).map(\.id))))
        let repeated = bench.step(values(250, ["s7": 0, "new": 1]), at: start + .seconds(900))
        #expect(repeated.map(\.alerts.count) == [100, 100, 50])
        take(bench.step(downs([:]), at: start + .seconds(1_200)))
        #expect(believed.isEmpty)
    }
}
