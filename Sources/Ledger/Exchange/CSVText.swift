/// Tables as text (RFC 4180): fields are quoted where they have to be, lines end with CRLF when written and may end with LF
/// when read.
package enum CSVText {
    package struct Malformed: Error, Sendable, Equatable, CustomStringConvertible {
        /// From 1.
        package let line: Int
        package let reason: String
        package var description: String { "Line \(line): \(reason)." }
    }

    package static func line(_ fields: [String]) -> String {
        fields.map(field).joined(separator: ",") + "\r\n"
    }

    /// The rows' fields by the first row's names. Empty lines count for nothing.
    package static func table(_ text: String) throws(Malformed) -> [[String: String]] {
        try lines(text).map(\.fields)
    }

    /// The same, each with the line that it begins in.
    package static func lines(_ text: String) throws(Malformed) -> [(line: Int, fields: [String: String])] {
        let rows = try rows(text)
        guard let header = rows.first?.fields else { return [] }
        var table: [(line: Int, fields: [String: String])] = []
        for (line, fields) in rows.dropFirst() {
            guard fields.count == header.count else {
                throw Malformed(line: line, reason: "\(fields.count) fields, where the first line has \(header.count)")
            }
            table.append((line, Dictionary(zip(header, fields)) { first, _ in first }))
        }
        return table
    }

    private static func field(_ text: String) -> String {
        let needsQuotes = text.utf8.contains { [UInt8(ascii: "\""), UInt8(ascii: ","), 10, 13].contains($0) }
        return needsQuotes
            ? "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
            : text
    }

    private static func rows(_ text: String) throws(Malformed) -> [(line: Int, fields: [String])] {
        var rows: [(line: Int, fields: [String])] = []
        var (fields, field) = ([String](), [UInt8]())
        var (line, start, isQuoted, wasQuoted) = (1, 1, false, false)
        func decoded(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
        // A byte order mark is what spreadsheets begin with.
        var bytes = Array(text.utf8)[...]
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
        while let byte = bytes.popFirst() {
            if byte == 10 { line += 1 }
            switch byte {
            case UInt8(ascii: "\"") where isQuoted && bytes.first == UInt8(ascii: "\""):
                field.append(byte)
                bytes = bytes.dropFirst()
            case UInt8(ascii: "\"") where isQuoted: isQuoted = false
            case _ where isQuoted: field.append(byte)
            case UInt8(ascii: "\"") where field.isEmpty && !wasQuoted: (isQuoted, wasQuoted) = (true, true)
            case UInt8(ascii: "\""):
                throw Malformed(line: line, reason: "a quotation mark within a field that does not begin with one")
            case UInt8(ascii: ","):
                fields.append(decoded(field))
                (field, wasQuoted) = ([], false)
            case 13 where bytes.first == 10: continue
            case 10:
                if !(fields.isEmpty && field.isEmpty && !wasQuoted) { rows.append((start, fields + [decoded(field)])) }
                (fields, field, wasQuoted, start) = ([], [], false, line)
            default: field.append(byte)
            }
        }
        guard !isQuoted else { throw Malformed(line: start, reason: "a quotation mark is not closed") }
        if !(fields.isEmpty && field.isEmpty && !wasQuoted) { rows.append((start, fields + [decoded(field)])) }
        return rows
    }
}
