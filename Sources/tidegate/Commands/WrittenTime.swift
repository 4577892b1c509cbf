import ArgumentParser
import Definitions
import Foundation
import Rollouts

/// Times as people type them.
enum WrittenTime {
    static var now: Timestamp { Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) }

    /// `2026-12-24T16:00Z`, with seconds, their parts, or an offset such as `+01:00` if need be; or `4h`, from now on.
    /// - Returns: it in UTC and with milliseconds, as everything else writes times.
    static func moment(_ text: String, now: Timestamp) throws -> String {
        if let duration = Quantity.duration(text) { return (now + duration).rfc3339 }
        guard let time = Timestamp(rfc3339: text) else {
            throw ValidationError("\(text) is no time; write it like 2026-12-24T16:00Z, or 4h for in four hours.")
        }
        return time.rfc3339
    }

    /// `yesterday`, `today` or `2026-11-21`, as long as it is in that zone.
    /// - Parameter zone: an IANA name.
    /// - Returns: when it begins, and when the next one does, in UTC.
    static func day(_ text: String, zone: String, now: Timestamp) throws -> (from: String, until: String) {
        guard let zone = TimeZone(identifier: zone) else {
            throw ValidationError("\(zone) is no time zone; write it like Europe/Berlin.")
        }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        let today = calendar.startOfDay(for: Date(timeIntervalSince1970: Double(now.microseconds) / 1e6))
        let begin = try start(of: text, today: today, calendar)
        guard begin <= today else { throw ValidationError("\(text) has not begun.") }
        guard let end = calendar.date(byAdding: .day, value: 1, to: begin) else {
            throw ValidationError("\(text) is no day; write it like 2026-11-21.")
        }
        return (self.text(begin), self.text(end))
    }

    private static func start(of text: String, today: Date, _ calendar: Calendar) throws -> Date {
        if text == "today" { return today }
        if text == "yesterday", let yesterday = calendar.date(byAdding: .day, value: -1, to: today) { return yesterday }
        let numbers = text.wholeMatch(of: /(\d{4})-(\d\d)-(\d\d)/).map { match in
            [match.1, match.2, match.3].compactMap { Int($0) }
        }
        guard let numbers, numbers.count == 3,
            let date = calendar.date(from: DateComponents(year: numbers[0], month: numbers[1], day: numbers[2])),
            calendar.component(.day, from: date) == numbers[2], calendar.component(.month, from: date) == numbers[1]
        else { throw ValidationError("\(text) is no day; write it like 2026-11-21, or say yesterday.") }
        return calendar.startOfDay(for: date)
    }

    private static func text(_ date: Date) -> String {
        Timestamp(microseconds: Int64(date.timeIntervalSince1970) * 1_000_000).rfc3339
    }
}
