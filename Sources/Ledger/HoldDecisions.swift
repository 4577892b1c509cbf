import Storage

/// Decides on holds, one after the other, by locked counters, the budgets and the freezes.
struct HoldDecisions {
    /// What was held, to be inserted.
    private(set) var holds: [(hold: Hold, quantity: Int64)] = []
    private(set) var book: CounterBook
    private let prices: [String: Price]
    private let budgets: [String: Budget]
    /// By scope: how much no hold covered.
    private let freezes: [String: Nanodollars]
    private let now: Int64

    /// - Parameters:
    ///   - prices: in force now, by name.
    ///   - book: has the counters of today, of `total` and of the prices' providers.
    init(prices: [String: Price], book: CounterBook, on connection: any Connection, at now: Int64) throws {
        (self.prices, self.book, self.now) = (prices, book, now)
        let scopes = prices.isEmpty ? [] : [Ledger.total] + Set(prices.values.map(\.provider)).sorted()
        budgets = try Ledger.budgets(of: scopes, on: connection, at: now)
        freezes = scopes.isEmpty ? [:] : try Ledger.freezes(day: Ledger.day(of: now), on: connection)
    }

    mutating func decide(_ request: HoldRequest, _ existing: Hold?) throws(LedgerError) -> HoldDecision {
        if let existing { return try repeated(request, existing) }
        guard let price = prices[request.sku] else { return .refused(.noPrice(sku: request.sku)) }
        let hold = Hold(
            key: request.key, priceID: price.id, provider: price.provider, reference: request.reference,
            amount: try price.cost(of: request.quantity, rounding: .up), day: Ledger.day(of: now),
            expiresAt: now + max(0, request.lifetime), outcome: nil)
        for scope in hold.scopes {
            guard let refusal = refusal(of: hold, scope, request.usesReserve) else { continue }
            book.add(Counter(refusedAt: now), to: CounterKey(scope: scope, day: hold.day))
            return .refused(refusal)
        }
        holds.append((hold, request.quantity))
        book.add(Counter(held: hold.amount), for: hold)
        return .held(hold)
    }

    private func refusal(of hold: Hold, _ scope: String, _ usesReserve: Bool) -> LedgerError? {
        if let overage = freezes[scope] { return .frozen(scope: scope, overage: overage) }
        guard let budget = budgets[scope] else { return nil }
        let counter = book[scope, hold.day]
        let usable = usesReserve ? budget.limit : budget.limit - budget.reserve
        guard counter.spent + counter.held + hold.amount > usable else { return nil }
        return .budgetReached(
            scope: scope, limit: budget.limit, spent: counter.spent, held: counter.held, asked: hold.amount)
    }

    private func repeated(_ request: HoldRequest, _ hold: Hold) throws(LedgerError) -> HoldDecision {
        guard hold.reference == request.reference, hold.priceID.hasPrefix("\(request.sku)@") else {
            throw .keyUsed(key: request.key, reason: "it was for something else")
        }
        if let outcome = hold.outcome {
            throw .keyUsed(key: request.key, reason: "its hold is \(outcome.rawValue)")
        }
        return .held(hold)
    }
}
