import Storage

/// What costs are summed by.
package enum CostGroup: String, Sendable, CaseIterable {
    case day, provider, model, service, release, user, document

    /// What a report that is asked for from one time until another has in it: whole hours, of documents whole days (UTC).
    package func bounds(from: Int64, until: Int64) -> (begin: Int64, end: Int64) {
        let unit = self == .document ? 24 * HourKey.microseconds : HourKey.microseconds
        return (from - from % unit, until + (unit - until % unit) % unit)
    }
}

/// What was spent on one of a group.
package struct CostLine: Sendable, Equatable {
    /// A day as `2026-11-22`; otherwise the name, empty for what has none.
    package let name: String
    package let spent: Nanodollars
    package let overage: Nanodollars
    package let quantity: Int64
    package let calls: Int64
}

extension Ledger {
    /// What the calls that began from one time until another, exclusive, did cost: by day in UTC in order, otherwise the
    /// dearest first. Both times count by the hour that they lie in; documents by the day.
    package static func costs(
        by group: CostGroup, from: Int64, until: Int64, limit: Int = 100, on connection: any Connection
    ) throws -> [CostLine] {
        if group == .document { return try documentCosts(from: from, until: until, limit: limit, on: connection) }
        var sums: [String: HourSum] = [:]
        let name = expression(group)
        let rows = try connection.query(
            """
            SELECT \(name) AS name, SUM(nanos) AS nanos, SUM(overage) AS overage, SUM(quantity) AS quantity,
                SUM(entries) AS entries
            FROM ledger_hour WHERE starts_at >= ? AND starts_at < ? GROUP BY \(name)
            """, [from - from % HourKey.microseconds, until])
        for row in rows {
            let name = try row.get("name", as: SQLValue.self)
            sums[text(name)] = HourSum(
                nanos: try row.get("nanos"), overage: try row.get("overage"), quantity: try row.get("quantity"),
                entries: try row.get("entries"))
        }
        for waiting in try uncounted(on: connection) where waiting.entries > 0 {
            let key = HourKey(waiting.hold)
            guard key.startsAt >= from - from % HourKey.microseconds, key.startsAt < until else { continue }
            sums[group.name(of: key), default: HourSum()] =
                sums[group.name(of: key), default: HourSum()] + HourSum(waiting)
        }
        return lines(sums, group, limit)
    }

    private static func documentCosts(
        from: Int64, until: Int64, limit: Int, on connection: any Connection
    ) throws -> [CostLine] {
        try connection.query(
            """
            SELECT COALESCE(h.document_id, t.reference) AS name, SUM(p.nanos) AS nanos,
                SUM(CASE WHEN t.kind = 'overage' THEN p.nanos ELSE 0 END) AS overage, SUM(t.quantity) AS quantity,
                SUM(CASE WHEN t.kind = 'cost' THEN COALESCE(h.calls, 1) ELSE 0 END) AS entries
            FROM ledger_transfer t JOIN ledger_posting p ON p.transfer = t.id AND p.account NOT LIKE 'payable:%'
                JOIN ledger_hold h ON h.id = t.hold
            WHERE t.day >= ? AND t.day <= ? GROUP BY COALESCE(h.document_id, t.reference)
            ORDER BY nanos DESC, name LIMIT ?
            """, [day(of: from), day(of: until - 1), limit]
        ).map { row in
            CostLine(
                name: try row.get("name"), spent: try row.get("nanos"), overage: try row.get("overage"),
                quantity: try row.get("quantity"), calls: try row.get("entries"))
        }
    }

    private static func lines(_ sums: [String: HourSum], _ group: CostGroup, _ limit: Int) -> [CostLine] {
        let lines = sums.map { name, sum in
            CostLine(
                name: name, spent: sum.nanos, overage: sum.overage, quantity: sum.quantity, calls: sum.entries)
        }
        guard group == .day else {
            return Array(lines.sorted { ($0.spent, $1.name) > ($1.spent, $0.name) }.prefix(limit))
        }
        return lines.sorted { $0.name < $1.name }
    }

    private static func expression(_ group: CostGroup) -> String {
        switch group {
        case .day: "starts_at / 86400000000"
        case .provider: "provider"
        case .model: "sku"
        case .service: "service"
        case .release: "release_id"
        case .user, .document: "user_id"
        }
    }

    private static func text(_ name: SQLValue) -> String {
        switch name {
        case .text(let text): text
        case .integer(let day): CivilDay.text(day)
        case .null, .real, .blob: ""
        }
    }
}

extension CostGroup {
    func name(of key: HourKey) -> String {
        switch self {
        case .day: CivilDay.text(Ledger.day(of: key.startsAt))
        case .provider: key.provider
        case .model: key.sku
        case .service: key.service
        case .release: key.release
        case .user, .document: key.user
        }
    }
}

extension HourSum {
    init(nanos: Nanodollars = .zero, overage: Nanodollars = .zero, quantity: Int64 = 0, entries: Int64 = 0) {
        (self.nanos, self.overage, self.quantity, self.entries) = (nanos, overage, quantity, entries)
    }
}

/// Days of the Gregorian calendar, by Howard Hinnant's `civil_from_days` (https://howardhinnant.github.io/date_algorithms.html).
package enum CivilDay {
    /// - Parameter day: days since 1970-01-01.
    /// - Returns: such as `2026-11-22`.
    package static func text(_ day: Int64) -> String {
        let (year, month, day) = parts(day)
        func padded(_ number: Int64, _ width: Int) -> String {
            let text = "\(number)"
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }

    package static func parts(_ day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (
            yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        )
    }
}
