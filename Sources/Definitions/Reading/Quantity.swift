/// How quantities are written in files: `30s`, `5%`, `25 USD`, `2x baseline`. Each returns nil for anything else.
package enum Quantity {
    /// `500ms`, `30s`, `5m`, `1h`, `7d`: a whole number and one unit, at most 10 years.
    package static func duration(_ text: String) -> Duration? {
        guard let unitStart = text.firstIndex(where: { !$0.isASCIIDigit }), let number = whole(text[..<unitStart])
        else { return nil }
        let milliseconds: Int64? =
            switch text[unitStart...] {
            case "ms": 1
            case "s": 1000
            case "m": 60_000
            case "h": 3_600_000
            case "d": 86_400_000
            default: nil
            }
        guard let milliseconds, number <= 3650 * 86_400_000 / milliseconds else { return nil }
        return .milliseconds(number * milliseconds)
    }

    /// `5%`, `99.9%`: the fraction, from 0 to 1.
    package static func percentage(_ text: String) -> Double? {
        guard text.hasSuffix("%"), let number = decimal(text.dropLast()), number <= 100 else { return nil }
        return number / 100
    }

    /// `2x baseline`, `1.5x baseline`: the factor, above 0.
    package static func factor(_ text: String) -> Double? {
        let suffix = "x baseline"
        guard text.hasSuffix(suffix), let number = decimal(text.dropLast(suffix.count)), number > 0 else { return nil }
        return number
    }

    /// `25 USD`, `0.5 USD`: nano-dollars, exact to nine decimals, up to a billion dollars.
    package static func money(_ text: String) -> Int64? {
        guard text.hasSuffix(" USD") else { return nil }
        let parts = text.dropLast(4).split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let dollars = whole(parts[0]), dollars <= 1_000_000_000 else { return nil }
        guard parts.count == 2 else { return dollars * 1_000_000_000 }
        guard (1...9).contains(parts[1].count), var fraction = whole(parts[1]) else { return nil }
        for _ in parts[1].count..<9 { fraction *= 10 }
        return dollars * 1_000_000_000 + fraction
    }

    /// `-?[0-9]+` that fits.
    package static func integer(_ text: String) -> Int? {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        guard !digits.isEmpty, digits.allSatisfy(\.isASCIIDigit) else { return nil }
        return Int(text)
    }

    /// `12`, `12.5`, not negative.
    static func decimal(_ text: some StringProtocol) -> Double? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty && $0.count <= 12 && $0.allSatisfy(\.isASCIIDigit) })
        else { return nil }
        return Double(String(text))
    }

    private static func whole(_ text: some StringProtocol) -> Int64? {
        guard !text.isEmpty, text.count <= 18, text.allSatisfy(\.isASCIIDigit) else { return nil }
        return Int64(String(text))
    }
}

extension Character {
    var isASCIIDigit: Bool { ("0"..."9").contains(self) && utf8.count == 1 }
}
