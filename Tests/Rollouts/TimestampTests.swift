import Rollouts
import Testing

@Suite struct TimestampTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (1_795_226_523_456_000, "2026-11-21T02:02:03.456Z"),
        (951_782_400_000_000, "2000-02-29T00:00:00.000Z"), (-1_000, "1969-12-31T23:59:59.999Z"),
    ])
    func `a time is written as RFC 3339 and read back`(_ microseconds: Int64, _ text: String) {
        let time = Timestamp(microseconds: microseconds)
        #expect(time.rfc3339 == text)
        #expect(Timestamp(rfc3339: text) == time)
    }

    @Test(arguments: [
        "2026-11-21T02:02:00.000Z", "2026-11-21T02:02:00Z", "2026-11-21T02:02Z", "2026-11-21T02:02:00.0000009Z",
        "2026-11-21T03:02+01:00", "2026-11-20T18:32:00-07:30", "2026-11-21T02:02:00.000000+00:00",
    ])
    func `a time may leave out what is nought, and be of another zone`(_ text: String) {
        #expect(Timestamp(rfc3339: text)?.rfc3339 == "2026-11-21T02:02:00.000Z")
    }

    @Test(arguments: [("5", 500_000), ("05", 50_000), ("123", 123_000), ("1234567", 123_456)] as [(String, Int64)])
    func `parts of a second are read to the microsecond`(_ decimals: String, _ microseconds: Int64) {
        #expect(Timestamp(rfc3339: "1970-01-01T00:00:01.\(decimals)Z")?.microseconds == 1_000_000 + microseconds)
    }

    @Test func `every day is read as the day that it is written as`() {
        var days = 0
        for year in 1996...2104 {
            for month in 1...12 {
                for day in 1...32 {
                    let written = [month, day].map { $0 < 10 ? "-0\($0)" : "-\($0)" }.joined()
                    guard let time = Timestamp(rfc3339: "\(year)\(written)T23:59Z") else { continue }
                    #expect(time.rfc3339.hasPrefix("\(year)\(written)T23:59"))
                    days += 1
                }
            }
        }
        // With the leap days of 1996 to 2096; 2100 has none.
        #expect(days == 109 * 365 + 27)
    }

    @Test(arguments: [
        "", "Z", "2026-11-21", "2026-13-21T02:02:03.456Z", "2026-02-29T00:00Z", "2026-00-10T00:00Z", "2026-11-21T02:02",
        "2026-11-21T02:02+01", "2026-11-21T24:00Z", "2026-11-21T02:60Z", "2026-11-21T02:02:60Z",
        "2026-11-21T02:02:03.Z",
        "2026-11-21T02:02:03,5Z", "2026-11-21 02:02Z", "2026-11-21T02:02ZZ", "2026-11-21T+2:02Z", "16:00Z",
        "+026-11-21T02:02Z", "2026-11-21T02:02+24:00",
    ])
    func `anything else is refused`(_ text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }
}
