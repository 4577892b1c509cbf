import Storage

extension Ledger {
    /// Looks for what must never be.
    /// It reads every entry, in one transaction.
    /// - Parameter now: windows of limits that had ended by then are left alone: nothing is decided by them any more.
    /// - Returns: a sentence each; none when the books are right.
    package static func findings(on connection: any Connection, at now: Int64 = .min) throws -> [String] {
        var findings: [String] = []
        let balance: Nanodollars? = try connection.query("SELECT SUM(nanos) AS nanos FROM ledger_posting").first?
            .get("nanos")
        if let balance, balance != .zero { findings.append("The trial balance is \(balance) USD, not zero.") }
        for row in try connection.query(
            "SELECT transfer FROM ledger_posting GROUP BY transfer HAVING SUM(nanos) <> 0 OR COUNT(*) <> 2")
        {
            findings.append("The transfer \(try row.get("transfer", as: String.self)) does not balance.")
        }
        findings += try counterFindings(on: connection)
        findings += try windowFindings(endingAfter: now, on: connection)
        return try findings + hourFindings(on: connection)
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

    /// Windows count what waits as held, and so does what a window has seen.
    private static func windowFindings(endingAfter now: Int64, on connection: any Connection) throws -> [String] {
        let rows = try connection.query(
            "SELECT * FROM ledger_window WHERE ends_at > ? ORDER BY name, scope, starts_at", [now])
        return try rows.flatMap { row -> [String] in
            let (name, scope): (String, String) = (try row.get("name"), try row.get("scope"))
            let window = LimitWindow(startsAt: try row.get("starts_at"), endsAt: try row.get("ends_at"))
            let (counted, sum) = (try windowCounter(row), try soFar(scope, window, on: connection))
            let amounts = [
                ("posted", counted.posted, sum.posted), ("overage", counted.overage, sum.overage),
                ("held", counted.held, sum.held),
            ].filter { $0.1 != $0.2 }.map { ($0.0, "\($0.1) USD", "\($0.2)") }
            let requests =
                counted.requests == sum.requests ? [] : [("requests", "\(counted.requests)", "\(sum.requests)")]
            return (amounts + requests).map { what, counted, sum in
                "The limit \(name) counts \(what) of \(scope) from \(hour(window.startsAt)) on as \(counted), but its rows "
                    + "sum to \(sum)."
            }
        }
    }

    private struct HourOfSKU: Hashable {
        let startsAt: Int64
        let sku: String
    }

    /// The hours' sums, with what waits to be counted, are those of the entries.
    private static func hourFindings(on connection: any Connection) throws -> [String] {
        var counted = try hours(
            """
            SELECT starts_at, sku, SUM(nanos) AS nanos, SUM(overage) AS overage, SUM(quantity) AS quantity,
                SUM(entries) AS entries FROM ledger_hour GROUP BY starts_at, sku
            """, on: connection)
        for waiting in try uncounted(on: connection) where waiting.entries > 0 {
            let key = HourOfSKU(startsAt: HourKey(waiting.hold).startsAt, sku: waiting.hold.sku)
            counted[key] = (counted[key] ?? HourSum()) + HourSum(waiting)
        }
        let start = "h.held_at - h.held_at % \(HourKey.microseconds)"
        let booked = try hours(
            """
            SELECT \(start) AS starts_at, p.sku AS sku, SUM(g.nanos) AS nanos,
                SUM(CASE WHEN t.kind = 'overage' THEN g.nanos ELSE 0 END) AS overage, SUM(t.quantity) AS quantity,
                SUM(CASE WHEN t.kind = 'cost' THEN COALESCE(h.calls, 1) ELSE 0 END) AS entries
            FROM ledger_transfer t JOIN ledger_posting g ON g.transfer = t.id AND g.account NOT LIKE 'payable:%'
                JOIN ledger_hold h ON h.id = t.hold JOIN ledger_price p ON p.id = t.price
            GROUP BY \(start), p.sku
            """, on: connection)
        return Set(counted.keys).union(booked.keys).sorted { ($0.startsAt, $0.sku) < ($1.startsAt, $1.sku) }
            .compactMap { key in
                let (sum, rows) = (counted[key] ?? HourSum(), booked[key] ?? HourSum())
                guard sum != rows else { return nil }
                return
                    "The sums of \(key.sku) in the hour from \(hour(key.startsAt)) on are \(sum.text), but its rows sum to "
                    + "\(rows.text)."
            }
    }

    private static func hours(_ query: String, on connection: any Connection) throws -> [HourOfSKU: HourSum] {
        let sums = try connection.query(query).map { row in
            (
                HourOfSKU(startsAt: try row.get("starts_at"), sku: try row.get("sku")),
                HourSum(
                    nanos: try row.get("nanos"), overage: try row.get("overage"), quantity: try row.get("quantity"),
                    entries: try row.get("entries"))
            )
        }
        return Dictionary(sums, uniquingKeysWith: +)
    }

    /// Such as `2026-11-22T05:15Z`.
    private static func hour(_ time: Int64) -> String {
        let minutes = (time - day(of: time) * 86_400_000_000) / 60_000_000
        func padded(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(CivilDay.text(day(of: time)))T\(padded(minutes / 60)):\(padded(minutes % 60))Z"
    }
}

extension HourSum {
    fileprivate var text: String {
        "\(nanos) USD, of them \(overage) beyond holds, for \(quantity) units in \(entries) calls"
    }
}
