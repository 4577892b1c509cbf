import Rollouts

extension Timestamp {
    /// RFC 3339 in UTC with milliseconds: `2026-11-21T01:02:03.456Z`.
    package var rfc3339: String {
        let milliseconds = floorDivide(microseconds, 1000)
        let days = floorDivide(milliseconds, 86_400_000)
        let ofDay = milliseconds - days * 86_400_000
        let date = civil(days: days)
        let seconds = ofDay / 1000
        return [pad(date.year, 4), pad(date.month, 2), pad(date.day, 2)].joined(separator: "-") + "T"
            + [pad(seconds / 3600, 2), pad(seconds / 60 % 60, 2), pad(seconds % 60, 2)].joined(separator: ":")
            + "." + pad(ofDay % 1000, 3) + "Z"
    }

    /// The first moment of this day in UTC.
    package var startOfDay: Timestamp {
        let day: Int64 = 86_400_000_000
        return Timestamp(microseconds: floorDivide(microseconds, day) * day)
    }
}

private func floorDivide(_ a: Int64, _ b: Int64) -> Int64 {
    let quotient = a / b
    return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient
}

private func pad(_ value: Int64, _ width: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, width - text.count)) + text
}

/// Howard Hinnant's `civil_from_days` (https://howardhinnant.github.io/date_algorithms.html).
private func civil(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let z = days + 719_468
    let era = floorDivide(z, 146_097)
    let dayOfEra = z - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
}

extension Duration {
    /// As people say it: `420 ms`, `12.3 s`, `5 m 10 s`, `3 h 4 m`, `2 d 3 h`.
    package var spoken: String {
        let total = seconds
        if total < 1 { return "\(Int((total * 1000).rounded())) ms" }
        if total < 60 { return "\((total * 10).rounded() / 10) s" }
        let whole = Int(total)
        if whole < 3600 { return whole % 60 == 0 ? "\(whole / 60) m" : "\(whole / 60) m \(whole % 60) s" }
        if whole < 86_400 { return "\(whole / 3600) h \(whole / 60 % 60) m" }
        return "\(whole / 86_400) d \(whole / 3600 % 24) h"
    }
}
