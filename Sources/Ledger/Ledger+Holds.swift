import Storage

extension Ledger {
    /// How many expired holds one call ends at most.
    private static let expiryBatch = 500

    /// Sets aside what a call may cost at most, before it is made. Commit before making the call.
    ///
    /// Asking again with the same key answers with the same hold, as long as it is open.
    /// - Returns: a refusal when there is no price, a budget of its scopes would be exceeded, or one is frozen. Commit
    ///   that as well.
    /// - Throws: `LedgerError.keyUsed`, `LedgerError.invalidAmount`, `DatabaseError`.
    package static func hold(
        _ request: HoldRequest, on connection: any Connection, at now: Int64
    ) throws -> HoldDecision {
        try expire(on: connection, at: now)
        if let existing = try hold(request.key, on: connection) { return try repeated(request, existing) }
        guard let price = try price(of: request.sku, on: connection, at: now) else {
            return .refused(.noPrice(sku: request.sku))
        }
        let hold = Hold(
            key: request.key, priceID: price.id, provider: price.provider, reference: request.reference,
            amount: try price.cost(of: request.quantity, rounding: .up), day: day(of: now),
            expiresAt: now + max(0, request.lifetime), outcome: nil)
        for scope in hold.scopes {
            guard let refusal = try refusal(of: hold, scope, request.usesReserve, connection, now) else { continue }
            try countRefusal(scope, day: hold.day, on: connection, at: now)
            return .refused(refusal)
        }
        try connection.execute(
            """
            INSERT INTO ledger_hold (id, price, provider, reference, quantity, nanos, day, held_at, expires_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                hold.key, hold.priceID, hold.provider, hold.reference, request.quantity, hold.amount, hold.day, now,
                hold.expiresAt,
            ])
        try count(hold.scopes, day: hold.day, held: hold.amount, on: connection)
        return .held(hold)
    }

    /// Gives back what a call that was not made, or that cost nothing, had set aside. On a hold that has ended it does
    /// nothing.
    package static func release(_ key: String, on connection: any Connection, at now: Int64) throws {
        guard let hold = try hold(key, on: connection) else { throw LedgerError.unknownHold(key: key) }
        try end(hold, .released, on: connection, at: now)
    }

    /// Ends the open holds whose time is over.
    /// - Returns: their keys.
    @discardableResult
    package static func expire(on connection: any Connection, at now: Int64) throws -> [String] {
        let rows = try connection.query(
            """
            SELECT * FROM ledger_hold WHERE outcome IS NULL AND expires_at <= ? ORDER BY expires_at, id LIMIT ?
            """, [now, expiryBatch])
        let expired = try rows.map(hold)
        for hold in expired { try end(hold, .expired, on: connection, at: now) }
        return expired.map(\.key)
    }

    package static func hold(_ key: String, on connection: any Connection) throws -> Hold? {
        try connection.query("SELECT * FROM ledger_hold WHERE id = ?", [key]).first.map(hold)
    }

    /// Ends a hold, once: what it had set aside is free again.
    /// - Returns: whether it was open.
    @discardableResult
    static func end(
        _ hold: Hold, _ outcome: Hold.Outcome, on connection: any Connection, at now: Int64
    ) throws -> Bool {
        let ended = try connection.execute(
            "UPDATE ledger_hold SET outcome = ?, ended_at = ? WHERE id = ? AND outcome IS NULL",
            [outcome.rawValue, now, hold.key])
        guard ended == 1 else { return false }
        try count(hold.scopes, day: hold.day, held: .zero - hold.amount, on: connection)
        return true
    }

    private static func repeated(_ request: HoldRequest, _ hold: Hold) throws -> HoldDecision {
        guard hold.reference == request.reference, hold.priceID.hasPrefix("\(request.sku)@") else {
            throw LedgerError.keyUsed(key: request.key, reason: "it was for something else")
        }
        if let outcome = hold.outcome {
            throw LedgerError.keyUsed(key: request.key, reason: "its hold is \(outcome.rawValue)")
        }
        return .held(hold)
    }

    private static func refusal(
        of hold: Hold, _ scope: String, _ usesReserve: Bool, _ connection: any Connection, _ now: Int64
    ) throws -> LedgerError? {
        if let overage = try frozenOverage(of: scope, day: hold.day, on: connection) {
            return .frozen(scope: scope, overage: overage)
        }
        guard let budget = try budget(of: scope, on: connection, at: now) else { return nil }
        let counter = try counter(scope, day: hold.day, on: connection)
        let usable = usesReserve ? budget.limit : budget.limit - budget.reserve
        guard counter.spent + counter.held + hold.amount > usable else { return nil }
        return .budgetReached(
            scope: scope, limit: budget.limit, spent: counter.spent, held: counter.held, asked: hold.amount)
    }

    private static func hold(_ row: Row) throws -> Hold {
        let outcome: String? = try row.get("outcome")
        return Hold(
            key: try row.get("id"), priceID: try row.get("price"), provider: try row.get("provider"),
            reference: try row.get("reference"), amount: try row.get("nanos"), day: try row.get("day"),
            expiresAt: try row.get("expires_at"), outcome: outcome.flatMap(Hold.Outcome.init))
    }
}
