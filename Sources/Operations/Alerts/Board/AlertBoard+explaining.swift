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
        /// Since when the receiver knows of it; nil when it does not.
        package var knownSince: Timestamp?
        /// When the receiver hears of it next, if nothing changes; nil for never.
        package var next: Timestamp?
        package var why: String
    }

    /// Where the alert goes, what it has led to, and when it goes out next.
    package func ways(of alert: Alert, _ routing: AlertRouting, zone: @escaping ZoneOffset, now: Timestamp) -> [Way] {
        routing.nodes(for: alert.labels).flatMap { node in
            let key = AlertGroup.key(route: node.path, labels: node.group(of: alert.labels))
            let group = groups[key]
            let own = way(alert, node, key, group, now)
            let ways =
                [own]
                + node.escalations.enumerated().map { level, escalation in
                    later(alert, node, key, group, escalation, "\(escalation.receiver)@\(level)")
                }
            guard let mute = Self.mute(node.mute, at: now, zone) else {
                return ways.map { reminded($0, alert, node, routing) }
            }
            return ways.map { reminded(muted($0, mute, node, group), alert, node, routing) }
        }
    }

    /// What would go out goes when the window ends: at the group's first turn then, or at once if it waits for no turn.
    private func muted(
        _ way: Way, _ mute: (window: FreezeWindow, until: Timestamp), _ node: RoutedNode, _ group: AlertGroup?
    ) -> Way {
        guard let next = way.next else { return way }
        var way = way
        let window = "\(mute.window.from)–\(mute.window.until) \(mute.window.zone)"
        way.why = "its route is muted (\(window)) until \(mute.until.rfc3339)"
        way.next = max(next, mute.until)
        // The group's turns go on meanwhile, in silence.
        if let turn = group?.nextFlush, turn == next, mute.until > next, node.interval != .zero {
            let late = (mute.until - turn).microseconds
            let step = node.interval.microseconds
            way.next = turn + .microseconds((late + step - 1) / step * step)
        }
        return way
    }

    /// An Alertmanager is told again of what it knows, whatever holds it back.
    private func reminded(_ way: Way, _ alert: Alert, _ node: RoutedNode, _ routing: AlertRouting) -> Way {
        guard routing.forgetful.contains(way.receiver), way.isTold, alert.isFiring else { return way }
        var way = way
        way.next = way.lastTold.map { $0 + node.repeatEvery }
        way.why = "it was told, and is told again for as long as it fires, or this Alertmanager would take it for over"
        return way
    }

    private func way(_ alert: Alert, _ node: RoutedNode, _ key: String, _ group: AlertGroup?, _ now: Timestamp) -> Way {
        let told = group?.told[node.receiver]
        let isTold = told?.firing.contains(alert.id) ?? false
        var way = Way(
            route: node.title, receiver: node.receiver, groupKey: key, isTold: isTold, lastTold: told?.at,
            knownSince: told?.since[alert.id], why: "")
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
            knownSince: told?.since[alert.id],
            next: isTold || isHeld || isAcknowledged ? nil : known.map { max($0, alert.since) + escalation.after },
            why: isTold
                ? "nobody had acknowledged it in time"
                : isAcknowledged
                    ? "it is acknowledged, so nobody else is called" : "it is called when nobody acknowledges in time")
    }
}
