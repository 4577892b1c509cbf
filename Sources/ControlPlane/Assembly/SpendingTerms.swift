import Definitions
import Ledger

/// What an environment's file says about spending.
struct SpendingTerms: Sendable, Equatable, Codable {
    /// The variable or secret that holds the address of the ledger's database; nil without a ledger.
    let databaseVariable: String?
    let budgets: [BudgetDefinition]
    let requestLimits: [BudgetDefinition]

    init(_ environment: Environment) {
        databaseVariable = environment.ledger?.databaseVariable
        (budgets, requestLimits) = (environment.budgets, environment.requestLimits)
    }

    /// In the ledger's words. A limit of a UTC day on everything or on a provider, which only holds back, is what every release
    /// of the pipeline knows; the rest are limits.
    /// - Parameter now: microseconds since 1970.
    func inLedger(
        at now: Int64, reason: String
    ) -> (plain: [(scope: String, limit: Nanodollars)], limits: [Limit]) {
        let plain = budgets.filter(\.isPlain).map { ($0.scope, Nanodollars($0.limit)) }
        let limits = budgets.filter { !$0.isPlain }.map { budget in
            var limit = budget.limit(at: now, reason: reason)
            limit.amount = Nanodollars(budget.limit)
            // As of a day's budget, a fiftieth is for smoke tests.
            limit.reserve = Nanodollars(budget.limit / 50)
            return limit
        }
        let requests = requestLimits.map { budget in
            var limit = budget.limit(at: now, reason: reason)
            limit.name = "\(budget.name)-requests"
            limit.requests = budget.limit
            return limit
        }
        return (plain, limits + requests)
    }
}

extension BudgetDefinition {
    fileprivate var isPlain: Bool {
        !scope.contains(":") && period == .day && zone == "UTC" && warnings.isEmpty && action == .defer && name == scope
    }

    fileprivate func limit(at now: Int64, reason: String) -> Limit {
        let period: Limit.Period =
            switch self.period {
            case .hour: .hour
            case .day: .day
            case .month: .month
            }
        let action: Limit.Action =
            switch self.action {
            case .stop: .stop
            case .defer: .defer
            case .alert: .alert
            }
        return Limit(
            name: name, scope: scope, period: period, zone: zone, action: action, warnings: warnings,
            effectiveFrom: now, reason: reason)
    }
}
