/// Sums ticks into whole minutes, as a scrape or a metric's period does.
struct MinuteWindow {
    private var sum = Minute(number: 1)

    struct Minute {
        /// 1 for the first.
        var number: Int
        var canary = Tick.Arm()
        var baseline = Tick.Arm()

        /// The canary's share of requests that failed; nil without any.
        var errorRate: Double? { Self.rate(canary) }
        var baselineErrorRate: Double? { Self.rate(baseline) }

        private static func rate(_ arm: Tick.Arm) -> Double? {
            arm.requests > 0 ? Double(arm.errors) / Double(arm.requests) : nil
        }
    }

    /// - Returns: the minute that the tick completes, if it does.
    mutating func add(_ tick: Tick) -> Minute? {
        sum.canary = sum.canary + tick.canary
        sum.baseline = sum.baseline + tick.baseline
        guard tick.seconds % 60 == 0 else { return nil }
        defer { sum = Minute(number: sum.number + 1) }
        return sum
    }
}
