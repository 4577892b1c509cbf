import Rollouts

/// What one receiver is told of a group at once.
struct Telling {
    var receiver: String
    /// Its name in `AlertGroup.told`.
    var name: String
    var reason: AlertNotification.Reason
    /// Fingerprints of what fires.
    var firing: [String]
    /// Those of them that it has not heard of.
    var new: Set<String>
    /// Those that are over for it.
    var ended: Set<String>
    /// Whether it goes by each alert for itself, so that none may be left out.
    var isWhole: Bool
    var count: Int
}

extension AlertBoard {
    /// The messages that say it. There is one, which shows what has changed where it cannot show everything; for who must hear
    /// of each there are as many as it takes.
    func messages(_ telling: Telling, of group: AlertGroup, by node: RoutedNode, at now: Timestamp)
        -> [AlertNotification]
    {
        let ended = inOrder(telling.ended).map { $0.isFiring ? RuleEvaluation.resolved($0, at: now) : $0 }
        let all = inOrder(telling.firing) + ended
        let limit = AlertNotification.maximumAlerts
        if all.count <= limit { return [message(telling, all, page: 0, of: group, by: node, at: now)] }
        guard !telling.isWhole else {
            return stride(from: 0, to: all.count, by: limit).enumerated().map { page, first in
                message(
                    telling, Array(all[first..<min(first + limit, all.count)]), page: page, of: group, by: node, at: now
                )
            }
        }
        let known = telling.firing.filter { !telling.new.contains($0) }
        let shown = (inOrder(telling.new) + ended + inOrder(known)).prefix(limit)
        var cut = message(telling, Array(shown), page: 0, of: group, by: node, at: now)
        cut.truncated = all.count - shown.count
        let left = ended.count - shown.count { !$0.isFiring }
        cut.truncatedEnded = left > 0 ? left : nil
        cut.urgency = AlertNotification.urgency(of: all)
        return [cut]
    }

    private func message(
        _ telling: Telling, _ alerts: [Alert], page: Int, of group: AlertGroup, by node: RoutedNode, at now: Timestamp
    ) -> AlertNotification {
        let further = page == 0 ? "" : "-\(page + 1)"
        return AlertNotification(
            id:
                "\(environment)/\(group.name)/\(telling.name)#\(group.createdAt.microseconds)-\(telling.count)\(further)",
            environment: environment, receiver: telling.receiver, groupKey: group.key, groupLabels: group.labels,
            route: node.title, reason: telling.reason, isFiring: !telling.firing.isEmpty, alerts: alerts, truncated: 0,
            at: now, expires: node.isWatchdog ? now + node.repeatEvery : nil, repeatEvery: node.repeatEvery)
    }

    /// The oldest first, and those of one moment by their labels.
    private func inOrder(_ ids: some Sequence<String>) -> [Alert] {
        ids.compactMap { alerts[$0] }.map { ($0.since, $0.labels.written, $0) }
            .sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
    }
}
