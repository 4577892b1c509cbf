/// The header `Retry-After` (RFC 9110, 10.2.3): seconds, or a date in any of the three forms that 5.6.7 has recipients
/// accept.
package enum RetryAfter {
    /// Seconds to wait; 0 when the date is over. Nil when it is neither.
    /// - Parameters:
    ///   - date: the answer's own `Date`, by whose clock a date is meant.
    ///   - now: seconds since 1970, when the answer has none.
    package static func seconds(_ text: String, date: String?, now: Double) -> Double? {
        let text = text.trimmed
        if let seconds = Double(text) { return seconds.isFinite && seconds >= 0 ? seconds : nil }
        guard let until = HTTPDate.seconds(text, now: now) else { return nil }
        let reference = date.flatMap { HTTPDate.seconds($0.trimmed, now: now) }.map(Double.init) ?? now
        return max(0, Double(until) - reference)
    }
}

extension String {
    fileprivate var trimmed: String {
        String(drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }
}

/// A date in HTTP's words (RFC 9110, 5.6.7).
enum HTTPDate {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Seconds since 1970; nil when it is no such date. A year of two digits is the nearest that is not more than fifty
    /// years after `now`.
    static func seconds(_ text: String, now: Double) -> Int64? {
        let words = text.split { $0 == " " || $0 == "," || $0 == "-" }.map(String.init)
        let isFixed = words.count == 6 && words[5] == "GMT"
        // asctime: Sun Nov  6 08:49:37 1994
        let parts = isFixed ? (words[1], words[2], words[3], words[4]) : nil
        let named = parts ?? (words.count == 5 ? (words[2], words[1], words[4], words[3]) : nil)
        guard let named, let month = months.firstIndex(of: named.1), let day = number(named.0, 1...31),
            let time = seconds(ofDay: named.3), let year = number(named.2, 0...9999)
        else { return nil }
        return days(year.isShort ? whole(year.value, now) : year.value, month + 1, day.value) * 86_400 + time
    }

    private static func number(_ text: String, _ range: ClosedRange<Int64>) -> (value: Int64, isShort: Bool)? {
        guard text.allSatisfy({ $0.isASCII && $0.isNumber }), let value = Int64(text), range.contains(value) else {
            return nil
        }
        return (value, text.count <= 2)
    }

    private static func seconds(ofDay text: String) -> Int64? {
        let parts = text.split(separator: ":").map(String.init)
        guard parts.count == 3, let hour = number(parts[0], 0...23), let minute = number(parts[1], 0...59),
            let second = number(parts[2], 0...60)
        else { return nil }
        return hour.value * 3600 + minute.value * 60 + second.value
    }

    private static func whole(_ year: Int64, _ now: Double) -> Int64 {
        let current = 1970 + Int64(now / 31_556_952)
        let guess = current / 100 * 100 + year
        return guess > current + 50 ? guess - 100 : guess
    }

    /// Days since 1970-01-01 in the Gregorian calendar (H. Hinnant, `days_from_civil`).
    private static func days(_ year: Int64, _ month: Int, _ day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * Int64(month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
