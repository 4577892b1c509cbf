import Rollouts

/// HAProxy's weights (0…256) for a split in percent.
package enum ServerWeights {
    package static let largest = 256

    /// The weight of each arm's instances, in the arms' order. Among all scales, the one whose shares come closest to
    /// the percentages; among equals, the smallest weights. An arm with a percentage and instances never gets 0.
    package static func weights(_ arms: [TrafficSplit.Arm]) -> [Int] {
        let each = arms.map { arm in
            arm.instances.isEmpty ? 0 : Double(arm.percent) / Double(arm.instances.count)
        }
        guard let most = each.max(), most > 0 else { return arms.map { _ in 0 } }
        var best = (error: Double.infinity, weights: [Int]())
        for top in 1...largest {
            let weights = each.map { share in
                share == 0 ? 0 : max(1, Int((share * Double(top) / most).rounded()))
            }
            let error = deviation(arms, weights)
            if error < best.error - 1e-9 { best = (error, weights) }
        }
        return best.weights
    }

    /// The largest difference between an arm's share and what it should be, as a fraction.
    private static func deviation(_ arms: [TrafficSplit.Arm], _ weights: [Int]) -> Double {
        let totals = zip(arms, weights).map { Double($0.instances.count * $1) }
        let sum = totals.reduce(0, +)
        let wanted = zip(arms, totals).map { $1 > 0 ? Double($0.percent) : 0 }
        let percents = wanted.reduce(0, +)
        return zip(totals, wanted).map { abs($0 / sum - $1 / percents) }.max() ?? 0
    }
}
