import Storage

/// What calls of one kind did cost in an hour at one price: a line of an export.
package struct Charge: Sendable, Equatable {
    package enum Kind: String, Sendable {
        /// What holds covered.
        case cost
        /// What no hold covered.
        case overage
        /// What others reported.
        case imported
        case correction
    }

    /// Microseconds since 1970, the beginning of an hour in UTC.
    package let startsAt: Int64
    package let price: Price
    package let service: String
    package let release: String
    package let user: String
    package let kind: Kind
    /// Who reported what was imported, or why something was corrected; empty for what calls here did cost.
    package let source: String
    package let cost: Nanodollars
    package let quantity: Int64
    package let calls: Int64

    package init(
        startsAt: Int64, price: Price, service: String, release: String, user: String, kind: Kind,
        source: String = "", cost: Nanodollars, quantity: Int64, calls: Int64
    ) {
        (self.startsAt, self.price, self.kind, self.source) = (startsAt, price, kind, source)
        (self.service, self.release, self.user) = (service, release, user)
        (self.cost, self.quantity, self.calls) = (cost, quantity, calls)
    }

    /// What the ids of an environment's charges begin with.
    package static func prefix(_ environment: String) -> String { "tidegate/\(environment)/" }

    /// Names the charge, and no other, in every export of an environment.
    package func id(_ environment: String) -> String {
        let parts = ["\(startsAt / HourKey.microseconds)", price.id, service, release, user, kind.rawValue, source]
        return Self.prefix(environment) + parts.joined(separator: "|")
    }
}

extension Ledger {
    /// The end of the last hour in UTC whose calls have all ended. What was booked for it changes no more, but for costs that
    /// come after the end of their holds.
    package static func recordedUntil(on connection: any Connection, at now: Int64) throws -> Int64 {
        let open: Int64? = try connection.first(
            "SELECT MIN(held_at) AS held_at FROM ledger_hold WHERE outcome IS NULL")?.get("held_at")
        let time = min(now, open ?? now)
        return time - time % HourKey.microseconds
    }

    /// All that was booked for calls that began from one time until another, exclusive, in the order of time. It reads every
    /// entry of that time.
    package static func charges(from: Int64, until: Int64, on connection: any Connection) throws -> [Charge] {
        let hour = "(h.held_at - h.held_at % \(HourKey.microseconds))"
        let names = ["service", "release_id", "user_id"].map { "COALESCE(h.\($0), '')" }
        let kind = "CASE WHEN h.booked_by IS NULL THEN t.kind ELSE t.origin END"
        let source = "CASE WHEN h.booked_by IS NULL THEN '' ELSE h.reference END"
        let rows = try connection.query(
            """
            SELECT \(hour) AS starts_at, t.price AS price, \(names[0]) AS service, \(names[1]) AS release_id,
                \(names[2]) AS user_id, \(kind) AS kind, \(source) AS source,
                SUM(p.nanos) AS nanos, SUM(t.quantity) AS quantity,
                SUM(CASE WHEN t.kind = 'cost' THEN COALESCE(h.calls, 1) ELSE 0 END) AS calls
            FROM ledger_transfer t JOIN ledger_posting p ON p.transfer = t.id AND p.account NOT LIKE 'payable:%'
                JOIN ledger_hold h ON h.id = t.hold
            WHERE t.day >= ? AND t.day <= ? AND h.held_at >= ? AND h.held_at < ?
            GROUP BY \(hour), t.price, \(names.joined(separator: ", ")), \(kind), \(source)
            ORDER BY starts_at, price, service, release_id, user_id, kind, source
            """, [day(of: from), day(of: until - 1), from, until])
        let prices = try prices(ids: Set(rows.map { row in try row.get("price") }), on: connection)
        return try rows.map { row in
            let id: String = try row.get("price")
            guard let price = prices[id] else { throw LedgerError.noPrice(sku: id) }
            let kind: String = try row.get("kind")
            guard let kind = Charge.Kind(rawValue: kind) else {
                throw DatabaseError.unexpectedColumn(name: "kind", reason: "\(kind) is not known here")
            }
            return Charge(
                startsAt: try row.get("starts_at"), price: price, service: try row.get("service"),
                release: try row.get("release_id"), user: try row.get("user_id"),
                kind: kind, source: try row.get("source"), cost: try row.get("nanos"),
                quantity: try row.get("quantity"), calls: try row.get("calls"))
        }
    }
}
