import Definitions
import Rollouts

/// A node of the routing tree with everything that it has from above.
package struct RoutedNode: Sendable, Equatable {
    /// The conditions that lead to it, such as `severity="critical"/service="db"`; the root's is empty. With the group's labels it
    /// names a group, wherever in the file the route stands.
    package var path: String
    package var matchers: [LabelMatcher]
    package var receiver: String
    package var groupBy: [String]
    package var wait: Duration
    package var interval: Duration
    package var repeatEvery: Duration
    package var continues: Bool
    package var mute: [FreezeWindow]
    package var escalations: [AlertRoute.Escalation]
    package var children: [RoutedNode]
    /// Whether its notifications are worthless when they come late.
    package var isWatchdog = false

    /// What people read: `severity="critical" → team="db"`.
    package var title: String

    /// In place of one that the file does not have any more.
    static func gone(_ path: String) -> RoutedNode {
        RoutedNode(
            path: path, matchers: [], receiver: "", groupBy: [], wait: .zero, interval: .zero, repeatEvery: .zero,
            continues: false, mute: [], escalations: [], children: [], title: "a route that is gone")
    }

    /// The labels that a group of this node has for these.
    package func group(of labels: Labels) -> Labels {
        groupBy.contains("...") ? labels : labels.filter { groupBy.contains($0.key) }
    }
}

/// Who hears of what, and what holds it back. Pure.
package struct AlertRouting: Sendable {
    package let root: RoutedNode?
    let watchdog: RoutedNode?
    let inhibitions: [AlertInhibition]
    /// Receivers that are not told when alerts are over.
    let unresolved: Set<String>
    let receivers: Set<String>
    /// Receivers that take for over what they are not told again: running Alertmanagers.
    let forgetful: Set<String>
    let patterns = LabelPatterns()
    /// Whether they are anybody's; not before an environment's file could be read.
    let isKnown: Bool

    /// While a critical alert fires, warnings of the same name and place are held back.
    static let severities = AlertInhibition(
        source: [LabelMatcher("severity", .equal, "critical")],
        target: [LabelMatcher("severity", .matches, "warning|info")], equal: ["alertname", "environment"])

    package init(_ definition: AlertDefinition, isKnown: Bool = true) {
        self.isKnown = isKnown
        receivers = Set(definition.receivers.map(\.name))
        inhibitions = definition.inhibitions
        unresolved = Set(definition.receivers.filter { !$0.value.sendsResolved }.map(\.name))
        forgetful = Set(
            definition.receivers.filter { if case .alertmanager = $0.value.kind { true } else { false } }.map(\.name))
        watchdog = definition.watchdog.map(Self.node)
        let route = definition.route ?? Self.everybody(definition.receivers.map(\.name))
        root = route.map { Self.node($0, path: "", above: nil) }
    }

    /// The nodes whose receivers hear of an alert with these labels, as Alertmanager finds them: the deepest that match.
    package func nodes(for labels: Labels) -> [RoutedNode] {
        if let watchdog, labels["alertname"] == AlertRules.watchdog { return [watchdog] }
        guard let root, labels["alertname"] != AlertRules.watchdog else { return [] }
        return matching(root, labels).filter { !$0.receiver.isEmpty }
    }

    /// Whether any route leads the alert to the receiver.
    func leads(_ id: String, in alerts: [String: Alert], to receiver: String) -> Bool {
        alerts[id].map { nodes(for: $0.labels).contains { $0.receiver == receiver } } ?? false
    }

    private func matching(_ node: RoutedNode, _ labels: Labels) -> [RoutedNode] {
        guard node.matchers.match(labels, patterns) else { return [] }
        var found: [RoutedNode] = []
        for child in node.children {
            let below = matching(child, labels)
            found += below
            if !below.isEmpty, !child.continues { break }
        }
        return found.isEmpty ? [node] : found
    }

    /// Without a route, everybody hears of everything.
    private static func everybody(_ receivers: [String]) -> AlertRoute? {
        guard let first = receivers.first else { return nil }
        guard receivers.count > 1 else { return AlertRoute(receiver: first) }
        return AlertRoute(receiver: first, routes: receivers.map { AlertRoute(receiver: $0, continues: true) })
    }

    private static func node(_ route: AlertRoute, path: String, above: RoutedNode?) -> RoutedNode {
        let own = route.matchers.map(\.description).joined(separator: ", ")
        var node = RoutedNode(
            path: path, matchers: route.matchers, receiver: route.receiver ?? above?.receiver ?? "",
            groupBy: route.groupBy ?? above?.groupBy ?? AlertRoute.usualGroup,
            wait: route.wait ?? above?.wait ?? AlertRoute.usualWait,
            interval: route.interval ?? above?.interval ?? AlertRoute.usualInterval,
            repeatEvery: route.repeatEvery ?? above?.repeatEvery ?? AlertRoute.usualRepeat,
            continues: route.continues, mute: route.mute ?? above?.mute ?? [],
            escalations: route.escalations ?? above?.escalations ?? [], children: [],
            title: [above?.title, own.isEmpty ? nil : own].compactMap(\.self).filter { $0 != "everything" }
                .joined(separator: " → "))
        if node.title.isEmpty { node.title = "everything" }
        var taken: Set<String> = []
        node.children = route.routes.map { child in
            let name = Self.name(child, child.receiver ?? node.receiver, besides: taken)
            taken.insert(name)
            return Self.node(child, path: path.isEmpty ? name : "\(path)/\(name)", above: node)
        }
        return node
    }

    /// Its conditions; of routes with the same ones, the first one's name says no more, the others' their receiver as well.
    private static func name(_ route: AlertRoute, _ receiver: String, besides taken: Set<String>) -> String {
        let own = route.matchers.map(\.description).sorted().joined(separator: ", ")
        let further = "\(own)@\(receiver)"
        if !own.isEmpty, !taken.contains(own) { return own }
        guard taken.contains(further) else { return further }
        return "\(further)#\(taken.count + 1)"
    }

    private static func node(_ watchdog: AlertWatchdog) -> RoutedNode {
        RoutedNode(
            path: "watchdog", matchers: [], receiver: watchdog.receiver, groupBy: ["alertname", "environment"],
            wait: .zero, interval: watchdog.every, repeatEvery: watchdog.every, continues: false, mute: [],
            escalations: [], children: [], isWatchdog: true, title: "watchdog")
    }
}
