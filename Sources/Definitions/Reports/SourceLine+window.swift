extension SourceLine {
    /// Whether anything but blanks, comments and what is hidden stands on the line.
    var saysAnything: Bool {
        cells.contains { ![" ", Self.mask, Self.comment].contains($0.text) }
    }

    /// What of the line fits into `width` columns, and carets under what begins at `column`; `…` stands for what was cut.
    func window(at column: Int, width: Int) -> (text: String, caret: String) {
        let target = range(at: column)
        let before = cells[..<target.lowerBound].reduce(0) { $0 + $1.width }
        let marked = max(1, cells[target].reduce(0) { $0 + $1.width })
        let whole = cells.reduce(0) { $0 + $1.width }
        guard max(whole, before + 1) > width else {
            return (text(cells[...]), String(repeating: " ", count: before) + String(repeating: "^", count: marked))
        }
        // A third of the room is for what leads to the place.
        let from = before + 1 > width - 12 ? before - width / 3 : 0
        return cut(from: max(0, from), width: width, before: before, marked: marked)
    }

    private func cut(from: Int, width: Int, before: Int, marked: Int) -> (text: String, caret: String) {
        var position = 0
        var start = 0
        while start < cells.count, position < from {
            position += cells[start].width
            start += 1
        }
        let isCutBefore = start > 0
        var room = width - (isCutBefore ? 1 : 0) - 1
        var end = start
        while end < cells.count, cells[end].width <= room {
            room -= cells[end].width
            end += 1
        }
        let shown = (isCutBefore ? "…" : "") + text(cells[start..<end]) + (end < cells.count ? "…" : "")
        let offset = max(0, before - position) + (isCutBefore ? 1 : 0)
        let visible = max(1, min(marked, width - 1 - offset))
        return (shown, String(repeating: " ", count: offset) + String(repeating: "^", count: visible))
    }

    private func text(_ cells: ArraySlice<DisplayCell>) -> String {
        var text = cells.map(\.text).joined()
        while text.hasSuffix(" ") { text.removeLast() }
        return text
    }

    /// The source's text that a caret at `column` points at, as far as it is shown.
    func word(at column: Int) -> String {
        cells[range(at: column)].map(\.text).joined()
    }

    /// The cells of the key, value or word that begins at `column`; of one cell where none does, and none behind the end.
    private func range(at column: Int) -> Range<Int> {
        guard let first = cells.lastIndex(where: { $0.column <= column }) else { return 0..<min(1, cells.count) }
        let isBehind = first == cells.count - 1 && cells[first].column < column && cells[first].text != Self.mask
        guard !isBehind else { return cells.count..<cells.count }
        if let text = texts.first(where: { $0.lowerBound == column && !$0.isEmpty }) {
            return first..<(cells.lastIndex { text.contains($0.column) } ?? first) + 1
        }
        var end = first + 1
        guard isWord(cells[first]) else { return first..<end }
        while end < cells.count, isWord(cells[end]) { end += 1 }
        return first..<end
    }

    private func isWord(_ cell: DisplayCell) -> Bool {
        cell.text != Self.mask
            && cell.text.unicodeScalars.first.map { !" →{}[],:\"'".unicodeScalars.contains($0) } ?? false
    }
}
