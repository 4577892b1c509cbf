import Storage

/// A limit with its window of now.
struct LimitInForce {
    let limit: Limit
    let window: LimitWindow
    /// When somebody last set a limit of its name.
    let setAt: Int64
}

/// What a hold is decided by that changes seldom: prices, budgets, limits, freezes. Prices are read before the counters are
/// locked, because they say which; the rest after.
struct HoldTerms {
    let prices: [String: Price]
    private(set) var limits: [LimitInForce] = []
    let now: Int64

    init(skus: Set<String>, on connection: any Connection, at now: Int64) throws {
        prices = try Ledger.prices(of: skus, on: connection, at: now)
        self.now = now
    }

    /// After the days' counters are locked: what another transaction holds without knowing of a limit it has committed by
    /// then, so that the limit's first window counts it.
    mutating func readLimits(on connection: any Connection) throws {
        guard !prices.isEmpty else { return }
        let limits = try Ledger.limits(on: connection, at: now)
        let setAt = limits.isEmpty ? [:] : try Ledger.lastSet(on: connection)
        self.limits = limits.map { limit in
            LimitInForce(
                limit: limit, window: LedgerCalendar.window(limit.period, zone: limit.zone, containing: now),
                setAt: setAt[limit.name] ?? limit.effectiveFrom)
        }
    }

    var scopes: [String] {
        prices.isEmpty ? [] : [Ledger.total] + Set(prices.values.map(\.provider)).sorted()
    }

    var days: Set<CounterKey> {
        Set(scopes.map { CounterKey(scope: $0, day: Ledger.day(of: now)) })
    }

    /// The hold that a request asks for; nil without a price.
    func hold(_ request: HoldRequest) throws(LedgerError) -> Hold? {
        guard let price = prices[request.sku] else { return nil }
        return Hold(
            key: request.key, priceID: price.id, provider: price.provider, reference: request.reference,
            amount: try price.cost(of: request.quantity, rounding: .up), day: Ledger.day(of: now),
            context: request.context, heldAt: now, expiresAt: now + max(0, request.lifetime), outcome: nil)
    }

    func windows(of hold: Hold) -> [(key: WindowBook.Key, terms: LimitInForce)] {
        limits.compactMap { terms in
            terms.limit.counted(of: hold).map {
                (.init(name: terms.limit.name, scope: $0, window: terms.window), terms)
            }
        }
    }
}

/// Decides on holds, one after the other.
struct HoldDecisions {
    /// What was held, to be inserted.
    private(set) var holds: [(hold: Hold, quantity: Int64)] = []
    private(set) var books: BudgetBooks
    private let terms: HoldTerms
    private let budgets: [String: Budget]
    /// By scope.
    private let freezes: [String: ScopeFreeze]
    /// By limit and scope, when one that stops was reached.
    private let stops: [String: Int64]

    /// - Parameter books: with the terms' days, and the windows of all that is asked.
    init(terms: HoldTerms, books: BudgetBooks, on connection: any Connection) throws {
        (self.terms, self.books) = (terms, books)
        budgets = try Ledger.budgets(of: terms.scopes, on: connection, at: terms.now)
        freezes = terms.scopes.isEmpty ? [:] : try Ledger.freezes(on: connection, at: terms.now)
        stops = try Ledger.lastRefusals(
            of: terms.limits.map(\.limit).filter { $0.action == .stop }.map(\.name), on: connection)
    }

    /// Whether it would be refused now; nothing is recorded.
    func refuses(_ request: HoldRequest) throws(LedgerError) -> Bool {
        guard let hold = try terms.hold(request) else { return true }
        return hold.scopes.contains { refusal(of: hold, $0, request.usesReserve) != nil }
            || terms.windows(of: hold).contains { key, terms in
                terms.limit.action != .alert && refusal(of: hold, key, terms, request.usesReserve) != nil
            }
    }

    mutating func decide(_ request: HoldRequest, _ existing: Hold?) throws(LedgerError) -> HoldDecision {
        if let existing { return try repeated(request, existing) }
        guard let hold = try terms.hold(request) else { return .refused(.noPrice(sku: request.sku)) }
        for scope in hold.scopes {
            guard let refusal = refusal(of: hold, scope, request.usesReserve) else { continue }
            // A freeze is a record of its own, and no budget that is reached.
            if freezes[scope] == nil { books.refuse(CounterKey(scope: scope, day: hold.day), at: terms.now) }
            return .refused(refusal)
        }
        for (key, limit) in terms.windows(of: hold) {
            guard let refusal = refusal(of: hold, key, limit, request.usesReserve) else { continue }
            // What stops has refused already: refusing again for that would undo what somebody sets in between.
            if case .stopped = refusal { return .refused(refusal) }
            books.refuse(key, at: terms.now)
            if limit.limit.action != .alert { return .refused(refusal) }
        }
        holds.append((hold, request.quantity))
        books.add(Counter(held: hold.amount, requests: 1), for: hold)
        return .held(hold)
    }

    private func refusal(of hold: Hold, _ scope: String, _ usesReserve: Bool) -> LedgerError? {
        // What mends a release whose estimates are wrong has to prove itself, within what is set aside for that.
        if let freeze = freezes[scope], !usesReserve { return .frozen(scope: scope, overage: freeze.overage) }
        guard let budget = budgets[scope] else { return nil }
        let counter = books[scope, hold.day]
        let usable = usesReserve ? budget.limit : budget.limit - budget.reserve
        guard counter.spent + counter.held + hold.amount > usable else { return nil }
        return .budgetReached(
            scope: scope, limit: budget.limit, spent: counter.spent, held: counter.held, asked: hold.amount)
    }

    private func refusal(
        of hold: Hold, _ key: WindowBook.Key, _ terms: LimitInForce, _ usesReserve: Bool
    ) -> LedgerError? {
        let (limit, counter) = (terms.limit, books[key])
        if limit.action == .stop, let refused = stops["\(key.name)/\(key.scope)"], refused > terms.setAt {
            return .stopped(limit: limit.name, scope: key.scope)
        }
        if let amount = limit.amount {
            let usable = usesReserve ? amount : amount - limit.reserve
            if counter.spent + counter.held + hold.amount > usable {
                return .limitReached(
                    limit: limit.name, scope: key.scope, period: limit.period, amount: amount, spent: counter.spent,
                    held: counter.held, asked: hold.amount)
            }
        }
        if let requests = limit.requests, counter.requests >= requests {
            return .requestsReached(limit: limit.name, scope: key.scope, period: limit.period, requests: requests)
        }
        return nil
    }

    private func repeated(_ request: HoldRequest, _ hold: Hold) throws(LedgerError) -> HoldDecision {
        guard hold.reference == request.reference, hold.priceID.hasPrefix("\(request.sku)@") else {
            throw .keyUsed(key: request.key, reason: "it was for something else")
        }
        if let outcome = hold.outcome {
            throw .keyUsed(key: request.key, reason: "its hold is \(outcome.rawValue)")
        }
        // The batch that is asked ends it, or another does at any moment: nothing is set aside for it any more.
        guard hold.expiresAt > terms.now else {
            throw .keyUsed(key: request.key, reason: "the time of its hold is over")
        }
        return .held(hold)
    }
}

extension Ledger {
    /// Whether a request would be refused, by what is counted: without locks, and recording nothing. What ended in the
    /// meantime and waits to be counted still looks held in limits.
    package static func wouldRefuse(
        _ request: HoldRequest, on connection: any Connection, at now: Int64
    ) throws -> Bool {
        var terms = try HoldTerms(skus: [request.sku], on: connection, at: now)
        try terms.readLimits(on: connection)
        let decisions = try HoldDecisions(terms: terms, books: .seen(by: terms, on: connection), on: connection)
        return try decisions.refuses(request)
    }
}
