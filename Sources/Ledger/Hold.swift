/// For whom a call is made. What is nil counts for no limit of its kind, and has no line of its own in reports.
package struct HoldContext: Sendable, Equatable {
    package var service: String?
    package var release: String?
    package var user: String?
    package var document: String?
    /// Of the request that it began with: the same as in logs, events, and at the provider.
    package var correlationID: String?

    package init(
        service: String? = nil, release: String? = nil, user: String? = nil, document: String? = nil,
        correlationID: String? = nil
    ) {
        (self.service, self.release, self.user, self.document) = (service, release, user, document)
        self.correlationID = correlationID
    }
}

/// What is set aside before a call, at its highest possible cost.
package struct HoldRequest: Sendable, Equatable {
    package static let defaultLifetime: Int64 = 900_000_000

    /// Names the call, and only this one: asking twice is asking once.
    package var key: String
    package var sku: String
    /// The most units that the call may use.
    package var quantity: Int64
    /// What it is for, such as a job's id; costs can be summed by it.
    package var reference: String
    /// Microseconds after which the hold ends by itself, because its owner must have died.
    package var lifetime: Int64
    /// Whether it may use the part of the budget that is kept for smoke tests.
    package var usesReserve: Bool
    package var context: HoldContext

    package init(
        key: String, sku: String, quantity: Int64, reference: String, lifetime: Int64 = defaultLifetime,
        usesReserve: Bool = false, context: HoldContext = HoldContext()
    ) {
        (self.key, self.sku, self.quantity, self.reference) = (key, sku, quantity, reference)
        (self.lifetime, self.usesReserve) = (lifetime, usesReserve)
        self.context = context
    }
}

package struct Hold: Sendable, Equatable {
    /// How a hold ended.
    package enum Outcome: String, Sendable {
        case posted, released, expired
    }

    package let key: String
    package let priceID: String
    package let provider: String
    package let reference: String
    package let amount: Nanodollars
    /// The UTC day that it counts for, in days since 1970; its cost counts for that day as well, whenever it comes.
    package let day: Int64
    package let context: HoldContext
    /// Times are microseconds since 1970.
    package let heldAt: Int64
    package let expiresAt: Int64
    /// Nil while it is open.
    package let outcome: Outcome?

    /// What was called: a price's id is its name and the time that it is in force from.
    package var sku: String { String(priceID.prefix { $0 != "@" }) }

    /// Whose daily budgets it has to respect.
    package var scopes: [String] { [Ledger.total, provider] }

    /// Whose limits it has to respect.
    var limitScopes: [String] {
        let named = [
            ("service", context.service), ("release", context.release), ("user", context.user), ("model", sku),
        ]
        return scopes + named.compactMap { kind, name in name.map { "\(kind):\($0)" } }
    }
}

/// The answer to a request. A refusal is recorded as well, so that whoever watches the budget sees it.
package enum HoldDecision: Sendable, Equatable {
    case held(Hold)
    case refused(LedgerError)
}

/// A cost as it was recorded.
package struct Posting: Sendable, Equatable {
    package let key: String
    package let cost: Nanodollars
    /// How much of it no hold covered.
    package let overage: Nanodollars

    package init(key: String, cost: Nanodollars, overage: Nanodollars) {
        (self.key, self.cost, self.overage) = (key, cost, overage)
    }
}

/// What a call turned out to cost.
package enum ActualCost: Sendable, Equatable {
    /// At the price of the hold.
    case units(Int64)
    /// What the provider itself says, which wins over our arithmetic.
    case reported(Nanodollars, units: Int64)

    var units: Int64 {
        switch self {
        case .units(let units), .reported(_, let units): units
        }
    }
}
