import Definitions
import Rollouts
import TestSupport
import Testing

private func window(_ from: String, _ until: String, _ zone: String = "Europe/Berlin") -> FreezeWindow {
    FreezeWindow(
        from: FreezeWindow.WeekTime(from)!, until: FreezeWindow.WeekTime(until)!, zone: zone, reason: "because")
}

private func period(_ window: FreezeWindow, _ time: String) throws -> FreezePeriod? {
    try FreezePeriod.inForce(window, at: at(time), offset: zoneOffsetOfIANA)
}

@Suite struct `Freeze windows` {
    @Test(arguments: [
        // Berlin is an hour ahead of UTC in winter: Friday 2026-11-20 16:00 to Monday 2026-11-23 08:00.
        ("11-20 14:59", false), ("11-20 15:00", true), ("11-21 12:00", true), ("11-23 06:59", true),
        ("11-23 07:00", false), ("11-25 12:00", false),
    ]) func `go from the first time of the week to the next second one`(time: String, isFrozen: Bool) throws {
        let found = try period(window("fri 16:00", "mon 08:00"), time)
        #expect((found != nil) == isFrozen)
        if isFrozen { #expect(found == FreezePeriod(from: at("11-20 15:00"), until: at("11-23 07:00"))) }
    }

    @Test(arguments: [("11-20 20:59", false), ("11-20 21:00", true), ("11-21 04:59", true), ("11-21 05:00", false)])
    func `go over midnight, every day`(time: String, isFrozen: Bool) throws {
        #expect((try period(window("22:00", "06:00"), time) != nil) == isFrozen)
    }

    @Test func `keep their times on the clock when the clocks change`() throws {
        // On Sunday 2026-03-29 Berlin goes from +1 to +2, on Sunday 2026-10-25 back.
        let weekend = window("sat 00:00", "mon 00:00")
        #expect(
            try period(weekend, "03-29 12:00") == FreezePeriod(from: at("03-27 23:00"), until: at("03-29 22:00")))
        #expect(
            try period(weekend, "10-25 12:00") == FreezePeriod(from: at("10-23 22:00"), until: at("10-25 23:00")))
    }

    @Test func `are the longer for a time that the clocks skip or repeat`() throws {
        // 02:00 to 03:00 does not exist on 03-29; on 10-25 it comes twice, from 00:00Z and from 01:00Z.
        #expect(
            try period(window("02:30", "04:00"), "03-29 01:00")
                == FreezePeriod(from: at("03-29 00:30"), until: at("03-29 02:00")))
        #expect(
            try period(window("01:00", "02:30"), "03-29 01:00")
                == FreezePeriod(from: at("03-29 00:00"), until: at("03-29 01:30")))
        #expect(
            try period(window("02:15", "02:30"), "10-25 01:00")
                == FreezePeriod(from: at("10-25 00:15"), until: at("10-25 01:30")))
    }

    @Test func `are in force exactly from their beginning up to their end`() throws {
        var random = SplitMix(seed: 7)
        let zones = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]
        let start = at("01-01 00:00").microseconds
        var hits = 0
        for _ in 0..<2_000 {
            let daily = Bool.random(using: &random)
            func time() -> FreezeWindow.WeekTime {
                .init(
                    day: daily ? nil : Int.random(in: 0..<7, using: &random),
                    minute: Int.random(in: 0..<1_440, using: &random))
            }
            let window = FreezeWindow(
                from: time(), until: time(), zone: zones.randomElement(using: &random)!, reason: "")
            let moment = Timestamp(
                microseconds: start + Int64.random(in: 0..<(365 * 86_400), using: &random) * 1_000_000)
            guard window.from != window.until,
                let found = try FreezePeriod.inForce(window, at: moment, offset: zoneOffsetOfIANA)
            else { continue }
            hits += 1
            #expect(found.from <= moment && moment < found.until)
            // At its end it is over, and it never lasts longer than its period and two changes of the clocks.
            #expect(found.until - found.from <= .seconds((daily ? 86_400 : 7 * 86_400) + 2 * 3_600))
            let before = Timestamp(microseconds: found.until.microseconds - 1)
            #expect(try FreezePeriod.inForce(window, at: before, offset: zoneOffsetOfIANA) != nil)
        }
        #expect(hits > 500)
    }

    @Test(arguments: ["", "16", "1:00", "24:00", "12:60", "fr 12:00", "fri", "fri  12:00", "fri 12:00 ", "12:00:00"])
    func `are written as a day and a time, or a time alone`(text: String) {
        #expect(FreezeWindow.WeekTime(text) == nil)
    }
}
