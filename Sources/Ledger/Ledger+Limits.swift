import Storage

extension Ledger {
    /// Sets a limit from its `effectiveFrom` on, for ever or until its end, when the one before returns. Setting what is in
    /// force already changes nothing.
    /// - Parameter actor: who sets it; nil where that is not known.
    /// - Throws: `LedgerError.invalidAmount`, `DatabaseError`.
    package static func setLimit(_ limit: Limit, by actor: String? = nil, on connection: any Connection) throws {
        guard limit.amount != nil || limit.requests != nil else {
            throw LedgerError.invalidAmount("the limit \(limit.name) limits neither money nor requests")
        }
        let largest = limit.amount ?? .zero
        guard largest >= .zero, largest <= .largest, limit.reserve >= .zero, limit.reserve <= largest,
            limit.requests ?? 0 >= 0
        else { throw LedgerError.invalidAmount("a limit of \(largest) USD with a reserve of \(limit.reserve)") }
        let inForce = try limits(on: connection, at: limit.effectiveFrom).first { $0.name == limit.name }
        let current =
            try limit.effectiveTo == nil
            ? connection.first(
                "SELECT * FROM ledger_limit WHERE name = ? AND effective_to IS NULL ORDER BY version DESC LIMIT 1",
                [limit.name]
            ).map(Self.limit)
            : inForce
        // A raise that is in force stays: what returns after it is what is compared.
        if current?.isSame(as: limit) == true { return }
        // What no limit of this name counts like this now would go on from what was counted then.
        if inForce.map(limit.countsAs) != true {
            try forgetWindows(of: limit.name, endingAfter: limit.effectiveFrom, on: connection)
        }
        try insert(limit, on: connection)
        // The latest row is in force: one that was raised for a time is so until then, whatever is to return.
        if let raise = inForce, raise.effectiveTo != nil, limit.effectiveTo == nil, limit.countsAs(raise) {
            try insert(raise, on: connection)
        }
        let change = LimitChange(
            name: limit.name, scope: limit.scope, before: current.map { LimitTerms($0) }, after: LimitTerms(limit),
            at: limit.effectiveFrom, until: limit.effectiveTo, by: actor, reason: limit.reason)
        try record(change, on: connection)
    }

    private static func insert(_ limit: Limit, on connection: any Connection) throws {
        let last: Int64? = try connection.first(
            "SELECT MAX(version) AS version FROM ledger_limit WHERE name = ?", [limit.name])?.get("version")
        try connection.execute(
            """
            INSERT INTO ledger_limit (name, version, scope, period, zone, nanos, requests, reserve, warn, action,
                effective_from, effective_to, reason)
            VALUES \(Placeholders.rows(1, of: 13))
            """,
            [
                limit.name, (last ?? 0) + 1, limit.scope, limit.period.rawValue, limit.zone, limit.amount,
                limit.requests, limit.reserve, limit.warnings.map(String.init).joined(separator: ","),
                limit.action.rawValue, limit.effectiveFrom, limit.effectiveTo, limit.reason,
            ])
    }

    /// Ends the limits that the environment's file does not name any more.
    package static func keepLimits(
        _ names: Set<String>, reason: String, by actor: String? = nil, on connection: any Connection, at now: Int64
    ) throws {
        for limit in try limits(on: connection, at: now) where !names.contains(limit.name) {
            try connection.execute(
                "UPDATE ledger_limit SET effective_to = ? WHERE name = ? AND (effective_to IS NULL OR effective_to > ?)",
                [now, limit.name, now])
            let change = LimitChange(
                name: limit.name, scope: limit.scope, before: LimitTerms(limit), after: nil, at: now, until: nil,
                by: actor,
                reason: reason)
            try record(change, on: connection)
            try forgetWindows(of: limit.name, endingAfter: now, on: connection)
        }
    }

    /// The windows of a limit that have not ended: who needs one makes it anew, from all that it has seen.
    private static func forgetWindows(
        of name: String, endingAfter now: Int64, on connection: any Connection
    ) throws {
        try connection.execute("DELETE FROM ledger_window WHERE name = ? AND ends_at > ?", [name, now])
    }

    /// By name: when somebody set a limit last, be it in force or not.
    static func lastSet(on connection: any Connection) throws -> [String: Int64] {
        let rows = try connection.query("SELECT name, MAX(effective_from) AS at FROM ledger_limit GROUP BY name")
        let times = try rows.map { (try $0.get("name", as: String.self), try $0.get("at", as: Int64.self)) }
        return Dictionary(times) { first, _ in first }
    }

    /// The limits in force, by name.
    package static func limits(on connection: any Connection, at now: Int64) throws -> [Limit] {
        let rows = try connection.query(
            """
            SELECT * FROM ledger_limit WHERE effective_from <= ? AND (effective_to IS NULL OR effective_to > ?)
            ORDER BY name, version DESC
            """, [now, now])
        return Dictionary(try rows.map(limit).map { ($0.name, $0) }) { newest, _ in newest }.values
            .sorted { $0.name < $1.name }
    }

    /// How the limits stand now. Of a limit for each of something, those that have been counted.
    package static func limitStates(on connection: any Connection, at now: Int64) throws -> [LimitState] {
        let limits = try limits(on: connection, at: now)
        // By a raise somebody sets it; by its end nobody does.
        let setAt = limits.isEmpty ? [:] : try lastSet(on: connection)
        // What stops does so in later periods as well.
        let stops = try lastRefusals(of: limits.filter { $0.action == .stop }.map(\.name), on: connection)
        return try limits.flatMap { limit in
            let window = LedgerCalendar.window(limit.period, zone: limit.zone, containing: now)
            let rows = try connection.query(
                "SELECT * FROM ledger_window WHERE name = ? AND starts_at = ? AND ends_at = ? ORDER BY scope",
                [limit.name, window.startsAt, window.endsAt])
            let counted = try rows.map { row in
                (try row.get("scope", as: String.self), try windowCounter(row))
            }
            let found = counted.isEmpty && !limit.scope.hasSuffix(":*") ? [(limit.scope, Counter())] : counted
            return found.map { scope, counter in
                let refusal = stops["\(limit.name)/\(scope)"] ?? counter.refusedAt
                let isReached = refusal.map { $0 > setAt[limit.name] ?? limit.effectiveFrom } ?? false
                return LimitState(
                    limit: limit, scope: scope, window: window, spent: counter.spent, held: counter.held,
                    requests: counter.requests, isReached: isReached)
            }
        }
    }

    /// By limit and scope: when something was last refused.
    static func lastRefusals(
        of names: [String], on connection: any Connection
    ) throws -> [String: Int64] {
        guard !names.isEmpty else { return [:] }
        let rows = try connection.query(
            """
            SELECT name, scope, MAX(refused_at) AS at FROM ledger_window
            WHERE name IN \(Placeholders.list(names.count)) AND refused_at IS NOT NULL GROUP BY name, scope
            """, names)
        let times = try rows.map { row in
            (
                "\(try row.get("name", as: String.self))/\(try row.get("scope", as: String.self))",
                try row.get("at", as: Int64.self)
            )
        }
        return Dictionary(times) { first, _ in first }
    }

    static func windowCounter(_ row: Row) throws -> Counter {
        var counter = try counter(row)
        counter.requests = try row.get("requests")
        return counter
    }

    private static func limit(_ row: Row) throws -> Limit {
        let (period, action): (String, String) = (try row.get("period"), try row.get("action"))
        guard let period = Limit.Period(rawValue: period), let action = Limit.Action(rawValue: action) else {
            throw DatabaseError.unexpectedColumn(name: "period", reason: "\(period) or \(action) is not known here")
        }
        return Limit(
            name: try row.get("name"), scope: try row.get("scope"), period: period, zone: try row.get("zone"),
            amount: try row.get("nanos"), requests: try row.get("requests"), reserve: try row.get("reserve"),
            action: action, warnings: try row.get("warn", as: String.self).split(separator: ",").compactMap { Int($0) },
            effectiveFrom: try row.get("effective_from"), effectiveTo: try row.get("effective_to"),
            reason: try row.get("reason"))
    }
}
