import Foundation

/// A function of a Swift file that `swift format` has laid out: its closing brace stands under its first line.
struct FunctionLength {
    var line: Int
    var length: Int
    var signature: String

    static func all(_ lines: [Substring]) -> [FunctionLength] {
        let start = /^\s*(?:@\w+ |[a-z]+ )*(?:func |init[(?<])/
        return lines.indices.compactMap { first in
            guard lines[first].contains(start), let open = opening(lines, first) else { return nil }
            let closing = String(repeating: " ", count: indent(lines[first])) + "}"
            guard let last = lines[open...].firstIndex(where: { $0 == closing }) else { return nil }
            return FunctionLength(
                line: first + 1, length: last - first + 1,
                signature: lines[first].trimmingCharacters(in: .whitespaces))
        }
    }

    /// The line that ends with the body's brace; nil for a requirement of a protocol and for a body of one line.
    private static func opening(_ lines: [Substring], _ first: Int) -> Int? {
        let depth = indent(lines[first])
        for index in first..<min(first + 30, lines.count) {
            let line = lines[index]
            if index > first, line.isEmpty || indent(line) < depth { return nil }
            if indent(line) == depth {
                if line.hasSuffix("{") { return index }
                if line.hasSuffix("}") { return nil }
            }
        }
        return nil
    }

    private static func indent(_ line: Substring) -> Int { line.prefix { $0 == " " }.count }
}
