import Storage

/// What a limit allows.
package struct LimitTerms: Sendable, Equatable {
    package var amount: Nanodollars?
    package var requests: Int64?
    /// The rest in words, such as `day (UTC), defer, warned at 50 %, 80 %`.
    package var words: String

    init(amount: Nanodollars?, requests: Int64?, words: String) {
        (self.amount, self.requests, self.words) = (amount, requests, words)
    }

    init(_ limit: Limit) {
        let levels = limit.warnings.map { "\($0) %" }.joined(separator: ", ")
        words =
            "\(limit.period.rawValue) (\(limit.zone)), \(limit.action.rawValue)\(levels.isEmpty ? "" : ", warned at \(levels)")"
        (amount, requests) = (limit.amount, limit.requests)
    }

    /// A day's budget of everything or of a provider.
    init(_ budget: Budget) {
        self.init(amount: budget.limit, requests: nil, words: "day (UTC), defer")
    }
}

/// That somebody set a budget, or a limit of requests, anew. Rows of it never change.
package struct LimitChange: Sendable, Equatable {
    package var name: String
    package var scope: String
    /// Nil where nothing limited it before.
    package var before: LimitTerms?
    /// Nil when it was ended.
    package var after: LimitTerms?
    /// Microseconds since 1970.
    package var at: Int64
    /// When what was before returns; nil for never.
    package var until: Int64?
    /// Nil where it was not put on record.
    package var by: String?
    package var reason: String
}

extension Ledger {
    /// Who changed limits, from what to what, when and why; the latest first.
    /// - Parameter count: of how many at most.
    package static func limitChanges(on connection: any Connection, count: Int = 1_000) throws -> [LimitChange] {
        try connection.query(
            "SELECT * FROM ledger_limit_change ORDER BY changed_at DESC, number DESC, name LIMIT ?", [Int64(count)]
        ).map { row in
            LimitChange(
                name: try row.get("name"), scope: try row.get("scope"), before: try terms("before", row),
                after: try terms("after", row), at: try row.get("changed_at"), until: try row.get("returns_at"),
                by: try row.get("changed_by"), reason: try row.get("reason"))
        }
    }

    static func record(_ change: LimitChange, on connection: any Connection) throws {
        let last: Int64? = try connection.first("SELECT MAX(number) AS number FROM ledger_limit_change")?.get("number")
        try connection.execute(
            """
            INSERT INTO ledger_limit_change (number, name, scope, before_nanos, before_requests, before_words, after_nanos,
                after_requests, after_words, changed_at, returns_at, changed_by, reason)
            VALUES \(Placeholders.rows(1, of: 13))
            """,
            [
                (last ?? 0) + 1, change.name, change.scope, change.before?.amount, change.before?.requests,
                change.before?.words, change.after?.amount, change.after?.requests, change.after?.words, change.at,
                change.until, change.by, change.reason,
            ])
    }

    private static func terms(_ side: String, _ row: Row) throws -> LimitTerms? {
        guard let words = try row.get("\(side)_words", as: String?.self) else { return nil }
        return LimitTerms(
            amount: try row.get("\(side)_nanos"), requests: try row.get("\(side)_requests"), words: words)
    }
}
