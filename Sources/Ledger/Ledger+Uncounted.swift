import Storage

/// What has happened to a hold, and its counters do not know yet: it is held there still, so that the budget can only look
/// fuller than it is. The row is written in the commit that ended the hold, and goes in the one that counts it: whoever dies
/// between the two, another process's next batch counts it.
struct Uncounted: Sendable, Equatable {
    let hold: Hold
    /// How much of the hold was spent.
    var posted = Nanodollars.zero
    /// Whether the hold has ended with it. It had not when a cost came after its end.
    var givesBack: Bool
    /// What the hours' sums have to be told, besides `posted`. Budgets know of an overage already.
    var overage = Nanodollars.zero
    var quantity: Int64 = 0
    var entries: Int64 = 0

    /// What budgets have to be told.
    var change: Counter {
        guard givesBack else { return Counter() }
        return Counter(
            posted: posted, held: .zero - hold.amount,
            // What was released was not called.
            requests: entries == 0 ? -1 : 0)
    }
}

extension Ledger {
    private static let countedAtOnce = 2000

    static func countLater(_ ended: Uncounted, on connection: any Connection) throws {
        try connection.execute(
            """
            INSERT INTO ledger_uncounted (hold, posted, gives_back, overage, quantity, entries)
            VALUES \(Placeholders.rows(1, of: 6))
            ON CONFLICT (hold) DO UPDATE SET overage = excluded.overage, quantity = excluded.quantity,
                entries = excluded.entries
            """,
            [ended.hold.key, ended.posted, ended.givesBack, ended.overage, ended.quantity, ended.entries])
    }

    /// Takes what is not counted; what another transaction is taking it passes over.
    static func takeUncounted(on connection: any Connection) throws -> [Uncounted] {
        try uncounted(
            connection.query(
                """
                DELETE FROM ledger_uncounted WHERE hold IN (
                    SELECT hold FROM ledger_uncounted LIMIT \(countedAtOnce)\(connection.dialect.forUpdateSkipLocked))
                RETURNING *
                """), on: connection)
    }

    /// All that is not counted, for reports, which count it in passing.
    static func uncounted(on connection: any Connection) throws -> [Uncounted] {
        try uncounted(connection.query("SELECT * FROM ledger_uncounted"), on: connection)
    }

    private static func uncounted(_ rows: [Row], on connection: any Connection) throws -> [Uncounted] {
        var holds: [String: Hold] = [:]
        for page in try rows.map({ try $0.get("hold", as: String.self) }).chunks(of: countedAtOnce) {
            holds.merge(try Ledger.holds(Array(page), on: connection)) { first, _ in first }
        }
        return try rows.map { row in
            let key: String = try row.get("hold")
            guard let hold = holds[key] else { throw LedgerError.unknownHold(key: key) }
            return Uncounted(
                hold: hold, posted: try row.get("posted"), givesBack: try row.get("gives_back"),
                overage: try row.get("overage"), quantity: try row.get("quantity"), entries: try row.get("entries"))
        }
    }

    static func uncounted(_ scope: String, day: Int64, on connection: any Connection) throws -> Counter {
        let row = try connection.first(
            """
            SELECT COALESCE(SUM(u.posted), 0) AS posted, COALESCE(SUM(h.nanos), 0) AS held
            FROM ledger_uncounted u JOIN ledger_hold h ON h.id = u.hold
            WHERE u.gives_back = 1 AND h.day = ? AND (? = '\(total)' OR h.provider = ?)
            """, [day, scope, scope])
        guard let row else { return Counter() }
        return Counter(posted: try row.get("posted"), held: .zero - (try row.get("held", as: Nanodollars.self)))
    }
}
