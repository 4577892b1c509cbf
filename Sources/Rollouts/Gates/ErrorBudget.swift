import Definitions

/// How many errors an objective leaves room for, and how many there were. (Site Reliability Workbook, chapter 2,
/// "Implementing SLOs".)
package struct ErrorBudget: Sendable, Equatable {
    package enum Kind: String, Sendable { case availability, latency }

    package var service: String
    package var kind: Kind
    package var counted: Int64
    /// Those that failed, or were too slow.
    package var bad: Int64
    /// How many of `counted` may be bad.
    package var allowed: Double

    /// The part that is left: 1 untouched, 0 used up, below 0 overdrawn; nil while so little was counted that not one error
    /// is allowed yet, which says nothing.
    package var left: Double? { allowed >= 1 ? 1 - Double(bad) / allowed : nil }

    package static func all(_ objective: ObjectiveDefinition, _ sum: TrafficSum) -> [ErrorBudget] {
        var budgets: [ErrorBudget] = []
        if let share = objective.availability {
            budgets.append(
                ErrorBudget(
                    service: objective.service, kind: .availability, counted: sum.requests, bad: sum.errors,
                    allowed: allowance(sum.requests, share)))
        }
        if let latency = objective.latency {
            budgets.append(
                ErrorBudget(
                    service: objective.service, kind: .latency, counted: sum.timed, bad: sum.slow,
                    allowed: allowance(sum.timed, latency.quantile)))
        }
        return budgets
    }

    /// To a millionth, so that ten of a thousand at 99 % is the whole budget, and not a hair less.
    private static func allowance(_ counted: Int64, _ share: Double) -> Double {
        (Double(counted) * (1 - share) * 1e6).rounded() / 1e6
    }
}

extension Gates {
    var errorBudget: GateResult? {
        guard !terms.objectives.isEmpty, terms.asked.errorBudget == .refuse else { return nil }
        let budgets = terms.objectives.flatMap { objective in
            ErrorBudget.all(objective, facts.traffic[objective.service] ?? TrafficSum()).map { ($0, objective.window) }
        }
        let spent = budgets.filter { budget, _ in budget.left.map { $0 <= 0 } ?? false }
        guard spent.isEmpty else {
            return GateResult(
                .errorBudget, .refused, "the error budget is used up: \(spent.map(Self.line).joined(separator: ", "))",
                action: "wait until older errors leave the window, or roll out what mends it: "
                    + "--override error-budget --reason …")
        }
        return GateResult(.errorBudget, .passed, budgets.map(Self.line).joined(separator: ", "))
    }

    private static func line(_ budget: ErrorBudget, _ window: Duration) -> String {
        let what = budget.kind == .availability ? "failed" : "were too slow"
        let counts = "\(budget.bad) of \(budget.counted) \(what) in \(window.words)"
        guard let left = budget.left else { return "\(budget.service): too little to say, \(counts)" }
        return "\(budget.service): \(Int((left * 100).rounded(.down))) % left, \(counts)"
    }
}
