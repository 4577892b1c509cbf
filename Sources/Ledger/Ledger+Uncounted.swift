import Storage

/// A hold that has ended, whose counters do not know it yet: it is held there still, so that the budget can only look fuller
/// than it is. The row is written in the commit that ended the hold, and goes in the one that counts it: whoever dies
/// between the two, another process's next batch counts it.
struct Uncounted: Sendable, Equatable {
    let hold: Hold
    /// How much of the hold was spent.
    let posted: Nanodollars

    var change: Counter { Counter(posted: posted, held: .zero - hold.amount) }
}

extension Ledger {
    private static let countedAtOnce = 2000

    static func countLater(_ ended: [Uncounted], on connection: any Connection) throws {
        guard !ended.isEmpty else { return }
        try connection.execute(
            "INSERT INTO ledger_uncounted (hold, posted) VALUES \(Placeholders.rows(ended.count, of: 2))",
            ended.flatMap { [$0.hold.key, $0.posted] as [any SQLConvertible] })
    }

    /// Takes what has ended and is not counted; what another transaction is taking it passes over.
    static func takeUncounted(on connection: any Connection) throws -> [Uncounted] {
        let rows = try connection.query(
            """
            DELETE FROM ledger_uncounted WHERE hold IN (
                SELECT hold FROM ledger_uncounted LIMIT \(countedAtOnce)\(connection.dialect.forUpdateSkipLocked))
            RETURNING hold, posted
            """)
        let holds = try holds(rows.map { try $0.get("hold") }, on: connection)
        return try rows.map { row in
            let key: String = try row.get("hold")
            guard let hold = holds[key] else { throw LedgerError.unknownHold(key: key) }
            return Uncounted(hold: hold, posted: try row.get("posted"))
        }
    }

    static func uncounted(_ scope: String, day: Int64, on connection: any Connection) throws -> Counter {
        let row = try connection.first(
            """
            SELECT COALESCE(SUM(u.posted), 0) AS posted, COALESCE(SUM(h.nanos), 0) AS held
            FROM ledger_uncounted u JOIN ledger_hold h ON h.id = u.hold
            WHERE h.day = ? AND (? = '\(total)' OR h.provider = ?)
            """, [day, scope, scope])
        guard let row else { return Counter() }
        return Counter(posted: try row.get("posted"), held: .zero - (try row.get("held", as: Nanodollars.self)))
    }
}
