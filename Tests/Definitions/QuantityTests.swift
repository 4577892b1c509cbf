import Definitions
import Testing

struct QuantityTests {
    @Test(arguments: [
        ("500ms", Duration.milliseconds(500)), ("30s", .seconds(30)), ("5m", .seconds(300)), ("1h", .seconds(3600)),
        ("7d", .seconds(604_800)),
    ])
    func `durations are read`(text: String, expected: Duration) {
        #expect(Quantity.duration(text) == expected)
    }

    @Test(arguments: ["", "30", "s", "-5s", "1.5h", "5 m", "99999999999999999999d", "4000d", "5M", "٣s"])
    func `what is no duration is refused`(text: String) {
        #expect(Quantity.duration(text) == nil)
    }

    @Test func `percentages, factors and money are read exactly`() {
        #expect(Quantity.percentage("5%") == 0.05)
        #expect(Quantity.percentage("101%") == nil)
        #expect(Quantity.percentage("nan%") == nil)
        #expect(Quantity.factor("1.5x baseline") == 1.5)
        #expect(Quantity.factor("0x baseline") == nil)
        #expect(Quantity.money("25 USD") == 25_000_000_000)
        #expect(Quantity.money("0.000000001 USD") == 1)
        #expect(Quantity.money("0.0000000001 USD") == nil)
        #expect(Quantity.money("25 EUR") == nil)
        #expect(Quantity.money("-1 USD") == nil)
    }

    @Test(arguments: [
        ("replcias", "replicas"), ("Replicas", "replicas"), ("rollback_window", "rollback-window"),
        ("repicas", "replicas"),
    ])
    func `a slip is recognised`(slip: String, meant: String) {
        #expect(Suggestion.nearest(to: slip, among: ["health", "replicas", "rollback-window"]) == meant)
    }

    @Test func `what is far from everything has no suggestion`() {
        #expect(Suggestion.nearest(to: "colour", among: ["health", "replicas"]) == nil)
    }
}
