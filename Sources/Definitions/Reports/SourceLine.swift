/// One line of a file as people may see it: what is or may be a secret is `•••`, of the same length whatever it hides.
struct SourceLine {
    static let mask = "•••"
    /// What stands for a comment.
    static let comment = "# …"

    private(set) var cells: [DisplayCell] = []
    /// The columns of the source that keys and values take, shown or not.
    private(set) var texts: [Range<Int>] = []
    private var width = 0
    private let scalars: [Unicode.Scalar]

    /// A line of a file whose tree is known; `marks` are the keys and values that begin on it. Of what is between them only
    /// punctuation is shown.
    init(_ scalars: [Unicode.Scalar], marks: [SourceMark]) {
        self.scalars = scalars
        var at = 0
        let starts = Dictionary(grouping: marks, by: { $0.column - 1 }).filter { $0.key >= 0 && $0.key < scalars.count }
        for start in starts.keys.sorted() where start >= at {
            let here = starts[start] ?? []
            let next = starts.keys.filter { $0 > start }.min() ?? scalars.count
            between(at..<start, isFirst: at == 0)
            // An alias gives one text two meanings; hidden in one, it is hidden.
            let hidden = here.first { !$0.isShown }
            let mark = hidden ?? here[0]
            let extent = extent(of: mark.scalar, from: start)
            let end = extent.end ?? next
            if hidden == nil, extent.isLiteral { show(start..<end) } else { hide(start..<end) }
            texts.append((start + 1)..<(end + 1))
            at = end
        }
        between(at..<scalars.count, isFirst: at == 0)
    }

    /// A line of a file that could not be read as a whole: only words that are the files' own are shown, and after the name
    /// of something that holds a value none.
    init(_ scalars: [Unicode.Scalar], names: KnownNames) {
        self.scalars = scalars
        var at = 0
        var (hasName, hidesRest) = (false, false)
        while at < scalars.count {
            let start = at
            if Self.isPunctuation(scalars[at]) {
                show(at..<(at + 1))
                at += 1
                continue
            }
            while at < scalars.count, !Self.isPunctuation(scalars[at]) || scalars[at] == "-" && at > start { at += 1 }
            let word = String(String.UnicodeScalarView(scalars[start..<at]))
            let isName = names.words.contains(word)
            if hidesRest || !(isName || hasName && names.isKnown(word)) {
                // All that follows, punctuation and all, so that nothing of its form is left.
                hide(start..<scalars.count)
                return
            }
            show(start..<at)
            hasName = hasName || isName
            hidesRest =
                names.plain.contains(word) || names.isSecret(word) || ["value", "run", "path", "name"].contains(word)
        }
    }

    /// Where a text that begins at `start` ends, if it ends on this line and can be found there, and whether what stands
    /// there is the text itself, with nothing folded or escaped.
    private func extent(of scalar: YAMLScalar, from start: Int) -> (end: Int?, isLiteral: Bool) {
        let rest = scalars[start...]
        let count = scalar.text.unicodeScalars.count
        if let quote = rest.first, quote == "\"" || quote == "'" {
            return isQuoted(scalar.text, rest) ? (start + count + 2, true) : (closing(quote, after: start), false)
        }
        guard scalar.style == .plain, rest.starts(with: scalar.text.unicodeScalars) else { return (nil, false) }
        let end = start + count
        return end == scalars.count || Self.isPunctuation(scalars[end]) ? (end, true) : (nil, false)
    }

    /// Whether the line goes on with exactly this text between quotes, without anything escaped.
    private func isQuoted(_ text: String, _ rest: ArraySlice<Unicode.Scalar>) -> Bool {
        let inner = rest.dropFirst()
        return inner.starts(with: text.unicodeScalars) && !text.unicodeScalars.contains("\\")
            && inner.dropFirst(text.unicodeScalars.count).first == rest.first
    }

    private func closing(_ quote: Unicode.Scalar, after start: Int) -> Int? {
        var at = start + 1
        while at < scalars.count {
            if quote == "\"", scalars[at] == "\\" {
                at += 2
            } else if scalars[at] == quote {
                guard quote == "'", at + 1 < scalars.count, scalars[at + 1] == "'" else { return at + 1 }
                at += 2
            } else {
                at += 1
            }
        }
        return nil
    }

    /// What stands between two texts: punctuation, a comment, an anchor, or, before the first, the rest of a text that began
    /// on an earlier line.
    private mutating func between(_ range: Range<Int>, isFirst: Bool) {
        let blanks = range.prefix { scalars[$0] == " " || scalars[$0] == "\t" }
        let punctuation = range.prefix { Self.isPunctuation(scalars[$0]) && scalars[$0] != "\"" && scalars[$0] != "'" }
        let visible = punctuation.count == range.count || !isFirst ? punctuation : blanks
        show(range.lowerBound..<(range.lowerBound + visible.count))
        let rest = (range.lowerBound + visible.count)..<range.upperBound
        guard let first = rest.first else { return }
        let startsComment = scalars[first] == "#" && (first == 0 || [" ", "\t"].contains(scalars[first - 1]))
        if startsComment {
            append(DisplayCell(text: Self.comment, width: 3, column: first + 1))
        } else {
            hide(rest)
        }
    }

    private mutating func show(_ range: Range<Int>) {
        for cell in DisplayCells.cells(scalars[range], column: range.lowerBound + 1, after: width) { append(cell) }
    }

    private mutating func hide(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        let endsInBlank = range.upperBound < scalars.count && scalars[range.upperBound - 1] == " "
        append(DisplayCell(text: Self.mask, width: 3, column: range.lowerBound + 1))
        if endsInBlank { append(DisplayCell(text: " ", width: 1, column: range.upperBound)) }
    }

    private mutating func append(_ cell: DisplayCell) {
        cells.append(cell)
        width += cell.width
    }

    private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
        " \t{}[],:-?\"'".unicodeScalars.contains(scalar)
    }
}
