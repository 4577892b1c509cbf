/// One pass over a JSON text, RFC 8259. Each part returns nil where the text is none; `index` is where that shows.
struct JSONScan {
    let text: [UInt8]
    private(set) var index = 0
    private static let deepest = 64

    init(text: [UInt8]) { self.text = text }

    private var byte: UInt8? { index < text.count ? text[index] : nil }

    mutating func skipSpace() {
        while let byte, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { index += 1 }
    }

    mutating func value(depth: Int) -> JSONNode? {
        skipSpace()
        let start = index
        let value: JSONNode.Value? =
            switch byte {
            case UInt8(ascii: "{"): depth < Self.deepest ? object(depth) : nil
            case UInt8(ascii: "["): depth < Self.deepest ? array(depth) : nil
            case UInt8(ascii: "\""): string().map { .string($0) }
            case UInt8(ascii: "t"): word("true") ? .boolean(true) : nil
            case UInt8(ascii: "f"): word("false") ? .boolean(false) : nil
            case UInt8(ascii: "n"): word("null") ? .null : nil
            default: number()
            }
        return value.map { JSONNode(value: $0, start: start) }
    }

    private mutating func object(_ depth: Int) -> JSONNode.Value? {
        var members: [JSONNode.Member] = []
        index += 1
        while true {
            skipSpace()
            if members.isEmpty, take("}") { return .object([]) }
            let start = index
            guard byte == UInt8(ascii: "\""), let key = string() else { return nil }
            skipSpace()
            guard take(":"), let value = value(depth: depth + 1) else { return nil }
            members.append(JSONNode.Member(key: key, start: start, value: value))
            skipSpace()
            if take("}") { return .object(members) }
            guard take(",") else { return nil }
        }
    }

    private mutating func array(_ depth: Int) -> JSONNode.Value? {
        var elements: [JSONNode] = []
        index += 1
        while true {
            skipSpace()
            if elements.isEmpty, take("]") { return .array([]) }
            guard let value = value(depth: depth + 1) else { return nil }
            elements.append(value)
            skipSpace()
            if take("]") { return .array(elements) }
            guard take(",") else { return nil }
        }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard byte == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func word(_ word: StaticString) -> Bool {
        let end = index + word.utf8CodeUnitCount
        let stands = text[index..<min(end, text.count)].elementsEqual("\(word)".utf8)
        if stands { index = end }
        return stands
    }

    private mutating func number() -> JSONNode.Value? {
        let start = index
        _ = take("-")
        let first = index
        skipDigits()
        guard index > first, index == first + 1 || text[first] != UInt8(ascii: "0") else { return nil }
        let isWhole = byte != UInt8(ascii: ".") && byte.map { $0 | 0x20 } != UInt8(ascii: "e")
        if take(".") {
            let fraction = index
            skipDigits()
            guard index > fraction else { return nil }
        }
        if byte.map({ $0 | 0x20 }) == UInt8(ascii: "e") {
            index += 1
            if !take("+") { _ = take("-") }
            let exponent = index
            skipDigits()
            guard index > exponent else { return nil }
        }
        let digits = String(decoding: text[start..<index], as: UTF8.self)
        return .number(isWhole ? Int(digits) : Double(digits).flatMap { Int(exactly: $0) })
    }

    private mutating func skipDigits() {
        while let byte, (0x30...0x39).contains(byte) { index += 1 }
    }

    private mutating func string() -> String? {
        index += 1
        let start = index
        while let byte, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { index += 1 }
        // Few strings have escapes, and need more than their bytes as they stand.
        guard byte == UInt8(ascii: "\\") else { return ended(text[start..<index]) }
        var bytes = Array(text[start..<index])
        while let byte, byte != UInt8(ascii: "\""), byte >= 0x20 {
            index += 1
            if byte == UInt8(ascii: "\\") {
                guard escape(&bytes) else { return nil }
            } else {
                bytes.append(byte)
            }
        }
        return ended(bytes)
    }

    /// The text, if it is UTF-8 and its closing quote is here.
    private mutating func ended(_ bytes: some Collection<UInt8>) -> String? {
        guard byte == UInt8(ascii: "\""), let text = String(validating: bytes, as: UTF8.self) else { return nil }
        index += 1
        return text
    }

    /// Appends what stands behind a backslash.
    private mutating func escape(_ bytes: inout [UInt8]) -> Bool {
        guard let byte else { return false }
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(byte)
        case UInt8(ascii: "b"): bytes.append(0x08)
        case UInt8(ascii: "f"): bytes.append(0x0C)
        case UInt8(ascii: "n"): bytes.append(0x0A)
        case UInt8(ascii: "r"): bytes.append(0x0D)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "u"):
            guard let scalar = escapedScalar() else { return false }
            bytes.append(contentsOf: String(Character(scalar)).utf8)
        default: return false
        }
        return true
    }

    /// Four hexadecimal digits, or two times four that are a surrogate pair.
    private mutating func escapedScalar() -> Unicode.Scalar? {
        guard let unit = codeUnit() else { return nil }
        guard (0xD800...0xDBFF).contains(unit) else { return Unicode.Scalar(unit) }
        guard take("\\"), take("u"), let low = codeUnit(), (0xDC00...0xDFFF).contains(low) else { return nil }
        return Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
    }

    private mutating func codeUnit() -> UInt32? {
        let digits = text[index..<min(index + 4, text.count)].compactMap(Hexadecimal.value)
        guard digits.count == 4 else { return nil }
        index += 4
        return digits.reduce(0) { $0 << 4 | UInt32($1) }
    }
}
