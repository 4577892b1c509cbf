/// JSON as text (RFC 8259), written from the first byte to the last: for lines of logs, and for answers that are given so
/// often that an encoder which knows nothing beforehand takes too long.
package struct JSONWriter {
    package private(set) var bytes: [UInt8] = []
    /// Whether a comma comes before what is written next.
    private var needsComma = false

    package init(capacity: Int = 256) {
        bytes.reserveCapacity(capacity)
    }

    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// An object whose members `body` writes.
    package mutating func object(_ body: (inout JSONWriter) throws -> Void) rethrows {
        try enclosed("{", "}", body)
    }

    /// An array whose elements `body` writes.
    package mutating func array(_ body: (inout JSONWriter) throws -> Void) rethrows {
        try enclosed("[", "]", body)
    }

    /// The key of the value that is written next.
    package mutating func key(_ key: String) {
        string(key)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    package mutating func member(_ key: String, _ value: String) {
        self.key(key)
        string(value)
    }

    package mutating func member(_ key: String, _ value: Int) {
        self.key(key)
        element()
        bytes.append(contentsOf: String(value).utf8)
    }

    /// What is no number in JSON, such as infinity, is null.
    package mutating func member(_ key: String, _ value: Double) {
        self.key(key)
        element()
        bytes.append(contentsOf: (value.isFinite ? "\(value)" : "null").utf8)
    }

    package mutating func member(_ key: String, _ value: Bool) {
        self.key(key)
        element()
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    /// A string, quoted; control characters are escaped, the rest is UTF-8.
    package mutating func string(_ value: String) {
        element()
        bytes.append(UInt8(ascii: "\""))
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"): bytes += Array(#"\n"#.utf8)
            case UInt8(ascii: "\r"): bytes += Array(#"\r"#.utf8)
            case UInt8(ascii: "\t"): bytes += Array(#"\t"#.utf8)
            case 0..<0x20, 0x7f:
                let digits = String(byte, radix: 16)
                bytes += Array("\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// `value` as a string of JSON, with its quotes.
    package static func quoted(_ value: String) -> String {
        var writer = JSONWriter(capacity: value.utf8.count + 2)
        writer.string(value)
        return writer.text
    }

    private mutating func element() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func enclosed(
        _ open: Unicode.Scalar, _ close: Unicode.Scalar, _ body: (inout JSONWriter) throws -> Void
    ) rethrows {
        element()
        bytes.append(UInt8(ascii: open))
        needsComma = false
        try body(&self)
        bytes.append(UInt8(ascii: close))
        needsComma = true
    }
}
