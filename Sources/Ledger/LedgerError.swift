/// Why the ledger refuses. Each description is a sentence with what to do.
package enum LedgerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What has no price is not called: its cost would be unknown.
    case noPrice(sku: String)
    case budgetReached(scope: String, limit: Nanodollars, spent: Nanodollars, held: Nanodollars, asked: Nanodollars)
    /// A limit of an hour, a day or a month would be exceeded.
    case limitReached(
        limit: String, scope: String, period: Limit.Period, amount: Nanodollars, spent: Nanodollars, held: Nanodollars,
        asked: Nanodollars)
    case requestsReached(limit: String, scope: String, period: Limit.Period, requests: Int64)
    /// A limit that stops was reached, and nobody has set it anew.
    case stopped(limit: String, scope: String)
    /// A cost was higher than its hold, so the estimates of this scope cannot be trusted.
    case frozen(scope: String, overage: Nanodollars)
    case unknownHold(key: String)
    /// The key was used before, for a hold that has ended or that was for something else.
    case keyUsed(key: String, reason: String)
    case invalidAmount(String)

    /// Whether it concerns one user's calls alone.
    package var isOfUser: Bool {
        switch self {
        case .limitReached(_, let scope, _, _, _, _, _), .requestsReached(_, let scope, _, _), .stopped(_, let scope):
            scope.hasPrefix("user:")
        case .noPrice, .budgetReached, .frozen, .unknownHold, .keyUsed, .invalidAmount: false
        }
    }

    package var description: String {
        switch self {
        case .noPrice(let sku):
            "\(sku) has no price today, so its cost would be unknown. Add one: tidegate cost prices add \(sku) …"
        case .budgetReached(let scope, let limit, let spent, let held, let asked):
            "The budget \(scope) is reached: of \(limit) USD today \(spent) are spent and \(held) held, so that "
                + "\(asked) more are refused. Wait for tomorrow (UTC), or raise it: tidegate cost budget."
        case .limitReached(let limit, let scope, let period, let amount, let spent, let held, let asked):
            "The limit \(limit) is reached: of \(amount) USD this \(period.rawValue) for \(scope), \(spent) are spent and "
                + "\(held) held, so that \(asked) more are refused. Wait for the next \(period.rawValue), or raise it: "
                + "tidegate cost budget."
        case .requestsReached(let limit, let scope, let period, let requests):
            "The limit \(limit) is reached: \(requests) requests for \(scope) were made this \(period.rawValue). Wait for the "
                + "next \(period.rawValue), or raise it: tidegate cost budget."
        case .stopped(let limit, let scope):
            "The limit \(limit) was reached for \(scope), and stops until it is set anew: tidegate cost budget."
        case .frozen(let scope, let overage):
            "The budget \(scope) is frozen: a call cost \(overage) USD more than was held for it. "
                + "Check the estimate, then lift it: tidegate cost budget; it ends by itself a day after the last such cost."
        case .unknownHold(let key):
            "The ledger has no hold \(key). Take one before the call."
        case .keyUsed(let key, let reason):
            "The ledger's key \(key) was used before: \(reason). Use a new key for a new call."
        case .invalidAmount(let reason):
            "The amount is not one that the ledger can record: \(reason)."
        }
    }
}
