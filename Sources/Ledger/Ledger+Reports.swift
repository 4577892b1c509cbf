import Storage

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
    /// How much of its costs no hold covered, if it is frozen for that: nothing is held for it until somebody lifts that, or
    /// the day ends.
    package let frozen: Nanodollars?
    /// Whether a call was refused for want of money since the budget in force was set.
    package let isReached: Bool

    package var isFrozen: Bool { frozen != nil }

    package init(
        scope: String, day: Int64, spent: Nanodollars, overage: Nanodollars, held: Nanodollars, unknown: Nanodollars,
        budget: Budget?, frozen: Nanodollars?, isReached: Bool
    ) {
        (self.scope, self.day, self.spent, self.overage) = (scope, day, spent, overage)
        (self.held, self.unknown, self.budget) = (held, unknown, budget)
        (self.frozen, self.isReached) = (frozen, isReached)
    }
}

extension Ledger {
    /// What was spent on a day: `total` first, then each provider with costs or a budget.
    package static func spend(on connection: any Connection, day: Int64, at now: Int64) throws -> [ScopeSpend] {
        let known = try connection.query(
            """
            SELECT scope FROM ledger_counter WHERE day = ? UNION SELECT scope FROM ledger_budget ORDER BY scope
            """, [day])
        let scopes = try known.map { row in try row.get("scope", as: String.self) }.filter { $0 != total }
        let frozen = try freezes(day: day, on: connection)
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

    /// Looks for what must never be.
    /// - Returns: a sentence each; none when the books are right.
    package static func findings(on connection: any Connection) throws -> [String] {
        var findings: [String] = []
        let balance: Nanodollars? = try connection.query("SELECT SUM(nanos) AS nanos FROM ledger_posting").first?
            .get("nanos")
        if let balance, balance != .zero { findings.append("The trial balance is \(balance) USD, not zero.") }
        for row in try connection.query(
            "SELECT transfer FROM ledger_posting GROUP BY transfer HAVING SUM(nanos) <> 0 OR COUNT(*) <> 2")
        {
            findings.append("The transfer \(try row.get("transfer", as: String.self)) does not balance.")
        }
        return try findings + counterFindings(on: connection)
    }

    /// The counters are sums of the rows, kept so that a hold need not add them up.
    private static func counterFindings(on connection: any Connection) throws -> [String] {
        try connection.query("SELECT scope, day FROM ledger_counter ORDER BY scope, day").flatMap { row in
            let (scope, day): (String, Int64) = (try row.get("scope"), try row.get("day"))
            let counter = try counter(scope, day: day, on: connection)
            let sums = [
                ("posted", counter.posted, try transferred("cost", scope, day, connection)),
                ("overage", counter.overage, try transferred("overage", scope, day, connection)),
                ("held", counter.held, try held(scope, day, connection)),
            ]
            return sums.filter { $0.1 != $0.2 }.map { name, counted, sum in
                "The counter \(name) of \(scope) on day \(day) is \(counted) USD, but its rows sum to \(sum)."
            }
        }
    }

    private static func transferred(
        _ kind: String, _ scope: String, _ day: Int64, _ connection: any Connection
    ) throws -> Nanodollars {
        let sum: Nanodollars? = try connection.query(
            """
            SELECT SUM(p.nanos) AS nanos FROM ledger_transfer t JOIN ledger_posting p ON p.transfer = t.id AND p.nanos > 0
            WHERE t.kind = ? AND t.day = ? AND (? = '\(total)' OR t.provider = ?)
                AND t.origin IN ('computed', 'reported')
            """, [kind, day, scope, scope]
        ).first?.get("nanos")
        return sum ?? .zero
    }

    private static func held(_ scope: String, _ day: Int64, _ connection: any Connection) throws -> Nanodollars {
        let sum: Nanodollars? = try connection.query(
            """
            SELECT SUM(nanos) AS nanos FROM ledger_hold
            WHERE outcome IS NULL AND day = ? AND (? = '\(total)' OR provider = ?)
            """, [day, scope, scope]
        ).first?.get("nanos")
        return sum ?? .zero
    }
}
