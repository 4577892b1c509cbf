import Definitions
import FoundationEssentials

/// Text of names and values: a JSON object of texts, lines `NAME=value`, or a YAML mapping of scalars; which of them is
/// told from the text itself. Values are taken as they stand: `no` and `010` are texts.
struct KeyedText: Sendable {
    enum Format: Sendable { case json, lines, yaml }

    /// Why it cannot be used; never a part of it.
    struct Flaw: Error, Sendable {
        var reason: String
    }

    let format: Format
    private(set) var text: String

    init(_ text: String) {
        self.text = text
        let first = text.first { !$0.isWhitespace }
        if first == "{" {
            format = .json
        } else {
            let lines = Self.contents(text)
            format = !lines.isEmpty && lines.allSatisfy { Self.assignment($0) != nil } ? .lines : .yaml
        }
    }

    /// Nil when there is no such key.
    func value(_ key: String) throws(Flaw) -> String? {
        switch format {
        case .json: try object()[key]
        case .lines: Self.contents(text).compactMap(Self.assignment).last { $0.name == key }?.value
        case .yaml: try entry(key).map { $0.text }
        }
    }

    /// Gives the key its value, and leaves the rest as it is.
    mutating func set(_ key: String, _ value: String) throws(Flaw) {
        switch format {
        case .json:
            var object = try object()
            object[key] = value
            text = try Self.json(object, isPretty: true) + "\n"
        case .lines: setLine(key, value)
        case .yaml: try setEntry(key, value)
        }
    }

    // MARK: JSON

    private func object() throws(Flaw) -> [String: String] {
        do { return try JSONDecoder().decode([String: String].self, from: Data(text.utf8)) } catch {
            throw Flaw(reason: "it is not a JSON object of texts")
        }
    }

    private static func json(_ value: some Encodable, isPretty: Bool = false) throws(Flaw) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting =
            isPretty ? [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted] : [.withoutEscapingSlashes]
        do { return String(decoding: try encoder.encode(value), as: UTF8.self) } catch {
            throw Flaw(reason: "its values cannot be written as JSON")
        }
    }

    // MARK: Lines

    private static func contents(_ text: String) -> [Substring] {
        text.split(whereSeparator: \.isNewline).filter { line in
            line.first { !$0.isWhitespace }.map { $0 != "#" } ?? false
        }
    }

    /// `NAME=value`, `export NAME="a\nb"`, `NAME='as it is'`, `NAME=value # and a remark`.
    private static func assignment(_ line: Substring) -> (name: String, value: String)? {
        guard let equals = line.firstIndex(of: "=") else { return nil }
        var name = trimmed(line[..<equals])
        if name.hasPrefix("export ") { name = trimmed(name.dropFirst(7)) }
        guard let first = name.first, first.isLetter || first == "_", first.isASCII,
            name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") })
        else { return nil }
        let rest = trimmed(line[line.index(after: equals)...])
        if rest.count >= 2, rest.first == "'", rest.last == "'" {
            return (String(name), String(rest.dropFirst().dropLast()))
        }
        if rest.count >= 2, rest.first == "\"", rest.last == "\"" {
            return (String(name), unescaped(rest.dropFirst().dropLast()))
        }
        let value = rest.firstRange(of: " #").map { trimmed(rest[..<$0.lowerBound]) } ?? rest
        return (String(name), String(value))
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0.isWhitespace }
        while text.last?.isWhitespace == true { text = text.dropLast() }
        return text
    }

    private static func unescaped(_ text: Substring) -> String {
        var result = ""
        var escapes = false
        for character in text {
            if escapes {
                result.append(character == "n" ? "\n" : character == "t" ? "\t" : character == "r" ? "\r" : character)
                escapes = false
            } else if character == "\\" {
                escapes = true
            } else {
                result.append(character)
            }
        }
        return result
    }

    private mutating func setLine(_ key: String, _ value: String) {
        let escaped = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            .replacing("\r", with: "\\r").replacing("\n", with: "\\n")
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        let line = "\(key)=\"\(escaped)\""
        if let index = lines.lastIndex(where: { Self.assignment($0[...])?.name == key }) {
            lines[index] = line
        } else {
            lines.append(line)
        }
        text = lines.joined(separator: "\n") + "\n"
    }

    // MARK: YAML

    private func entries() throws(Flaw) -> [YAMLEntry] {
        let document = YAMLDocument.parse(Array(text.utf8), file: "")
        let isReadable = !document.findings.contains { $0.severity == .error }
        guard isReadable, let entries = document.root?.entries else {
            let line = document.findings.first.map { " (line \($0.place.line))" } ?? ""
            throw Flaw(reason: "it is neither a YAML mapping, a JSON object nor lines of NAME=value\(line)")
        }
        return Array(entries)
    }

    private func entry(_ key: String) throws(Flaw) -> YAMLScalar? {
        guard let entry = try entries().first(where: { $0.key == key }) else { return nil }
        guard let scalar = entry.value.scalar else { throw Flaw(reason: "\(key) is not a single value in it") }
        return scalar
    }

    private mutating func setEntry(_ key: String, _ value: String) throws(Flaw) {
        let isEmpty = Self.contents(text).isEmpty
        let entries = isEmpty ? [] : try entries()
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        let line = "\(key): \(try Self.json(value))"
        guard let index = entries.firstIndex(where: { $0.key == key }) else {
            text = (lines + [line]).joined(separator: "\n") + "\n"
            return
        }
        let start = entries[index].keyPlace.line - 1
        var end = index + 1 < entries.count ? entries[index + 1].keyPlace.line - 1 : lines.count
        while end > start + 1, lines[end - 1].isEmpty || lines[end - 1].hasPrefix("#") { end -= 1 }
        lines.replaceSubrange(start..<end, with: [line])
        text = lines.joined(separator: "\n") + "\n"
    }
}
