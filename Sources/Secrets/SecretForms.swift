import Contract
import FoundationEssentials

/// The forms in which a secret value may turn up in text that others wrote: as it is, in part where a part is as good as
/// the whole, and encoded in the ways that programs encode.
struct SecretForms {
    /// Shorter values are left out: masking them would blacken ordinary text.
    static let shortest = 4
    /// A part of a value has to be this long, since ordinary words are shorter.
    static let shortestPart = 8

    private var found: Set<[UInt8]> = []

    /// Every form, the longest first.
    static func all(of values: some Sequence<String>) -> [[UInt8]] {
        var forms = SecretForms()
        for value in values where value.utf8.count >= shortest {
            forms.addEncodings(of: value)
            for part in parts(of: value) where part.utf8.count >= shortestPart { forms.addEncodings(of: part) }
        }
        return forms.found.sorted { $0.count > $1.count }
    }

    /// Lines of a value of several, the keys of a set, the password in an address.
    private static func parts(of value: String) -> [String] {
        var parts: [String] = []
        let lines = value.split(whereSeparator: \.isNewline)
        if lines.count > 1 || value.last?.isNewline == true {
            parts += lines.map { trimmed($0) }.filter { !$0.hasPrefix("-----") }
        }
        // Where a file is is no secret, and who has to mend it needs the path.
        let keys = value.hasPrefix("sqlite:") ? [] : value.split(separator: ",")
        for key in keys {
            if let colon = key.firstIndex(of: ":") { parts.append(String(key[key.index(after: colon)...])) }
            if value.contains(",") { parts.append(trimmed(key)) }
        }
        if let scheme = value.firstRange(of: "://") {
            let authority = value[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && !$0.isNewline }
            if let at = authority.lastIndex(of: "@"), let colon = authority[..<at].firstIndex(of: ":") {
                let password = String(authority[authority.index(after: colon)..<at])
                parts += [password, password.percentDecoded]
            }
        }
        return parts
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text.drop { $0.isWhitespace }
        while text.last?.isWhitespace == true { text = text.dropLast() }
        return String(text)
    }

    private mutating func add(_ text: String) {
        if text.utf8.count >= Self.shortest { found.insert(Array(text.utf8)) }
    }

    private mutating func addEncodings(of value: String) {
        add(value)
        add(trimmedValue(value))
        for isUpper in [true, false] {
            let percent = Self.percent(value, isUpper: isUpper)
            add(percent)
            add(percent.replacing("%20", with: "+"))
        }
        addEscaped(value)
        let bytes = Array(value.utf8)
        if bytes.count >= 6 {
            let hex = Hexadecimal.text(bytes)
            add(hex)
            add(hex.uppercased())
            for shift in 0..<3 { addBase64(bytes, shift: shift) }
        }
    }

    private func trimmedValue(_ value: String) -> String { Self.trimmed(value[...]) }

    /// As JSON, shells, HTML and debugging output write it.
    private mutating func addEscaped(_ value: String) {
        let json = Self.escaped(value, "\"", control: { "\\u" + Self.hex($0, 4) })
        add(json)
        add(json.replacing("/", with: "\\/"))
        add(Self.ascii(json))
        add(Self.ascii(json, isUpper: true))
        add(Self.escaped(value, "\"", control: { "\\u{" + String($0, radix: 16, uppercase: true) + "}" }))
        // Swift's debugging output escapes both quotes; others only the one that they write around the text.
        let both = Self.escaped(value, "\"", control: { "\\u{" + String($0, radix: 16, uppercase: true) + "}" })
        add(both.replacing("'", with: "\\'"))
        add(Self.escaped(value, "'", control: { "\\x" + Self.hex($0, 2) }))
        add(value.replacing("'", with: "'\\''"))
        add(value.replacing("'", with: "'\"'\"'"))
        let html = value.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
        add(html)
        for quote in ["&quot;", "&#34;"] {
            for apostrophe in ["&#39;", "&#x27;", "'"] {
                add(html.replacing("\"", with: quote).replacing("'", with: apostrophe))
            }
        }
        let shell = value.map { character in
            let isPlain = character.isLetter || character.isNumber || "@%+=:,./-_".contains(character)
            return isPlain ? String(character) : "\\\(character)"
        }
        add(shell.joined())
    }

    private static func escaped(_ value: String, _ quote: Character, control: (UInt32) -> String) -> String {
        value.unicodeScalars.map { scalar -> String in
            switch scalar {
            case "\n": "\\n"
            case "\r": "\\r"
            case "\t": "\\t"
            case "\\": "\\\\"
            case _ where Character(scalar) == quote: "\\\(quote)"
            case _ where scalar.value < 32: control(scalar.value)
            default: String(Character(scalar))
            }
        }.joined()
    }

    /// What is not ASCII as `\u00e4`, in UTF-16 as JSON has it.
    private static func ascii(_ text: String, isUpper: Bool = false) -> String {
        text.unicodeScalars.map { scalar in
            guard !scalar.isASCII else { return String(Character(scalar)) }
            return String(Character(scalar)).utf16.map { "\\u" + hex(UInt32($0), 4, isUpper: isUpper) }.joined()
        }.joined()
    }

    private static func hex(_ number: UInt32, _ width: Int, isUpper: Bool = false) -> String {
        let digits = String(number, radix: 16, uppercase: isUpper)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// RFC 3986: what is not unreserved, as `%2F`.
    private static func percent(_ value: String, isUpper: Bool) -> String {
        value.utf8.map { byte in
            let character = Character(UnicodeScalar(byte))
            let isPlain = character.isASCII && (character.isLetter || character.isNumber || "-._~".contains(character))
            return isPlain ? String(character) : "%" + hex(UInt32(byte), 2, isUpper: isUpper)
        }.joined()
    }

    /// What base64 (RFC 4648, both alphabets) makes of the value when `shift` bytes, modulo three, stand before it: the
    /// characters that depend on the value alone.
    private mutating func addBase64(_ bytes: [UInt8], shift: Int) {
        let text = Data([UInt8](repeating: 0, count: shift) + bytes).base64EncodedString()
        let start = (shift * 8 + 5) / 6
        let end = (shift + bytes.count) * 8 / 6
        guard end - start >= Self.shortestPart else { return }
        let core = String(text.dropFirst(start).prefix(end - start))
        add(core)
        add(core.replacing("+", with: "-").replacing("/", with: "_"))
    }
}
