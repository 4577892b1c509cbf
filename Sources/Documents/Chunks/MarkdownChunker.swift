/// A piece of a document, as it is embedded and found.
package struct TextChunk: Sendable, Equatable {
    package var text: String
    /// The lines that it was cut from, before stripping.
    package var lineCount: Int

    package init(text: String, lineCount: Int) {
        self.text = text
        self.lineCount = lineCount
    }
}

/// The chunker `markdown-simple@1`: a chunk starts at a heading, or after 20 lines; chunks are stripped of white space
/// at both ends, and empty ones are dropped. The same text always gives the same chunks.
package enum MarkdownChunker {
    package static let name = "markdown-simple"
    package static let version = "1"
    package static let maximumLines = 20

    package static func chunks(of markdown: String) -> [TextChunk] {
        var chunks: [TextChunk] = []
        var lines: [Substring] = []
        for line in markdown.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            if isHeading(line) || lines.count == maximumLines { close(&lines, into: &chunks) }
            lines.append(line)
        }
        close(&lines, into: &chunks)
        return chunks
    }

    /// An ATX heading (CommonMark 0.31 §4.2): up to three spaces, one to six `#`, then white space or the line's end.
    static func isHeading(_ line: Substring) -> Bool {
        let indent = line.prefix { $0 == " " }
        guard indent.count <= 3 else { return false }
        let rest = line.dropFirst(indent.count)
        let marks = rest.prefix { $0 == "#" }
        guard (1...6).contains(marks.count) else { return false }
        guard let next = rest.dropFirst(marks.count).first else { return true }
        return next == " " || next == "\t"
    }

    private static func close(_ lines: inout [Substring], into chunks: inout [TextChunk]) {
        let text = stripped(lines.joined(separator: "\n"))
        if !text.isEmpty { chunks.append(TextChunk(text: text, lineCount: lines.count)) }
        lines.removeAll(keepingCapacity: true)
    }

    private static func stripped(_ text: String) -> String {
        let front = text.drop(while: \.isWhitespace)
        guard let last = front.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(front[...last])
    }
}
