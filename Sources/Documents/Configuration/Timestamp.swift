import Ledger

/// Times as the pipeline writes them: RFC 3339, UTC, milliseconds, such as `2026-11-22T06:07:08.090Z`. Every answer with a
/// list is full of them, and Foundation's formatter takes as long for one as for reading a row.
package enum Timestamp {
    private static let microsecondsPerDay: Int64 = 86_400_000_000

    /// The years that have four digits.
    private static let writable: ClosedRange<Int64> = -62_167_219_200_000_000...253_402_300_799_999_999

    /// - Parameter microseconds: since 1970. Times before the year 0 and after 9999 become the first and the last of them.
    package static func text(microseconds: Int64) -> String {
        let microseconds = min(max(microseconds, writable.lowerBound), writable.upperBound)
        var day = microseconds / microsecondsPerDay
        var rest = microseconds % microsecondsPerDay
        if rest < 0 { (day, rest) = (day - 1, rest + microsecondsPerDay) }
        let (year, month, dayOfMonth) = CivilDay.parts(day)
        let milliseconds = Int(rest / 1_000)
        return String(unsafeUninitializedCapacity: 24) { bytes in
            func write(_ value: Int, _ place: Int, _ digits: Int) {
                var value = value
                for index in (place..<place + digits).reversed() {
                    bytes[index] = UInt8(ascii: "0") + UInt8(value % 10)
                    value /= 10
                }
            }
            write(Int(year), 0, 4)
            write(Int(month), 5, 2)
            write(Int(dayOfMonth), 8, 2)
            write(milliseconds / 3_600_000, 11, 2)
            write(milliseconds / 60_000 % 60, 14, 2)
            write(milliseconds / 1_000 % 60, 17, 2)
            write(milliseconds % 1_000, 20, 3)
            for (index, mark) in [(4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":"), (19, "."), (23, "Z")] {
                bytes[index] = mark.utf8.first ?? 0
            }
            return 24
        }
    }
}
