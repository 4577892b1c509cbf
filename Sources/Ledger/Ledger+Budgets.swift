import Storage

/// How much may be spent a UTC day.
package struct Budget: Sendable, Equatable {
    package let scope: String
    package let limit: Nanodollars
    /// The part of the limit that only smoke tests may use.
    package let reserve: Nanodollars
    package let effectiveFrom: Int64
    package let effectiveTo: Int64?
    package let reason: String

    /// Whether it says that nothing limits the scope any more.
    var isNone: Bool { limit == .largest }
}

extension Ledger {
    /// Sets a scope's limit from `now` on, for ever or until `effectiveTo`, when the one before returns. Setting what is
    /// in force already changes nothing.
    /// - Parameters:
    ///   - scope: `total`, or a provider's name.
    ///   - reserve: the part of the limit for smoke tests; a fiftieth when nil.
    ///   - actor: who sets it; nil where that is not known.
    package static func setBudget(
        _ scope: String, limit: Nanodollars, reserve: Nanodollars? = nil, reason: String, by actor: String? = nil,
        until effectiveTo: Int64? = nil,
        on connection: any Connection, at now: Int64
    ) throws {
        let reserve = reserve ?? Nanodollars(limit.count / 50)
        guard limit >= .zero, limit <= .largest, reserve >= .zero, reserve <= limit else {
            throw LedgerError.invalidAmount("a limit of \(limit) USD with a reserve of \(reserve)")
        }
        // A raise that is in force stays: what returns after it is what is compared.
        let current =
            try effectiveTo == nil
            ? connection.first(
                "SELECT * FROM ledger_budget WHERE scope = ? AND effective_to IS NULL ORDER BY version DESC LIMIT 1",
                [scope]
            ).map(budget) : budget(of: scope, on: connection, at: now)
        if let current, current.limit == limit, current.reserve == reserve, current.effectiveTo == effectiveTo {
            return
        }
        let raise = try budget(of: scope, on: connection, at: now).flatMap { $0.effectiveTo == nil ? nil : $0 }
        let fresh = Budget(
            scope: scope, limit: limit, reserve: reserve, effectiveFrom: now, effectiveTo: effectiveTo, reason: reason)
        try insert(fresh, on: connection)
        // The latest row is in force: one that was raised for a time is so until then, whatever is to return.
        if let raise, effectiveTo == nil, !fresh.isNone { try insert(raise, on: connection) }
        let change = LimitChange(
            name: scope, scope: scope, before: current.flatMap { $0.isNone ? nil : LimitTerms($0) },
            after: limit == .largest
                ? nil : LimitTerms(amount: limit, requests: nil, words: "day (UTC), defer"), at: now,
            until: effectiveTo, by: actor, reason: reason)
        try record(change, on: connection)
    }

    private static func insert(_ budget: Budget, on connection: any Connection) throws {
        let last: Int64? = try connection.query(
            "SELECT MAX(version) AS version FROM ledger_budget WHERE scope = ?", [budget.scope]
        ).first?.get("version")
        try connection.execute(
            """
            INSERT INTO ledger_budget (scope, version, nanos, reserve, effective_from, effective_to, reason)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            [
                budget.scope, (last ?? 0) + 1, budget.limit, budget.reserve, budget.effectiveFrom, budget.effectiveTo,
                budget.reason,
            ])
    }

    /// Ends the budgets that the environment's file does not name any more.
    package static func keepBudgets(
        _ scopes: Set<String>, reason: String, by actor: String? = nil, on connection: any Connection, at now: Int64
    ) throws {
        let rows = try connection.query(
            "SELECT * FROM ledger_budget WHERE effective_to IS NULL ORDER BY scope, version DESC")
        let lasting = Dictionary(try rows.map(budget).map { ($0.scope, $0) }) { newest, _ in newest }
        for budget in lasting.values.sorted(by: { $0.scope < $1.scope })
        where !scopes.contains(budget.scope) && !budget.isNone {
            // Rows never change: what ends it is one that limits nothing.
            try setBudget(
                budget.scope, limit: .largest, reserve: .zero, reason: reason, by: actor, on: connection, at: now)
        }
    }

    /// The budget in force for a scope; nil means that nothing limits it.
    package static func budget(of scope: String, on connection: any Connection, at now: Int64) throws -> Budget? {
        try budgets(of: [scope], on: connection, at: now)[scope]
    }

    /// The budgets in force for those of the scopes that have one.
    static func budgets(
        of scopes: [String], on connection: any Connection, at now: Int64
    ) throws -> [String: Budget] {
        guard !scopes.isEmpty else { return [:] }
        let rows = try connection.query(
            """
            SELECT * FROM ledger_budget WHERE scope IN \(Placeholders.list(scopes.count)) AND effective_from <= ?
                AND (effective_to IS NULL OR effective_to > ?)
            ORDER BY scope, version DESC
            """, scopes + [now, now] as [any SQLConvertible])
        return Dictionary(try rows.map(budget).map { ($0.scope, $0) }) { newest, _ in newest }.filter {
            !$0.value.isNone
        }
    }

    /// The budgets in force, by scope.
    package static func budgets(on connection: any Connection, at now: Int64) throws -> [Budget] {
        try connection.query("SELECT DISTINCT scope FROM ledger_budget ORDER BY scope")
            .compactMap { row in try budget(of: row.get("scope"), on: connection, at: now) }
    }

    /// Lets a frozen scope go on, for a reason that stays on record.
    /// - Returns: how many freezes it lifted.
    @discardableResult
    package static func liftFreezes(
        of scope: String, reason: String, on connection: any Connection, at now: Int64
    ) throws -> Int {
        try connection.execute(
            "UPDATE ledger_freeze SET lifted_at = ?, reason = ? WHERE scope = ? AND lifted_at IS NULL",
            [now, reason, scope])
    }

    /// The scopes that are frozen now.
    static func freezes(on connection: any Connection, at now: Int64) throws -> [String: ScopeFreeze] {
        let rows = try connection.query(
            """
            SELECT scope, SUM(nanos) AS nanos, MAX(frozen_at) AS frozen_at FROM ledger_freeze
            WHERE day >= ? AND frozen_at > ? AND lifted_at IS NULL GROUP BY scope
            """, [day(of: now - ScopeFreeze.length), now - ScopeFreeze.length])
        let freezes = try rows.map { row in
            let last: Int64 = try row.get("frozen_at")
            return (
                try row.get("scope", as: String.self),
                ScopeFreeze(overage: try row.get("nanos"), endsAt: last + ScopeFreeze.length)
            )
        }
        return Dictionary(freezes) { first, _ in first }
    }

    private static func budget(_ row: Row) throws -> Budget {
        Budget(
            scope: try row.get("scope"), limit: try row.get("nanos"), reserve: try row.get("reserve"),
            effectiveFrom: try row.get("effective_from"), effectiveTo: try row.get("effective_to"),
            reason: try row.get("reason"))
    }
}
