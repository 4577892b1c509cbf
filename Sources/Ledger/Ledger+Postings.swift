import Storage

extension Ledger {
    /// Records what a call cost, and ends its hold. It never refuses reality: what the hold does not cover is recorded as
    /// an overage, which freezes the provider's budget; so is everything when the hold had ended before. Once for each
    /// key: posting again changes nothing, and answers with what was recorded.
    /// - Throws: `LedgerError.unknownHold`, `LedgerError.invalidAmount`, `DatabaseError`.
    @discardableResult
    package static func post(
        _ key: String, _ actual: ActualCost, on connection: any Connection, at now: Int64
    ) throws -> Posting {
        guard let hold = try hold(key, on: connection) else { throw LedgerError.unknownHold(key: key) }
        if let posted = try posting(key, on: connection) { return posted }
        let cost = try cost(actual, hold, connection)
        let covered = try end(hold, .posted, on: connection, at: now) ? min(cost, hold.amount) : .zero
        let overage = cost - covered
        let entry = Entry(hold: hold, actual: actual, postedAt: now)
        try record(entry, "cost", covered, on: connection)
        if overage > .zero {
            let transfer = try record(entry, "overage", overage, on: connection)
            try connection.execute(
                "INSERT INTO ledger_freeze (transfer, scope, day, nanos, frozen_at) VALUES (?, ?, ?, ?, ?)",
                [transfer, hold.provider, day(of: now), overage, now])
        }
        try count(hold.scopes, day: hold.day, posted: covered, overage: overage, on: connection)
        return Posting(key: key, cost: cost, overage: overage)
    }

    /// What was recorded under a key; nil before it was.
    package static func posting(_ key: String, on connection: any Connection) throws -> Posting? {
        let rows = try connection.query(
            """
            SELECT t.kind AS kind, p.nanos AS nanos FROM ledger_transfer t
            JOIN ledger_posting p ON p.transfer = t.id AND p.nanos >= 0 WHERE t.hold = ?
            """, [key])
        if rows.isEmpty { return nil }
        var cost = Nanodollars.zero
        var overage = Nanodollars.zero
        for row in rows {
            let amount: Nanodollars = try row.get("nanos")
            cost = cost + amount
            if try row.get("kind") == "overage" { overage = overage + amount }
        }
        return Posting(key: key, cost: cost, overage: overage)
    }

    /// What was spent for one thing, such as a job.
    package static func cost(of reference: String, on connection: any Connection) throws -> Nanodollars {
        let sum: Nanodollars? = try connection.query(
            """
            SELECT SUM(p.nanos) AS nanos FROM ledger_transfer t
            JOIN ledger_posting p ON p.transfer = t.id AND p.nanos > 0 WHERE t.reference = ?
            """, [reference]
        ).first?.get("nanos")
        return sum ?? .zero
    }

    private struct Entry {
        let hold: Hold
        let actual: ActualCost
        let postedAt: Int64
    }

    private static func cost(_ actual: ActualCost, _ hold: Hold, _ connection: any Connection) throws -> Nanodollars {
        guard actual.units >= 0 else { throw LedgerError.invalidAmount("\(actual.units) units") }
        switch actual {
        case .reported(let cost, _):
            guard cost >= .zero, cost <= .largest else { throw LedgerError.invalidAmount("\(cost) USD") }
            return cost
        case .units(let units):
            guard let price = try price(id: hold.priceID, on: connection) else {
                throw LedgerError.noPrice(sku: hold.priceID)
            }
            return try price.cost(of: units, rounding: .nearest)
        }
    }

    /// One transfer and its two postings, which sum to zero: the expense grows by what we come to owe the provider.
    /// - Returns: the transfer's id.
    @discardableResult
    private static func record(
        _ entry: Entry, _ kind: String, _ amount: Nanodollars, on connection: any Connection
    ) throws -> String {
        let hold = entry.hold
        let origin = if case .reported = entry.actual { "reported" } else { "computed" }
        let id = "\(hold.key)/\(kind)"
        try connection.execute(
            """
            INSERT INTO ledger_transfer
                (id, kind, hold, reference, price, provider, quantity, origin, day, posted_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                id, kind, hold.key, hold.reference, hold.priceID, hold.provider,
                kind == "cost" ? entry.actual.units : 0,
                origin, hold.day, entry.postedAt,
            ])
        let debit = kind == "cost" ? "expense" : "overage"
        for (account, nanos) in [(debit, amount), ("payable", .zero - amount)] {
            try connection.execute(
                "INSERT INTO ledger_account (id, kind) VALUES (?, ?) ON CONFLICT (id) DO NOTHING",
                ["\(account):\(hold.provider)", account])
            try connection.execute(
                "INSERT INTO ledger_posting (transfer, account, nanos) VALUES (?, ?, ?)",
                [id, "\(account):\(hold.provider)", nanos])
        }
        return id
    }
}
