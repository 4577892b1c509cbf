/// What an unquoted text is to other readers of YAML: the process gets it as it stands, and who reprints or copies the
/// file with another program may turn it into something else.
enum PlainText {
    struct Reading: Equatable {
        /// `yaml.truth`, `yaml.number`, `yaml.date` or `yaml.null`.
        var rule: String
        /// What others take it for: `the truth value false`.
        var meaning: String
        /// How that is written without doubt; nil when quotes are the only way.
        var clear: String?
        /// Whether it is in doubt even where a number is asked for.
        var isOddNumber = false
    }

    /// How YAML 1.1 readers, or readers that keep numbers as floating point, take `text` otherwise; nil for all else.
    static func otherReading(_ text: String) -> Reading? {
        guard let first = text.utf8.first, text.utf8.count <= 64 else { return nil }
        switch first {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            return number(text)
        default: return word(text)
        }
    }

    private static func word(_ text: String) -> Reading? {
        switch text {
        case "yes", "Yes", "YES", "on", "On", "ON", "True", "TRUE":
            Reading(rule: "yaml.truth", meaning: "the truth value true", clear: "true")
        case "no", "No", "NO", "off", "Off", "OFF", "False", "FALSE":
            Reading(rule: "yaml.truth", meaning: "the truth value false", clear: "false")
        case "Null", "NULL": Reading(rule: "yaml.null", meaning: "nothing")
        default: nil
        }
    }

    private static func number(_ text: String) -> Reading? {
        let digits = text.drop { $0 == "-" || $0 == "+" }
        guard text.utf8.count - digits.utf8.count <= 1, digits.contains(where: \.isASCIIDigit) || digits.count == 4
        else {
            return nil
        }
        if let value = otherBase(digits) {
            return Reading(rule: "yaml.number", meaning: "the number \(value)", clear: "\(value)", isOddNumber: true)
        }
        if digits.allSatisfy(\.isASCIIDigit) { return whole(text, digits) }
        if isTimeOfSixties(digits) {
            return Reading(rule: "yaml.number", meaning: "a number in sixties, as times were once written")
        }
        if isDate(digits) { return Reading(rule: "yaml.date", meaning: "a date") }
        switch digits {
        case ".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN":
            return Reading(rule: "yaml.number", meaning: "no finite number")
        default: return fraction(text, digits)
        }
    }

    /// `0755`, `0o755`, `0x1F`, `0b11`, `1_000`.
    private static func otherBase(_ digits: Substring) -> Int? {
        let plain = digits.filter { $0 != "_" }
        if digits.hasPrefix("0x") { return Int(plain.dropFirst(2), radix: 16) }
        if digits.hasPrefix("0o") { return Int(plain.dropFirst(2), radix: 8) }
        if digits.hasPrefix("0b") { return Int(plain.dropFirst(2), radix: 2) }
        guard plain.count > 1, plain.allSatisfy(\.isASCIIDigit) else { return nil }
        // Leading zeros mean octal to some, and nothing to the others.
        if plain.hasPrefix("0") { return Int(plain, radix: 8) ?? Int(plain) }
        return plain.count < digits.count ? Int(plain) : nil
    }

    /// Beyond 2⁵³ whole numbers change in readers that keep numbers as floating point (RFC 8259, section 6).
    private static func whole(_ text: String, _ digits: Substring) -> Reading? {
        let isLarge = digits.utf8.count > 19 || Int(digits).map { $0 > 1 << 53 } ?? true
        if isLarge { return Reading(rule: "yaml.number", meaning: "a number with other last digits") }
        guard text.hasPrefix("+"), let value = Int(digits) else { return nil }
        return Reading(rule: "yaml.number", meaning: "the number \(value)", clear: "\(value)")
    }

    /// `1.10`, `1e3`, `1.`, `.5`: numbers that are written otherwise when they are printed again.
    private static func fraction(_ text: String, _ digits: Substring) -> Reading? {
        let isNumber = digits.utf8.allSatisfy {
            (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") || $0 | 0x20 == UInt8(ascii: "e")
                || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-")
        }
        // Swift wants digits before and after a point.
        let full = (digits.hasPrefix(".") ? "0" : "") + digits + (digits.hasSuffix(".") ? "0" : "")
        guard isNumber, let value = Double(full) else { return nil }
        let printed = "\(text.hasPrefix("-") ? "-" : "")\(value)"
        guard printed != text else { return nil }
        return Reading(rule: "yaml.number", meaning: "the number \(short(printed))", clear: short(printed))
    }

    private static func short(_ number: String) -> String {
        number.hasSuffix(".0") ? String(number.dropLast(2)) : number
    }

    /// `12:30`, `190:20:30`, each part after the first below 60.
    private static func isTimeOfSixties(_ digits: Substring) -> Bool {
        let parts = digits.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count > 1, parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy(\.isASCIIDigit) }) else { return false }
        return !parts[0].hasPrefix("0") && parts.dropFirst().allSatisfy { $0.count <= 2 && (Int($0) ?? 60) < 60 }
    }

    /// `2026-11-21`, alone or with a time after it.
    private static func isDate(_ digits: Substring) -> Bool {
        let date = digits.prefix { $0 != "T" && $0 != "t" && $0 != " " }
        let parts = date.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts.allSatisfy({ $0.allSatisfy(\.isASCIIDigit) }) else { return false }
        return parts[0].count == 4 && (1...2).contains(parts[1].count) && (1...2).contains(parts[2].count)
    }
}
