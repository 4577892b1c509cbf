import Storage

/// An amount of US dollars in billionths. Whole numbers only: no price, sum or limit passes through floating point.
package struct Nanodollars: Sendable, Hashable, Comparable {
    package static let perDollar: Int64 = 1_000_000_000
    package static let zero = Nanodollars(0)
    /// The largest amount of one hold, cost or limit: a hundred million dollars. Sums of ninety of them still fit.
    package static let largest = Nanodollars(100_000_000 * perDollar)

    package let count: Int64

    package init(_ count: Int64) {
        self.count = count
    }

    package static func < (left: Nanodollars, right: Nanodollars) -> Bool { left.count < right.count }

    /// Traps on overflow, which amounts up to `largest` do not reach in sums of ninety.
    package static func + (left: Nanodollars, right: Nanodollars) -> Nanodollars {
        Nanodollars(left.count + right.count)
    }

    package static func - (left: Nanodollars, right: Nanodollars) -> Nanodollars {
        Nanodollars(left.count - right.count)
    }
}

extension Nanodollars: CustomStringConvertible {
    /// All nine decimals, such as `1.234500000`.
    package var description: String {
        let magnitude = count.magnitude
        let fraction = String(magnitude % UInt64(Self.perDollar))
        let zeros = String(repeating: "0", count: 9 - fraction.count)
        return "\(count < 0 ? "-" : "")\(magnitude / UInt64(Self.perDollar)).\(zeros)\(fraction)"
    }

    /// As exact, without zeros at its end, for sentences: `1.2345`, `25`.
    package var short: String {
        var text = description
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }

    /// Reads a decimal number of dollars, such as `25`, `0.003` or `1.234500000`, exactly.
    /// - Returns: nothing when it is no such number, has more than nine decimals, or is beyond `largest`.
    package init?(dollars text: some StringProtocol) {
        let isNegative = text.hasPrefix("-")
        let parts = text.dropFirst(isNegative ? 1 : 0).split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(Self.isDigit) })
        else {
            return nil
        }
        let decimals = parts.count == 2 ? String(parts[1]) : ""
        guard decimals.count <= 9, parts[0].utf8.count <= 12 else { return nil }
        let digits = String(parts[0]) + decimals + String(repeating: "0", count: 9 - decimals.count)
        guard let count = Int64(digits), count <= Self.largest.count else { return nil }
        self.init(isNegative ? -count : count)
    }

    /// Reads a decimal number of dollars as other programs write it: with any number of places, and perhaps an exponent. It is
    /// rounded once, to the nearest billionth, halves away from zero.
    /// - Returns: nothing when it is no such number, has more than thirty digits, or is beyond `largest`.
    package init?(rounding text: some StringProtocol) {
        guard let count = Self.billionths(text, most: Int128(Self.largest.count)) else { return nil }
        self.init(Int64(count))
    }

    /// Reads a count of units as other programs write it, and drops what is not whole.
    /// - Returns: nothing when it is no number, has more than thirty digits, or is beyond an `Int64`.
    package static func units(_ text: some StringProtocol) -> Int64? {
        billionths(text, most: Int128(Int64.max) * Int128(perDollar)).map { Int64($0 / Int128(perDollar)) }
    }

    private static func billionths(_ text: some StringProtocol, most: Int128) -> Int128? {
        let halves = text.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == "e" || $0 == "E" }
        guard let mantissa = halves.first, let exponent = halves.count == 2 ? Int(halves[1]) : 0,
            (-30...30).contains(exponent)
        else { return nil }
        let isNegative = mantissa.hasPrefix("-")
        let parts = mantissa.dropFirst(isNegative ? 1 : 0).split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(Self.isDigit) })
        else { return nil }
        let digits = parts.joined()
        guard digits.utf8.count <= 30, var count = Int128(digits) else { return nil }
        var places = 9 + exponent - (parts.count == 2 ? parts[1].utf8.count : 0)
        while places > 0, count <= most, count > 0 { (count, places) = (count * 10, places - 1) }
        if places < 0 {
            let divisor = (0..<min(-places, 37)).reduce(Int128(1)) { product, _ in product * 10 }
            count = (2 * count + divisor) / (2 * divisor)
        }
        guard count <= most else { return nil }
        return isNegative ? -count : count
    }

    private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }
}

extension Nanodollars: SQLConvertible {
    package var sqlValue: SQLValue { .integer(count) }

    package init(sqlValue: SQLValue) throws(DatabaseError) {
        self.init(try Int64(sqlValue: sqlValue))
    }
}

/// As a decimal string, as all money in JSON is.
extension Nanodollars: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let amount = Nanodollars(dollars: text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "\(text) is no decimal number of dollars")
        }
        self = amount
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
