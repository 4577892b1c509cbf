extension Timestamp {
    /// UTC with milliseconds, such as `2026-11-21T01:02:03.456Z`.
    package var rfc3339: String {
        let milliseconds = floorDivide(microseconds, 1_000)
        let seconds = floorDivide(milliseconds, 1_000)
        let days = floorDivide(seconds, 86_400)
        let (year, month, day) = civil(days: days)
        let second = seconds - days * 86_400
        let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
        let time = "\(padded(second / 3_600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))"
        return "\(date)T\(time).\(padded(milliseconds - seconds * 1_000, 3))Z"
    }

    /// The first moment of this day in UTC.
    package var startOfDay: Timestamp {
        let day: Int64 = 86_400_000_000
        return Timestamp(microseconds: floorDivide(microseconds, day) * day)
    }

    /// Reads a time of RFC 3339, or one without its seconds, as people and other programs write them: `2026-11-21T01:02Z`,
    /// `2026-11-21T02:02:03.456+01:00`. What is finer than microseconds is dropped.
    /// - Returns: nil for any other form, and for a day or a time of day that does not exist.
    package init?(rfc3339 text: some StringProtocol) {
        var digits = TimeDigits(rest: Array(text.utf8)[...])
        guard let days = digits.days(), digits.takes("T"), let seconds = digits.seconds(),
            let fraction = digits.microseconds(), let offset = digits.offset(), digits.rest.isEmpty
        else { return nil }
        self.init(microseconds: (days * 86_400 + seconds - offset) * 1_000_000 + fraction)
    }
}

/// The text of a time, as far as it was not read yet.
private struct TimeDigits {
    var rest: ArraySlice<UInt8>

    /// `2026-11-21`, since 1970; nil for a day that does not exist.
    mutating func days() -> Int64? {
        guard let year = number(4), takes("-"), let month = number(2), takes("-"), let day = number(2) else {
            return nil
        }
        let days = daysFromCivil(year, month, day)
        return civil(days: days) == (year, month, day) ? days : nil
    }

    /// `01:02` or `01:02:03`.
    mutating func seconds() -> Int64? {
        guard let minutes = minutes() else { return nil }
        guard takes(":") else { return minutes * 60 }
        return number(2, below: 60).map { minutes * 60 + $0 }
    }

    /// `.456`; 0 where there is none.
    mutating func microseconds() -> Int64? {
        guard takes(".") else { return 0 }
        let decimals = rest.prefix(while: Self.isDigit)
        rest = rest.dropFirst(decimals.count)
        let six = (decimals + Array(repeating: 0x30, count: 6)).prefix(6)
        return decimals.isEmpty ? nil : six.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }

    /// `Z` or `+01:00`, in seconds.
    mutating func offset() -> Int64? {
        if takes("Z") { return 0 }
        let sign: Int64 = takes("+") ? 1 : takes("-") ? -1 : 0
        return sign == 0 ? nil : minutes().map { sign * $0 * 60 }
    }

    mutating func takes(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest = rest.dropFirst()
        return true
    }

    private mutating func minutes() -> Int64? {
        guard let hours = number(2, below: 24), takes(":") else { return nil }
        return number(2, below: 60).map { hours * 60 + $0 }
    }

    private mutating func number(_ count: Int, below limit: Int64 = .max) -> Int64? {
        let digits = rest.prefix(count)
        guard digits.count == count, digits.allSatisfy(Self.isDigit) else { return nil }
        rest = rest.dropFirst(count)
        let number = digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
        return number < limit ? number : nil
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}

private func padded(_ number: Int64, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

func floorDivide(_ a: Int64, _ b: Int64) -> Int64 { a >= 0 ? a / b : -((-a + b - 1) / b) }

/// Howard Hinnant, "chrono-compatible low-level date algorithms", `civil_from_days`.
private func civil(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = days + 719_468
    let era = floorDivide(shifted, 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
}

/// The same source, `days_from_civil`.
private func daysFromCivil(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = floorDivide(shiftedYear, 400)
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
}
