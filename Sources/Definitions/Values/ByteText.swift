/// Text taken apart by bytes. Values are looked at by the thousand, nearly all are ASCII, and going through characters costs
/// many times as much.
extension StringProtocol {
    /// Whether these bytes stand in the text.
    func holds(_ wanted: String) -> Bool {
        guard let first = wanted.utf8.first else { return true }
        var rest = utf8[...]
        while let start = rest.firstIndex(of: first) {
            rest = rest[start...]
            if rest.starts(with: wanted.utf8) { return true }
            rest = rest.dropFirst()
        }
        return false
    }

    var isASCII: Bool { utf8.allSatisfy { $0 < 0x80 } }
}

extension String {
    /// Runs of letters and digits.
    var runsOfLettersAndDigits: [Substring] {
        guard isASCII else { return split { !($0.isLetter || $0.isNumber) } }
        return utf8.split { !Self.isLetterOrDigit($0) }.map { Substring($0) }
    }

    /// Letters and digits alone.
    var lettersAndDigits: String {
        guard isASCII else { return filter { $0.isLetter || $0.isNumber } }
        return String(decoding: utf8.filter(Self.isLetterOrDigit), as: UTF8.self)
    }

    /// The words of a variable's name, in capitals: `DATABASE_URL` has `DATABASE` and `URL`.
    var wordsOfName: [Substring] { uppercased().utf8.split(separator: 0x5F).map { Substring($0) } }

    /// The last of those words; empty without one.
    var lastWordOfName: String {
        guard let last = utf8.lastIndex(where: { $0 != 0x5F }) else { return "" }
        let name = utf8[...last]
        let start = name.lastIndex(of: 0x5F).map { name.index(after: $0) } ?? name.startIndex
        return Substring(name[start...]).uppercased()
    }

    /// Whether it is one word of ASCII letters, digits, `-` and `_`.
    var isWord: Bool { !isEmpty && utf8.allSatisfy { Self.isLetterOrDigit($0) || $0 == 0x2D || $0 == 0x5F } }

    /// Of ASCII.
    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte)
    }
}
