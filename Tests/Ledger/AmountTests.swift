import Ledger
import Testing

@Suite(.timeLimit(.minutes(1)))
struct AmountTests {
    @Test(arguments: [
        (0, "0.000000000"), (1, "0.000000001"), (1_234_500_000, "1.234500000"), (-1_000_000_001, "-1.000000001"),
        (Int64.min, "-9223372036.854775808"), (Int64.max, "9223372036.854775807"),
    ])
    func `an amount is written with nine decimals`(count: Int64, text: String) {
        #expect(Nanodollars(count).description == text)
    }

    @Test(arguments: [
        ("25", 25_000_000_000), ("0.003", 3_000_000), ("1.234500000", 1_234_500_000), ("-0.5", -500_000_000),
        ("0.000000001", 1),
    ])
    func `a decimal number is read exactly`(text: String, count: Int64) {
        #expect(Nanodollars(dollars: text)?.count == count)
    }

    @Test(arguments: [
        "", ".", "1.", ".5", "1e3", "1,5", "+1", "--1", "0.0000000001", "9999999999", " 1", "١", "1.2.3", "NaN",
    ])
    func `what is no such number is refused`(text: String) {
        #expect(Nanodollars(dollars: text) == nil)
    }

    @Test(arguments: [
        (20_000_000, 1_000_000, 1, 20, 20), (130_000_000, 1_000_000, 90_000, 11_700_000, 11_700_000),
        (3_000_000, 1, 25, 75_000_000, 75_000_000), (1, 3, 1, 1, 0), (1, 2, 1, 1, 1), (2, 3, 1, 1, 1), (7, 3, 0, 0, 0),
    ])
    func `a cost is rounded once, for holds upwards`(
        amount: Int64, per: Int64, quantity: Int64, up: Int64, nearest: Int64
    ) throws {
        let price = Price(
            sku: "x", provider: "p", unit: "token", amount: Nanodollars(amount), per: per, effectiveFrom: 0,
            source: "test")
        #expect(try price.cost(of: quantity, rounding: .up).count == up)
        #expect(try price.cost(of: quantity, rounding: .nearest).count == nearest)
    }

    @Test(arguments: [-1, Int64.max])
    func `a quantity that no cost can be computed for is refused`(quantity: Int64) {
        let price = Price(
            sku: "x", provider: "p", unit: "page", amount: .largest, per: 1, effectiveFrom: 0, source: "test")
        #expect(throws: LedgerError.self) { try price.cost(of: quantity, rounding: .up) }
    }

    @Test(arguments: [(0, 0), (86_399_999_999, 0), (86_400_000_000, 1), (-1, -1), (-86_400_000_000, -1)])
    func `a day begins at midnight UTC`(time: Int64, day: Int64) {
        #expect(Ledger.day(of: time) == day)
    }
}
