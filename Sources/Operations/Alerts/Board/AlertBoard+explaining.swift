import Definitions
import Rollouts

extension AlertBoard {
    /// One way from an alert to a receiver.
    package struct Way: Sendable, Equatable {
        package var route: String
        package var receiver: String
        package var groupKey: String
        package var isTold: Bool
        package var lastTold: Timestamp?
        /// When the receiver hears of it next, if nothing changes; nil for never.
        package var next: Timestamp?
        package var why: String
    }

    /// Where the alert goes, what it has led to, and when it goes out next.
    package func ways(of alert: Alert, _ routing: AlertRouting, zone: ZoneOffset, now: Timestamp) -> [Way] {
        routing.nodes(for: alert.labels).flatMap { node in
            let key = AlertGroup.key(route: node.path, labels: node.group(of: alert.labels))
            let group = groups[key]
            let own = way(alert, node, key, group, now)
            return [own]
                + node.escalations.enumerated().map { level, escalation in
                    later(alert, node, key, group, escalation, "\(escalation.receiver)@\(level)")
                }
        }
    }

    private func way(_ alert: Alert, _ node: RoutedNode, _ key: String, _ group: AlertGroup?, _ now: Timestamp) -> Way {
        let told = group?.told[node.receiver]
        let isTold = told?.firing.contains(alert.id) ?? false
        var way = Way(
            route: node.title, receiver: node.receiver, groupKey: key, isTold: isTold, lastTold: told?.at, why: "")
        switch (alert.state, alert.heldBack) {
        case (.pending, _): way.why = "it is pending, and goes nowhere until it fires"
        case (.resolved, _):
            way.next = isTold ? group?.nextFlush : nil
            way.why =
                isTold
                ? "that it is over goes out at the group's next turn" : "everybody who was told knows that it is over"
        case (.firing, let held?): way.why = "\(held)"
        case (.firing, nil) where isTold && alert.acknowledged != nil:
            way.why = "it was told, and \(alert.acknowledged?.by ?? "somebody") has acknowledged it"
        case (.firing, nil) where isTold:
            way.next = told?.at.map { $0 + node.repeatEvery }
            way.why = "it was told, and is told again after the repeat interval"
        case (.firing, nil):
            way.next = group?.nextFlush ?? now + node.wait
            let isFirst = told == nil
            way.why = isFirst ? "its group waits for more of its kind" : "it goes out at the group's next turn"
        }
        return way
    }

    private func later(
        _ alert: Alert, _ node: RoutedNode, _ key: String, _ group: AlertGroup?, _ escalation: AlertRoute.Escalation,
        _ name: String
    ) -> Way {
        let told = group?.told[name]
        let isTold = told?.firing.contains(alert.id) ?? false
        let known = group?.told[node.receiver]?.since[alert.id]
        let isHeld = alert.heldBack != nil || alert.state != .firing
        let isAcknowledged = alert.acknowledged != nil
        return Way(
            route: node.title, receiver: escalation.receiver, groupKey: key, isTold: isTold, lastTold: told?.at,
            next: isTold || isHeld || isAcknowledged ? nil : known.map { max($0, alert.since) + escalation.after },
            why: isTold
                ? "nobody had acknowledged it in time"
                : isAcknowledged
                    ? "it is acknowledged, so nobody else is called" : "it is called when nobody acknowledges in time")
    }
}
