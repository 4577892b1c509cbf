import Contract
import Definitions

/// How many instances of both bundles run while a service changes from one to the other, within what its definition
/// allows: at most `surge` more than it needs, and at most `unavailable` fewer that serve. Turns a strategy's weights into
/// weights with starts and stops of single instances between them.
///
/// Going back is not held to it: too many instances for a minute are better than too few.
struct Capacity {
    /// Instances of the bundle before, and of the one rolled out.
    let old: Int
    let new: Int
    /// Nil: as many as both bundles need.
    let surge: Int?
    let unavailable: Int
    /// Nobody can divide the work but by the number of instances: a worker without a control path.
    let byCount: Bool

    /// What a strategy's steps come to.
    struct Course: Equatable {
        /// Instances of the new bundle to start with.
        var first: Int
        var steps: [StrategyStep]
        /// Instances of the old bundle that may stay when the new one has all work.
        var warm: Int
    }

    init(old: Int, new: Int, surge: Int?, unavailable: Int, byCount: Bool = false) {
        self.old = old
        self.new = new
        self.surge = surge
        self.unavailable = unavailable
        self.byCount = byCount
    }

    init(from: BundleService?, to: BundleService?) {
        let service = to ?? from
        self.init(
            old: from?.replicas ?? 0, new: to?.replicas ?? 0, surge: to?.surge, unavailable: to?.unavailable ?? 0,
            byCount: service?.port == nil && service?.artifact.contract.paths.share == nil)
    }

    /// Instances of both bundles together.
    var most: Int { surge.map { max(old, new) + $0 } ?? old + new }
    private var least: Int { max(0, max(old, new) - unavailable) }

    func course(_ steps: [StrategyStep]) -> Course {
        guard surge != nil || byCount, old > 0, new > 0 else { return Course(first: new, steps: steps, warm: old) }
        let weights = steps.compactMap { if case .weight(let percent) = $0 { percent } else { nil } }
        var state = State(old: old, new: 0, weight: 0)
        let first = min(instances(at: weights.first ?? 100), max(0, most - old))
        state.new = first
        if first == 0 { reach(1, &state) }
        for step in steps {
            guard case .weight(let percent) = step else {
                state.steps.append(step)
                continue
            }
            shift(to: percent, &state)
        }
        return Course(first: first, steps: state.steps, warm: state.old)
    }

    private struct State {
        var old: Int
        var new: Int
        var weight: Int
        var steps: [StrategyStep] = []

        mutating func give(_ percent: Int) {
            guard percent > weight else { return }
            weight = percent
            steps.append(.weight(percent))
        }

        mutating func take(_ percent: Int) {
            guard percent < weight else { return }
            weight = percent
            steps.append(.weight(percent))
        }

        mutating func shrink(to count: Int) {
            guard count < old else { return }
            old = count
            steps.append(.shrink(count))
        }

        mutating func thin(to count: Int) {
            guard count < new else { return }
            new = count
            steps.append(.thin(count))
        }
    }

    /// How many new instances a weight needs.
    private func instances(at percent: Int) -> Int {
        if byCount, percent < 100, new > 1 { return min(new - 1, max(1, (new * percent + 50) / 100)) }
        return max(1, (new * percent + 99) / 100)
    }

    private func shift(to percent: Int, _ state: inout State) {
        if percent < state.weight { return giveBack(to: percent, &state) }
        reach(instances(at: percent), &state, below: percent)
        state.give(percent)
        if byCount { state.shrink(to: percent == 100 ? 0 : max(1, new - state.new)) }
    }

    /// How many old instances the rest of a weight needs.
    private func oldInstances(at percent: Int) -> Int {
        if percent == 100 { return 0 }
        if byCount, percent > 0 { return min(old, max(1, new - instances(at: percent))) }
        return max(1, (old * (100 - percent) + 99) / 100)
    }

    /// Lowers the weight: the old instances are as many as their part needs before they have it, and where there is no room
    /// for them, new ones go one after the other, each after the old ones have taken over what they can.
    private func giveBack(to percent: Int, _ state: inout State) {
        let count = oldInstances(at: percent)
        while state.old < count {
            let room = most - state.old - state.new
            if room > 0 {
                state.old += min(room, count - state.old)
                state.steps.append(.regrow(state.old))
                continue
            }
            state.take(max(percent, 100 - state.old * 100 / old))
            let spare = state.old + state.new - least
            let needed = (state.weight * new + 99) / 100
            let rest = state.new - max(1, min(spare, state.new - needed))
            if rest == 0, state.old > 0 {
                guard percent == 0 else { break }
                state.take(0)
            }
            state.thin(to: rest)
        }
        state.take(percent)
        if byCount { state.thin(to: percent == 0 ? 0 : instances(at: percent)) }
    }

    /// Starts instances until there are so many, and stops as many old ones as that needs, each time after the new ones have
    /// taken over their part of the work. Where the last old one would have to go while it has work, it stays, and the new
    /// ones that there are do with what they have.
    private func reach(_ count: Int, _ state: inout State, below percent: Int = 0) {
        while state.new < count {
            let room = most - state.old - state.new
            if room > 0 {
                state.new += min(room, count - state.new)
                state.steps.append(.grow(state.new))
                continue
            }
            state.give(min(percent, state.new * 100 / new))
            let spare = state.old + state.new - least
            let needed = ((100 - state.weight) * old + 99) / 100
            // By rounding, the old instances may be needed for a share that is not quite theirs: one goes all the same.
            let rest = state.old - max(1, min(spare, state.old - needed))
            if rest == 0, state.new > 0 {
                guard percent == 100 else { return }
                state.give(100)
            }
            state.shrink(to: rest)
        }
    }
}
