import Rollouts

/// A half-open range of job buckets, 0…100.
package struct Share: Codable, Sendable, Equatable {
    package var from: Int
    package var to: Int

    package init(from: Int, to: Int) {
        self.from = from
        self.to = to
    }

    package static let none = Share(from: 0, to: 0)

    package var isEmpty: Bool { from >= to }

    /// What both have; `none` when nothing.
    package func common(with other: Share) -> Share {
        let both = Share(from: max(from, other.from), to: min(to, other.to))
        return both.isEmpty ? .none : both
    }
}

/// Which instance claims which buckets.
package enum ShareRanges {
    /// The ranges by instance: the arms' percentages one after the other, each divided among the arm's instances. They
    /// do not overlap, and cover all buckets when the percentages add up to 100 and every arm with one has instances.
    package static func ranges(_ arms: [TrafficSplit.Arm]) -> [String: Share] {
        var shares: [String: Share] = [:]
        var start = 0
        for arm in arms {
            let count = arm.instances.count
            for (index, target) in arm.instances.enumerated() {
                let share = Share(
                    from: start + arm.percent * index / count, to: start + arm.percent * (index + 1) / count)
                shares[target.id] = share.isEmpty ? Share.none : share
            }
            start += arm.percent
        }
        return shares
    }
}
