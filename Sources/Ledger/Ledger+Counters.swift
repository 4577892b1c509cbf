import Storage

/// What one scope has spent and set aside on one day.
struct Counter: Sendable, Equatable {
    var posted = Nanodollars.zero
    var overage = Nanodollars.zero
    var held = Nanodollars.zero
    var refusedAt: Int64?

    var spent: Nanodollars { posted + overage }
}

extension Ledger {
    static func counter(_ scope: String, day: Int64, on connection: any Connection) throws -> Counter {
        let row = try connection.query("SELECT * FROM ledger_counter WHERE scope = ? AND day = ?", [scope, day]).first
        guard let row else { return Counter() }
        return Counter(
            posted: try row.get("posted"), overage: try row.get("overage"), held: try row.get("held"),
            refusedAt: try row.get("refused_at"))
    }

    /// Adds to the counters of all the scopes.
    static func count(
        _ scopes: [String], day: Int64, posted: Nanodollars = .zero, overage: Nanodollars = .zero,
        held: Nanodollars = .zero, on connection: any Connection
    ) throws {
        for scope in scopes {
            try ensureCounter(scope, day, connection)
            try connection.execute(
                """
                UPDATE ledger_counter SET posted = posted + ?, overage = overage + ?, held = held + ?
                WHERE scope = ? AND day = ?
                """, [posted, overage, held, scope, day])
        }
    }

    static func countRefusal(_ scope: String, day: Int64, on connection: any Connection, at now: Int64) throws {
        try ensureCounter(scope, day, connection)
        try connection.execute(
            "UPDATE ledger_counter SET refused_at = ? WHERE scope = ? AND day = ?", [now, scope, day])
    }

    private static func ensureCounter(_ scope: String, _ day: Int64, _ connection: any Connection) throws {
        try connection.execute(
            """
            INSERT INTO ledger_counter (scope, day, posted, overage, held) VALUES (?, ?, 0, 0, 0)
            ON CONFLICT (scope, day) DO NOTHING
            """, [scope, day])
    }
}
