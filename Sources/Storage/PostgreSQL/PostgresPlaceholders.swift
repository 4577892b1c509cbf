/// Turns `?` placeholders into PostgreSQL's `$1`, `$2`…, but not within string literals, quoted identifiers, dollar
/// quotes and comments. `??` stands for a single question mark, as some operators need.
struct PostgresPlaceholders {
    private let sql: [UInt8]
    private var position = 0
    private var output: [UInt8] = []
    private var count = 0

    static func translate(_ sql: String) -> String {
        guard sql.utf8.contains(UInt8(ascii: "?")) else { return sql }
        var scanner = PostgresPlaceholders(sql: Array(sql.utf8))
        scanner.scan()
        return String(decoding: scanner.output, as: UTF8.self)
    }

    private init(sql: [UInt8]) {
        self.sql = sql
    }

    private func at(_ offset: Int) -> UInt8? {
        position + offset < sql.count ? sql[position + offset] : nil
    }

    private mutating func copy(_ length: Int) {
        let end = min(sql.count, position + length)
        output.append(contentsOf: sql[position..<end])
        position = end
    }

    private mutating func scan() {
        while let byte = at(0) {
            switch byte {
            case UInt8(ascii: "?"): placeholder()
            case UInt8(ascii: "'"): quoted(by: byte, backslashes: isEscapeString)
            case UInt8(ascii: "\""): quoted(by: byte, backslashes: false)
            case UInt8(ascii: "$"): dollarQuoted()
            case UInt8(ascii: "-") where at(1) == byte: lineComment()
            case UInt8(ascii: "/") where at(1) == UInt8(ascii: "*"): blockComment()
            default: copy(1)
            }
        }
    }

    private mutating func placeholder() {
        if at(1) == UInt8(ascii: "?") {
            output.append(UInt8(ascii: "?"))
            position += 2
        } else {
            count += 1
            output.append(contentsOf: "$\(count)".utf8)
            position += 1
        }
    }

    /// Whether the quote that comes belongs to `E'…'`, in which a backslash escapes.
    private var isEscapeString: Bool {
        guard position > 0, sql[position - 1] | 0x20 == UInt8(ascii: "e") else { return false }
        return position == 1 || !Self.isWord(sql[position - 2])
    }

    /// A doubled quote ends one and begins the next, which comes to the same.
    private mutating func quoted(by quote: UInt8, backslashes: Bool) {
        copy(1)
        while let byte = at(0), byte != quote {
            copy(backslashes && byte == UInt8(ascii: "\\") ? 2 : 1)
        }
        copy(1)
        if backslashes, at(0) == quote { quoted(by: quote, backslashes: true) }
    }

    private mutating func dollarQuoted() {
        var length = 1
        while let byte = at(length), Self.isWord(byte) { length += 1 }
        let startsWord = position > 0 && Self.isWord(sql[position - 1])
        let isNumber = at(1).map { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 } ?? false
        guard !startsWord, !isNumber, at(length) == UInt8(ascii: "$") else { return copy(1) }
        let tag = sql[position...(position + length)]
        copy(tag.count)
        while position < sql.count {
            if sql[position...].starts(with: tag) { return copy(tag.count) }
            copy(1)
        }
    }

    private mutating func lineComment() {
        while let byte = at(0), byte != UInt8(ascii: "\n") { copy(1) }
    }

    private mutating func blockComment() {
        var depth = 0
        repeat {
            if at(0) == UInt8(ascii: "/"), at(1) == UInt8(ascii: "*") {
                depth += 1
                copy(2)
            } else if at(0) == UInt8(ascii: "*"), at(1) == UInt8(ascii: "/") {
                depth -= 1
                copy(2)
            } else {
                copy(1)
            }
        } while depth > 0 && position < sql.count
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...:
            true
        default: false
        }
    }
}
