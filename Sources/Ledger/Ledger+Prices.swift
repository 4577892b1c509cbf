import Storage

extension Ledger {
    /// The price in force at a time: the newest that has begun and not ended.
    package static func price(of sku: String, on connection: any Connection, at now: Int64) throws -> Price? {
        try prices(of: [sku], on: connection, at: now)[sku]
    }

    /// The prices in force at a time, of those that have one.
    static func prices(
        of skus: Set<String>, on connection: any Connection, at now: Int64
    ) throws -> [String: Price] {
        guard !skus.isEmpty else { return [:] }
        let rows = try connection.query(
            """
            SELECT * FROM ledger_price WHERE sku IN \(Placeholders.list(skus.count)) AND effective_from <= ?
                AND (effective_to IS NULL OR effective_to > ?)
            ORDER BY sku, effective_from DESC
            """, skus.sorted() + [now, now] as [any SQLConvertible])
        return Dictionary(try rows.map(price).map { ($0.sku, $0) }) { newest, _ in newest }
    }

    /// All prices, by name and age; not what stands in for those that imported costs were made from.
    package static func prices(on connection: any Connection) throws -> [Price] {
        try connection.query("SELECT * FROM ledger_price ORDER BY sku, effective_from").map(price)
            .filter { !$0.isUnpriced }
    }

    /// The newest price of what was ever booked, also of what was only imported.
    package static func lastPrice(of sku: String, on connection: any Connection) throws -> Price? {
        try connection.first(
            "SELECT * FROM ledger_price WHERE sku = ? ORDER BY effective_from DESC LIMIT 1", [sku]
        ).map(price)
    }

    /// Adds a price; from `effectiveFrom` on it takes the place of the one before. Costs that were recorded keep theirs.
    /// - Throws: `DatabaseError.constraint` when the name has a price from that very time already.
    package static func add(_ price: Price, on connection: any Connection) throws {
        guard price.per > 0, price.amount >= .zero, price.amount <= .largest else {
            throw LedgerError.invalidAmount("\(price.amount) USD per \(price.per) \(price.unit)s")
        }
        try connection.execute(
            """
            INSERT INTO ledger_price (id, sku, provider, unit, nanos, per, effective_from, effective_to, source)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                price.id, price.sku, price.provider, price.unit, price.amount, price.per, price.effectiveFrom,
                price.effectiveTo, price.source,
            ])
    }

    static func prices(ids: Set<String>, on connection: any Connection) throws -> [String: Price] {
        guard !ids.isEmpty else { return [:] }
        let rows = try connection.query(
            "SELECT * FROM ledger_price WHERE id IN \(Placeholders.list(ids.count))", ids.sorted())
        return Dictionary(try rows.map(price).map { ($0.id, $0) }) { first, _ in first }
    }

    private static func price(_ row: Row) throws -> Price {
        Price(
            sku: try row.get("sku"), provider: try row.get("provider"), unit: try row.get("unit"),
            amount: try row.get("nanos"), per: try row.get("per"), effectiveFrom: try row.get("effective_from"),
            effectiveTo: try row.get("effective_to"), source: try row.get("source"))
    }
}

/// What comes out when entries are priced anew, each at the price that it names.
package struct Repricing: Sendable, Equatable {
    package var entries = 0
    /// The keys of those that come out differently; what a provider reported itself is not among them.
    package var differing: [String] = []
}

extension Ledger {
    /// Prices the computed costs of calls that began from one time until another, exclusive, anew.
    package static func repriced(from: Int64, until: Int64, on connection: any Connection) throws -> Repricing {
        let rows = try connection.query(
            """
            SELECT t.hold AS hold, t.price AS price, t.quantity AS quantity FROM ledger_transfer t
            JOIN ledger_hold h ON h.id = t.hold
            WHERE t.kind = 'cost' AND t.origin = 'computed' AND t.day >= ? AND t.day <= ?
                AND h.held_at >= ? AND h.held_at < ? ORDER BY t.hold
            """, [day(of: from), day(of: until), from, until])
        let prices = try prices(ids: Set(rows.map { try $0.get("price") }), on: connection)
        var repricing = Repricing(entries: rows.count)
        for page in rows.chunks(of: 500) {
            let postings = try postings(page.map { try $0.get("hold", as: String.self) }, on: connection)
            for row in page {
                let (key, price): (String, String) = (try row.get("hold"), try row.get("price"))
                let cost = try prices[price]?.cost(of: row.get("quantity"), rounding: .nearest)
                if cost == nil || cost != postings[key]?.cost { repricing.differing.append(key) }
            }
        }
        return repricing
    }
}
