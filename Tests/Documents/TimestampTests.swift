import Documents
import Foundation
import Testing

@Suite struct `Written times` {
    private func written(_ microseconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(microseconds / 1_000_000))
            .formatted(Date.ISO8601FormatStyle())
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1_582_934_400_000_000, "2020-02-29T00:00:00.000Z"),
            (951_868_799_999_999, "2000-02-29T23:59:59.999Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (1_795_327_628_090_499, "2026-11-22T06:07:08.090Z"), (4_107_542_400_000_000, "2100-03-01T00:00:00.000Z"),
        ] as [(Int64, String)])
    func `are in UTC to the millisecond`(time: Int64, text: String) {
        #expect(Timestamp.text(microseconds: time) == text)
    }

    @Test func `agree with Foundation's on every day of four hundred years`() {
        for day in stride(from: Int64(-60_000), to: 90_000, by: 1) {
            let time = day * 86_400_000_000 + (day & 0xffff) * 1_000_000
            #expect(Timestamp.text(microseconds: time) == written(time).dropLast() + ".000Z")
        }
    }

    @Test func `beyond four digits of years are the last that can be written`() {
        #expect(Timestamp.text(microseconds: .max) == "9999-12-31T23:59:59.999Z")
        #expect(Timestamp.text(microseconds: .min) == "0000-01-01T00:00:00.000Z")
    }
}
