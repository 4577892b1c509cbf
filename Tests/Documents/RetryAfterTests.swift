import Testing

@testable import Documents

@Suite struct `Retry-After` {
    /// 1994-11-06T08:49:00Z, half a minute and a little before the date of the RFC's examples.
    private static let now = 784_111_740.0

    @Test(arguments: [
        ("0", 0.0), ("120", 120), (" 7 ", 7), ("1.5", 1.5),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 37), ("Sunday, 06-Nov-94 08:49:37 GMT", 37), ("Sun Nov  6 08:49:37 1994", 37),
        ("Sun, 06 Nov 1994 08:48:00 GMT", 0), ("Tue, 29 Feb 2000 00:00:00 GMT", 951_782_400 - now),
    ])
    func `is seconds or a date, in each of HTTP's forms`(_ text: String, _ seconds: Double) {
        #expect(RetryAfter.seconds(text, date: nil, now: Self.now) == seconds)
    }

    @Test(arguments: [
        "", "-1", "soon", "inf", "nan", "Sun, 06 Nov 1994", "Sun, 32 Nov 1994 08:49:37 GMT",
        "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET",
        "06 Nov 1994 08:49 GMT x",
    ])
    func `that is neither says nothing`(_ text: String) {
        #expect(RetryAfter.seconds(text, date: nil, now: Self.now) == nil)
    }

    @Test func `as a date is meant by the clock of who sent it`() {
        let until = "Sun, 06 Nov 1994 08:49:37 GMT"
        #expect(RetryAfter.seconds(until, date: "Sun, 06 Nov 1994 08:49:30 GMT", now: Self.now + 9_000) == 7)
        #expect(RetryAfter.seconds(until, date: "nonsense", now: Self.now) == 37)
    }

    @Test func `of a year with two digits is near`() {
        #expect(HTTPDate.seconds("Friday, 01-Jan-27 00:00:00 GMT", now: 1_795_000_000) == 1_798_761_600)
        #expect(HTTPDate.seconds("Sunday, 06-Nov-94 08:49:37 GMT", now: 1_795_000_000) == 784_111_777)
    }
}
