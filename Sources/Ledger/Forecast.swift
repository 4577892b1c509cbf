import Storage

/// What a month will cost, from what its days so far did, with the range that four of five such months end in.
package struct Forecast: Sendable, Equatable {
    package let spent: Nanodollars
    package let expected: Nanodollars
    package let low: Nanodollars
    package let high: Nanodollars
    /// How many whole days it is made from.
    package let days: Int

    /// The days still to come are taken for draws from those that were: their mean, and an interval of prediction for a sum
    /// by Student's t at 80 %. It knows of no weekdays and no trend, and says so by being wide.
    /// - Parameters:
    ///   - days: what each whole day did cost; of the last 28 days, also of the month before.
    ///   - spent: in this month so far, today included.
    ///   - left: how much of the month is left, in days.
    /// - Returns: nil with fewer than two whole days.
    package init?(days: [Nanodollars], spent: Nanodollars, left: Double) {
        guard days.count >= 2, left >= 0 else { return nil }
        let values = days.map { Double($0.count) }
        let count = Double(values.count)
        let mean = values.reduce(0, +) / count
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
        let spread = Self.quantile(days.count - 1) * (variance * (left + left * left / count)).squareRoot()
        // Corrections can leave days with less than nothing; days to come give no money back.
        let rest = max(0, mean) * left
        self.spent = spent
        self.days = days.count
        expected = Self.sum(spent, rest)
        low = Self.sum(spent, max(0, rest - spread))
        high = Self.sum(spent, rest + spread)
    }

    private static func sum(_ spent: Nanodollars, _ rest: Double) -> Nanodollars {
        Nanodollars(spent.count + Int64(min(rest.rounded(), 9e18 - Double(spent.count))))
    }

    /// Student's t, 90th percentile, by degrees of freedom: NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2.
    private static func quantile(_ freedom: Int) -> Double {
        let table = [
            3.078, 1.886, 1.638, 1.533, 1.476, 1.440, 1.415, 1.397, 1.383, 1.372, 1.363, 1.356, 1.350, 1.345, 1.341,
            1.337,
            1.333, 1.330, 1.328, 1.325, 1.323, 1.321, 1.319, 1.318, 1.316, 1.315, 1.314, 1.313, 1.311, 1.310,
        ]
        return freedom <= table.count ? table[freedom - 1] : 1.282
    }
}

extension Ledger {
    /// The forecast of the UTC month that `now` lies in, from the last 28 whole days that anything is known of.
    package static func forecast(on connection: any Connection, at now: Int64) throws -> Forecast? {
        let month = LedgerCalendar.window(.month, zone: "UTC", containing: now)
        let (today, microseconds) = (day(of: now), Int64(86_400_000_000))
        let first = try connection.first("SELECT MIN(starts_at) AS at FROM ledger_hour")?.get("at", as: Int64?.self)
        guard let first else { return nil }
        let begin = max(today - 28, day(of: first) + (first % microseconds == 0 ? 0 : 1))
        guard begin < today else { return nil }
        let known = try costs(by: .day, from: begin * microseconds, until: today * microseconds, on: connection)
        let byDay = Dictionary(known.map { ($0.name, $0.spent) }) { first, _ in first }
        let spent = try costs(by: .day, from: month.startsAt, until: now + 1, on: connection)
        return Forecast(
            days: (begin..<today).map { byDay[CivilDay.text($0)] ?? .zero },
            spent: spent.reduce(.zero) { $0 + $1.spent },
            left: Double(month.endsAt - now) / Double(microseconds))
    }
}
