import Storage

/// A cost that no call here has caused: what another reports, or what sets right what was booked before.
package struct Booking: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// What somebody else measured, such as another system's export or a provider's usage file.
        case imported
        /// The difference between what was booked and what is right; may be negative.
        case correction
    }

    package var kind: Kind
    /// Names it for ever, together with its source: booking it twice is booking it once.
    package var id: String
    /// Who reports it, or why it is corrected.
    package var source: String
    package var sku: String
    package var provider: String
    package var unit: String
    /// The price that it was made from, if this ledger has it.
    package var priceID: String?
    /// Microseconds since 1970: the hour and the UTC day that it counts for.
    package var startsAt: Int64
    package var cost: Nanodollars
    package var quantity: Int64
    package var calls: Int64
    package var context: HoldContext

    package init(
        kind: Kind, id: String, source: String, sku: String, provider: String, unit: String, priceID: String? = nil,
        startsAt: Int64, cost: Nanodollars, quantity: Int64 = 0, calls: Int64 = 0, context: HoldContext = HoldContext()
    ) {
        (self.kind, self.id, self.source, self.sku, self.provider) = (kind, id, source, sku, provider)
        (self.unit, self.priceID, self.startsAt, self.cost) = (unit, priceID, startsAt, cost)
        (self.quantity, self.calls, self.context) = (quantity, calls, context)
    }

    var key: String { kind == .imported ? "imported/\(source)/\(id)" : "correction/\(id)" }

    func row(_ price: String) -> Hold {
        Hold(
            key: key, priceID: price, provider: provider, reference: source, amount: max(cost, .zero),
            day: Ledger.day(of: startsAt), context: context, heldAt: startsAt, expiresAt: startsAt, outcome: .posted)
    }
}

/// What became of bookings.
package struct Booked: Sendable, Equatable {
    package var new = 0
    /// Those that were booked before.
    package var known = 0
    /// The sum of the new ones.
    package var cost = Nanodollars.zero

    package init(new: Int = 0, known: Int = 0, cost: Nanodollars = .zero) {
        (self.new, self.known, self.cost) = (new, known, cost)
    }
}

/// What was booked besides calls, by one source.
package struct BookedSum: Sendable, Equatable {
    package let kind: Booking.Kind
    package let source: String
    package let cost: Nanodollars
}

/// Why bookings are refused; nothing of them was written.
package enum BookingProblem: Error, Sendable, Equatable, CustomStringConvertible {
    /// From 0, in the order in which they were given.
    case taken(place: Int, id: String)
    case invalid(place: Int, reason: String)

    package var place: Int {
        switch self {
        case .taken(let place, _), .invalid(let place, _): place
        }
    }

    package var description: String {
        switch self {
        case .taken(_, let id):
            "\(id) was booked before, with another amount, time or name. Rows never change: correct it with "
                + "tidegate cost correct, or give what is new an id of its own."
        case .invalid(_, let reason): reason
        }
    }
}

extension Ledger {
    private static let bookedAtOnce = 500

    /// Books costs that no call here has caused, all or none: rows of their own, balanced as all others, and counted in
    /// reports by their time. They count for no budget, which only hold back what is not bought yet.
    /// - Parameter by: who books them.
    /// - Throws: `BookingProblem`, and then the caller's transaction has to be undone; `DatabaseError`.
    package static func book(
        _ bookings: [Booking], by name: String, on connection: any Connection, at now: Int64
    ) throws -> Booked {
        var booked = Booked()
        for start in stride(from: 0, to: bookings.count, by: bookedAtOnce) {
            let page = bookings[start..<min(start + bookedAtOnce, bookings.count)]
            try book(page, name, &booked, on: connection, at: now)
        }
        return booked
    }

    /// What was booked besides calls for the time from one until another, exclusive, the highest amounts first.
    package static func booked(from: Int64, until: Int64, on connection: any Connection) throws -> [BookedSum] {
        let rows = try connection.query(
            """
            SELECT t.origin AS kind, h.reference AS source, SUM(p.nanos) AS nanos
            FROM ledger_hold h JOIN ledger_transfer t ON t.hold = h.id
                JOIN ledger_posting p ON p.transfer = t.id AND p.account NOT LIKE 'payable:%'
            WHERE h.booked_by IS NOT NULL AND h.day >= ? AND h.day <= ? AND h.held_at >= ? AND h.held_at < ?
            GROUP BY t.origin, h.reference
            """, [day(of: from), day(of: until - 1), from - from % HourKey.microseconds, until])
        return try rows.compactMap { row in
            guard let kind = Booking.Kind(rawValue: try row.get("kind")) else { return nil }
            return BookedSum(kind: kind, source: try row.get("source"), cost: try row.get("nanos"))
        }.sorted { ($0.cost.count.magnitude, $1.source) > ($1.cost.count.magnitude, $0.source) }
    }

    private static func book(
        _ page: ArraySlice<Booking>, _ name: String, _ booked: inout Booked, on connection: any Connection,
        at now: Int64
    ) throws {
        let before = try alreadyBooked(page.map(\.key), on: connection)
        let prices = try prices(for: page, on: connection)
        let owners = try providers(of: Set(page.map(\.sku)), on: connection)
        var new: [String: (hold: Hold, booking: Booking)] = [:]
        for (place, booking) in zip(page.indices, page) {
            try check(booking, place)
            // Sums are by name, and a name is one provider's.
            if let owner = owners[booking.sku], owner != booking.provider {
                throw BookingProblem.invalid(
                    place: place,
                    reason: "\(booking.sku) is \(owner)'s here, not \(booking.provider)'s. Give it a name of its own.")
            }
            let price = booking.priceID.flatMap { prices[$0]?.id } ?? Price.unpriced(booking).id
            let hold = booking.row(price)
            if let same = new[booking.key].map({ $0.booking == booking }) ?? before[booking.key]?.says(hold, booking) {
                guard same else { throw BookingProblem.taken(place: place, id: booking.id) }
                booked.known += 1
                continue
            }
            new[booking.key] = (hold, booking)
            booked.new += 1
            booked.cost = booked.cost + booking.cost
        }
        try write(new.values.sorted { $0.hold.key < $1.hold.key }, name, on: connection, at: now)
    }

    private static func check(_ booking: Booking, _ place: Int) throws(BookingProblem) {
        guard booking.cost.count.magnitude <= Nanodollars.largest.count.magnitude else {
            throw .invalid(place: place, reason: "\(booking.cost) USD is more than one booking can be.")
        }
        guard booking.kind == .correction || booking.quantity >= 0, booking.calls >= 0 else {
            throw .invalid(place: place, reason: "\(booking.quantity) units in \(booking.calls) calls cannot be.")
        }
        for (what, text) in [("id", booking.id), ("name", booking.sku), ("provider", booking.provider)]
        where text.isEmpty || text.contains("@") && what == "name" {
            throw .invalid(place: place, reason: "\"\(text)\" is no \(what).")
        }
    }

    private static func providers(of skus: Set<String>, on connection: any Connection) throws -> [String: String] {
        let rows = try connection.query(
            """
            SELECT sku, MIN(provider) AS provider FROM ledger_price WHERE sku IN \(Placeholders.list(skus.count))
            GROUP BY sku
            """, skus.sorted())
        let owners = try rows.map { (try $0.get("sku", as: String.self), try $0.get("provider", as: String.self)) }
        return Dictionary(owners) { first, _ in first }
    }

    /// The prices that bookings name and this ledger has. For the others rows are added that were never in force.
    private static func prices(
        for page: ArraySlice<Booking>, on connection: any Connection
    ) throws -> [String: Price] {
        let known = try prices(ids: Set(page.compactMap(\.priceID)), on: connection)
        let missing = page.filter { $0.priceID.map { known[$0] == nil } ?? true }.map(Price.unpriced)
        for price in Dictionary(missing.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first }).values {
            try connection.execute(
                """
                INSERT INTO ledger_price (id, sku, provider, unit, nanos, per, effective_from, effective_to, source)
                VALUES \(Placeholders.rows(1, of: 9)) ON CONFLICT (id) DO NOTHING
                """,
                [
                    price.id, price.sku, price.provider, price.unit, price.amount, price.per, price.effectiveFrom,
                    price.effectiveTo, price.source,
                ])
        }
        return known
    }

    private static func alreadyBooked(
        _ keys: [String], on connection: any Connection
    ) throws -> [String: BookedRow] {
        let rows = try connection.query(
            """
            SELECT h.*, p.nanos AS cost FROM ledger_hold h JOIN ledger_transfer t ON t.id = h.id || '/cost'
                JOIN ledger_posting p ON p.transfer = t.id AND p.account NOT LIKE 'payable:%'
            WHERE h.id IN \(Placeholders.list(keys.count)) AND h.booked_by IS NOT NULL
            """, keys)
        let found = try rows.map { row in
            BookedRow(hold: try hold(row), cost: try row.get("cost"), quantity: try row.get("quantity"))
        }
        return Dictionary(found.map { ($0.hold.key, $0) }) { first, _ in first }
    }

    private static func write(
        _ new: [(hold: Hold, booking: Booking)], _ name: String, on connection: any Connection, at now: Int64
    ) throws {
        guard !new.isEmpty else { return }
        try connection.execute(
            """
            INSERT INTO ledger_hold (id, price, provider, reference, quantity, nanos, day, held_at, expires_at,
                service, release_id, user_id, document_id, outcome, ended_at, booked_by, calls)
            VALUES \(Placeholders.rows(new.count, of: 17))
            """,
            new.flatMap { hold, booking -> [any SQLConvertible] in
                [
                    hold.key, hold.priceID, hold.provider, hold.reference, booking.quantity, hold.amount, hold.day,
                    hold.heldAt, hold.expiresAt, hold.context.service, hold.context.release, hold.context.user,
                    hold.context.document, Hold.Outcome.posted.rawValue, now, name, booking.calls,
                ]
            })
        let transfers = new.map { hold, booking in
            Transfer(
                .cost, hold, origin: booking.kind.rawValue, quantity: booking.quantity, amount: booking.cost)
        }
        try record(transfers, on: connection, at: now)
        let sums = new.map { hold, booking in
            (HourKey(hold), HourSum(nanos: booking.cost, quantity: booking.quantity, entries: booking.calls))
        }
        try add(Dictionary(sums, uniquingKeysWith: +), on: connection)
    }
}

private struct BookedRow {
    let hold: Hold
    let cost: Nanodollars
    let quantity: Int64

    /// Whether it is the same cost, at the same time, for the same.
    func says(_ other: Hold, _ booking: Booking) -> Bool {
        hold.sku == other.sku && hold.provider == other.provider && hold.heldAt == other.heldAt
            && hold.context == other.context && cost == booking.cost && quantity == booking.quantity
    }
}

extension Price {
    /// What stands in for a price that this ledger does not have. It was never in force, so nothing is called at it.
    static func unpriced(_ booking: Booking) -> Price {
        Price(
            sku: booking.sku, provider: booking.provider, unit: booking.unit, amount: .zero, per: 1, effectiveFrom: -1,
            effectiveTo: -1, source: "booked with its amount")
    }

    /// Whether it only stands for what was booked with an amount of its own.
    package var isUnpriced: Bool { effectiveFrom == -1 && effectiveTo == -1 }
}
