import Foundation

/// Where periods of a time zone begin and end. The arithmetic of limits is given their bounds.
package enum LedgerCalendar {
    /// - Parameters:
    ///   - zone: a name of the IANA time zone database; an unknown one counts as UTC, which definitions do not let pass.
    ///   - time: microseconds since 1970.
    package static func window(_ period: Limit.Period, zone: String, containing time: Int64) -> LimitWindow {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(identifier: zone) ?? .gmt
        let unit: Calendar.Component =
            switch period {
            case .hour: .hour
            case .day: .day
            case .month: .month
            }
        let date = Date(timeIntervalSince1970: (Double(time) / 1e6).rounded(.down))
        guard let interval = calendar.dateInterval(of: unit, for: date) else {
            let day = Ledger.day(of: time) * 86_400_000_000
            return LimitWindow(startsAt: day, endsAt: day + 86_400_000_000)
        }
        return LimitWindow(startsAt: microseconds(interval.start), endsAt: microseconds(interval.end))
    }

    private static func microseconds(_ date: Date) -> Int64 { Int64(date.timeIntervalSince1970) * 1_000_000 }
}
