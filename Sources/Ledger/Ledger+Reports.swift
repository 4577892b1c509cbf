import Storage

/// That nothing is held for a scope, since what was held for it lately was too little.
package struct ScopeFreeze: Sendable, Equatable {
    /// How long it lasts after the last cost beyond its hold, unless somebody lifts it: a day by the clock, so that it is seen by
    /// those who are there by day, whatever the hour, the zone and the periods of limits.
    package static let length: Int64 = 86_400_000_000

    /// How much of the scope's costs no hold covered.
    package let overage: Nanodollars
    /// Microseconds since 1970.
    package let endsAt: Int64

    package init(overage: Nanodollars, endsAt: Int64) { (self.overage, self.endsAt) = (overage, endsAt) }
}

/// What one scope spent on one UTC day, against its budget.
package struct ScopeSpend: Sendable, Equatable {
    package let scope: String
    /// Days since 1970.
    package let day: Int64
    /// All that was recorded, what holds did not cover included.
    package let spent: Nanodollars
    package let overage: Nanodollars
    package let held: Nanodollars
    /// What was held for calls of which nobody knows what they cost: their holds ended by the clock, and nothing was posted.
    package let unknown: Nanodollars
    /// Nil when nothing limits the scope.
    package let budget: Budget?
    /// Whether it is frozen now, whatever the day; nil when it is not.
    package let frozen: ScopeFreeze?
    /// Whether a call was refused for want of money since the budget in force was set.
    package let isReached: Bool

    package var isFrozen: Bool { frozen != nil }

    package init(
        scope: String, day: Int64, spent: Nanodollars, overage: Nanodollars, held: Nanodollars, unknown: Nanodollars,
        budget: Budget?, frozen: ScopeFreeze?, isReached: Bool
    ) {
        (self.scope, self.day, self.spent, self.overage) = (scope, day, spent, overage)
        (self.held, self.unknown, self.budget) = (held, unknown, budget)
        (self.frozen, self.isReached) = (frozen, isReached)
    }
}

extension Ledger {
    /// What was spent on a day: `total` first, then each provider with costs or a budget, or that is frozen.
    package static func spend(on connection: any Connection, day: Int64, at now: Int64) throws -> [ScopeSpend] {
        let known = try connection.query(
            """
            SELECT scope FROM ledger_counter WHERE day = ? UNION SELECT scope FROM ledger_budget ORDER BY scope
            """, [day])
        let frozen = try freezes(on: connection, at: now)
        let scopes = Set(try known.map { row in try row.get("scope", as: String.self) }).union(frozen.keys)
            .filter { $0 != total }.sorted()
        return try ([total] + scopes).map { scope in
            let counter = try counter(scope, day: day, on: connection)
            let budget = try budget(of: scope, on: connection, at: now)
            return ScopeSpend(
                scope: scope, day: day, spent: counter.spent, overage: counter.overage, held: counter.held,
                unknown: try unknown(scope, day: day, on: connection), budget: budget, frozen: frozen[scope],
                isReached: counter.refusedAt.map { $0 >= budget?.effectiveFrom ?? .min } ?? false)
        }
    }

    private static func unknown(_ scope: String, day: Int64, on connection: any Connection) throws -> Nanodollars {
        try unknowns(from: day, through: day, on: connection)
            .filter { scope == total || $0.provider == scope }
            .reduce(.zero) { $0 + $1.amount }
    }

    /// The holds of some UTC days that ended by the clock, and for whose calls nothing was posted: a worker died between a
    /// provider's answer and its posting, or before the call. An invoice tells.
    package static func unknowns(
        from first: Int64, through last: Int64, on connection: any Connection
    ) throws -> [Hold] {
        try connection.query(
            """
            SELECT * FROM ledger_hold WHERE outcome = 'expired' AND day >= ? AND day <= ?
                AND NOT EXISTS (SELECT 1 FROM ledger_transfer WHERE ledger_transfer.id = ledger_hold.id || '/cost')
            ORDER BY held_at, id
            """, [first, last]
        ).map(hold)
    }

    /// What was posted from one moment until another, both in microseconds since 1970, what holds did not cover included. A
    /// cost belongs to the day of its hold, which may be the one before. What was booked besides calls is not among it.
    package static func spent(on connection: any Connection, from: Int64, until: Int64) throws -> Nanodollars {
        let row = try connection.first(
            """
            SELECT SUM(nanos) AS nanos FROM ledger_posting JOIN ledger_transfer ON ledger_transfer.id = transfer
            WHERE nanos > 0 AND day >= ? AND day <= ? AND posted_at >= ? AND posted_at <= ?
                AND origin IN ('computed', 'reported')
            """, [day(of: from) - 1, day(of: until), from, until])
        let sum: Nanodollars? = try row?.get("nanos")
        return sum ?? .zero
    }
}
