import Definitions
import Rollouts

/// Grouping, and who is told what: Alertmanager's semantics, but for what is said here.
extension AlertBoard {
    /// A group at this moment.
    private struct Members {
        var node: RoutedNode
        var labels: Labels
        var firing: [String] = []
    }

    mutating func tell(_ input: Input, _ now: Timestamp) -> [AlertNotification] {
        // A file that has never been read says of nobody that they are not to hear any more.
        guard input.routing.isKnown else { return [] }
        var members: [String: Members] = [:]
        for (id, alert) in alerts where alert.isFiring {
            for node in input.routing.nodes(for: alert.labels) {
                let labels = node.group(of: alert.labels)
                let key = AlertGroup.key(route: node.path, labels: labels)
                members[key, default: Members(node: node, labels: labels)].firing.append(id)
            }
        }
        for (key, group) in members where groups[key] == nil {
            let first = group.firing.compactMap { alerts[$0]?.since }.min() ?? now
            groups[key] = AlertGroup(
                route: group.node.path, labels: group.labels, createdAt: now,
                nextFlush: max(now, min(now, first) + group.node.wait))
        }
        var nodes: [String: RoutedNode] = [:]
        for key in groups.keys { nodes[key] = members[key]?.node ?? node(of: key, input) }
        // What is over by one route may begin by another one: an Alertmanager believes what it hears last.
        let gone = groups.keys.filter { nodes[$0] == nil }.sorted().flatMap { dissolve($0, input, now) }
        return gone
            + nodes.sorted { $0.key < $1.key }.flatMap { key, node in
                tell(key, node, firing: members[key]?.firing ?? [], input, now)
            }
    }

    private func node(of key: String, _ input: Input) -> RoutedNode? {
        guard let group = groups[key] else { return nil }
        if group.route == input.routing.watchdog?.path { return input.routing.watchdog }
        func find(_ node: RoutedNode) -> RoutedNode? {
            node.path == group.route ? node : node.children.lazy.compactMap(find).first
        }
        return input.routing.root.flatMap(find)
    }

    /// The group's route is gone: whoever heard of anything by it hears no more of that.
    private mutating func dissolve(_ key: String, _ input: Input, _ now: Timestamp) -> [AlertNotification] {
        guard var group = groups.removeValue(forKey: key) else { return [] }
        let turn = Turn(node: .gone(group.route), input: input, now: now, firing: [], isDue: true, isMuted: false)
        return group.told.keys.sorted().flatMap { dismiss($0, from: &group, turn) }
    }

    /// Tells who is not to hear of the group any more that it is over for them.
    private func dismiss(_ name: String, from group: inout AlertGroup, _ turn: Turn) -> [AlertNotification] {
        let receiver = AlertGroup.receiver(of: name)
        var turn = turn
        (turn.firing, turn.isDue) = ([], true)
        let said =
            turn.input.routing.receivers.contains(receiver)
            ? tell(&group, receiver, as: name, turn, visible: []) : []
        group.told[name] = nil
        return said
    }

    private mutating func tell(
        _ key: String, _ node: RoutedNode, firing: [String], _ input: Input, _ now: Timestamp
    ) -> [AlertNotification] {
        guard var group = groups[key] else { return [] }
        var sent: [AlertNotification] = []
        let isMuted = Self.mute(node.mute, at: now, input.zone) != nil
        let isDue = group.nextFlush <= now
        let turn = Turn(node: node, input: input, now: now, firing: firing, isDue: isDue, isMuted: isMuted)
        if isMuted {
            for name in group.told.keys.sorted() {
                let receiver = AlertGroup.receiver(of: name)
                sent += tell(&group, receiver, as: name, turn, visible: [])
            }
        } else {
            if isDue {
                let names = [node.receiver] + node.escalations.enumerated().map { "\($1.receiver)@\($0)" }
                for name in group.told.keys.sorted() where !names.contains(name) {
                    sent += dismiss(name, from: &group, turn)
                }
            }
            sent += tell(&group, node.receiver, as: node.receiver, turn, visible: visible(firing))
            for (level, escalation) in node.escalations.enumerated() {
                let name = "\(escalation.receiver)@\(level)"
                let late = visible(firing).filter { isLate($0, escalation, name, group, node.receiver, now) }
                sent += tell(&group, escalation.receiver, as: name, turn.always, visible: late).map { message in
                    var message = message
                    if message.isFiring { message.reason = .unacknowledged }
                    return message
                }
            }
        }
        if isDue { group.nextFlush = now + node.interval }
        let isOver = firing.isEmpty && group.told.values.allSatisfy(\.firing.isEmpty)
        groups[key] = isOver ? nil : group
        return sent
    }

    private struct Turn {
        var node: RoutedNode
        var input: Input
        var now: Timestamp
        var firing: [String]
        var isDue: Bool
        /// Only who believes nothing for long is reminded of what it was told.
        var isMuted: Bool

        /// For those who are told as soon as there is something to tell.
        var always: Turn {
            var turn = self
            turn.isDue = true
            return turn
        }
    }

    private func visible(_ firing: [String]) -> [String] { firing.filter { alerts[$0]?.heldBack == nil } }

    /// Whether the alert has fired, and its receiver known of it, for so long, and nobody has said that they know; whoever was
    /// called by then goes on hearing of it.
    private func isLate(
        _ id: String, _ escalation: AlertRoute.Escalation, _ name: String, _ group: AlertGroup, _ receiver: String,
        _ now: Timestamp
    ) -> Bool {
        guard let alert = alerts[id], let told = group.told[receiver]?.since[id] else { return false }
        let isCalled = group.told[name]?.firing.contains(id) == true
        return (alert.acknowledged == nil || isCalled) && now - max(alert.since, told) >= escalation.after
    }

    /// The window that lasts the longest of those in force, and until when.
    static func mute(
        _ windows: [FreezeWindow], at now: Timestamp, _ zone: @escaping ZoneOffset
    ) -> (window: FreezeWindow, until: Timestamp)? {
        windows.compactMap { window -> (window: FreezeWindow, until: Timestamp)? in
            // A zone that nobody knows mutes nothing.
            do { return try FreezePeriod.inForce(window, at: now, offset: zone).map { (window, $0.until) } } catch {
                return nil
            }
        }.max { $0.until < $1.until }
    }

    /// What a receiver is told of the group now.
    private func tell(
        _ group: inout AlertGroup, _ receiver: String, as name: String, _ turn: Turn, visible: [String]
    ) -> [AlertNotification] {
        var told = group.told[name] ?? AlertGroup.Told()
        let ended = told.firing.subtracting(turn.firing)
        if turn.input.routing.unresolved.contains(receiver) { told.forget(ended) }
        let isForgetful = turn.input.routing.forgetful.contains(receiver)
        let moved = ended.filter { alerts[$0]?.isFiring == true }
        if isForgetful { told.forget(moved.filter { turn.input.routing.leads($0, in: alerts, to: receiver) }) }
        let isReminder = turn.isMuted || (isForgetful && !turn.isDue)
        let sayEnded = isReminder ? [] : told.firing.subtracting(turn.firing)
        let visible = isForgetful ? union(isReminder ? [] : visible, told, turn) : visible
        let isInHand = !isForgetful && visible.allSatisfy { alerts[$0]?.acknowledged != nil }
        guard var reason = reason(told, visible: visible, ended: sayEnded, isInHand, turn) else {
            group.told[name] = told == AlertGroup.Told() ? nil : told
            return []
        }
        if reason == .allResolved, sayEnded.isSubset(of: moved) { reason = .rerouted }
        let new = Set(visible).subtracting(told.firing)
        told.count += 1
        told.at = turn.now
        // Who hears that it is over believes nothing of the group any more, so that what is held back now is told anew.
        told.forget(visible.isEmpty ? told.firing : sayEnded)
        told.learn(visible, at: turn.now)
        group.told[name] = told
        let telling = Telling(
            receiver: receiver, name: name, reason: reason, firing: visible, new: new, ended: sayEnded,
            isWhole: isForgetful, count: told.count)
        return messages(telling, of: group, by: turn.node, at: turn.now)
    }

    /// Who takes for over what is not said again is told of what it knows for as long as that fires, whatever holds it back or
    /// whoever has it in hand.
    private func union(_ visible: [String], _ told: AlertGroup.Told, _ turn: Turn) -> [String] {
        let visible = Set(visible)
        return turn.firing.filter { visible.contains($0) || told.firing.contains($0) }
    }

    private func reason(
        _ told: AlertGroup.Told, visible: [String], ended: Set<String>, _ isInHand: Bool, _ turn: Turn
    ) -> AlertNotification.Reason? {
        let hasNew = visible.contains { !told.firing.contains($0) }
        if turn.isDue, !turn.isMuted {
            if hasNew { return told.firing.isEmpty ? .first : .newAlerts }
            if !ended.isEmpty { return visible.isEmpty ? .allResolved : .someResolved }
        }
        // Unlike Alertmanager's, a repetition does not wait for the group's next turn.
        guard !visible.isEmpty, !isInHand, !hasNew, ended.isEmpty, let at = told.at,
            turn.now - at >= turn.node.repeatEvery
        else { return nil }
        return .repeated
    }
}
