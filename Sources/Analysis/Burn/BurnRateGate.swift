/// How fast a service spends its error budget, over a long window and a short one at once: the long one shows that it
/// matters, the short one that it still goes on. (Site Reliability Workbook, chapter 5, "Multiwindow, multi-burn-rate
/// alerts".)
package struct BurnRateGate: Codable, Sendable, Equatable {
    package struct Rule: Codable, Sendable, Equatable {
        package enum Severity: String, Codable, Sendable { case page, ticket }

        package var severity: Severity
        /// How many times faster than what would just use up the budget.
        package var factor: Double
        /// Minutes.
        package var long: Int
        package var short: Int

        package init(_ severity: Severity, factor: Double, long: Int, short: Int) {
            self.severity = severity
            self.factor = factor
            self.long = long
            self.short = short
        }
    }

    /// 2 % of a month's budget in an hour, 5 % in six hours, 10 % in three days.
    package static let rules = [
        Rule(.page, factor: 14.4, long: 60, short: 5),
        Rule(.page, factor: 6, long: 360, short: 30),
        Rule(.ticket, factor: 1, long: 4_320, short: 360),
    ]

    package enum State: String, Codable, Sendable {
        case burning, fine
        /// One of the windows has no requests, or too few errors burn too fast to tell it from chance. Neither begins nor
        /// ends an alert.
        case unknown
    }

    /// One rule's windows and what follows from them alone, so that it can be judged again from what was stored.
    package struct Reading: Codable, Sendable, Equatable {
        package var rule: Rule
        package var long: MinuteCounts.Sum
        package var short: MinuteCounts.Sum
        package var state: State
        /// How fast the budget is spent, in times of what would just use it up; nil without requests.
        package var longRate: Double?
        package var shortRate: Double?
    }

    /// The part of requests that is to succeed, between 0 and 1.
    package let objective: Double
    /// Fewer errors than this in the long window decide nothing.
    package let leastErrors: Int64
    package let rules: [Rule]

    /// - Parameter objective: up to 0.999999; anything else is moved inside.
    package init(objective: Double, leastErrors: Int64 = 5, rules: [Rule] = BurnRateGate.rules) {
        self.objective = objective.isNaN ? 0.999999 : min(max(objective, 0), 0.999999)
        self.leastErrors = leastErrors
        self.rules = rules
    }

    /// One reading for each rule, in their order.
    package func read(_ counts: MinuteCounts, at: Int64) -> [Reading] {
        rules.map { judge($0, long: counts.sum(last: $0.long, at: at), short: counts.sum(last: $0.short, at: at)) }
    }

    package func judge(_ rule: Rule, long: MinuteCounts.Sum, short: MinuteCounts.Sum) -> Reading {
        let (longRate, shortRate) = (rate(long.count), rate(short.count))
        var state = State.unknown
        if let longRate, let shortRate {
            let burns = longRate > rule.factor && shortRate > rule.factor
            state = !burns ? .fine : long.count.errors < leastErrors ? .unknown : .burning
        }
        return Reading(
            rule: rule, long: long, short: short, state: state, longRate: longRate, shortRate: shortRate)
    }

    private func rate(_ count: ArmCount) -> Double? {
        guard count.requests > 0 else { return nil }
        return Double(count.errors) / Double(count.requests) / (1 - objective)
    }
}
