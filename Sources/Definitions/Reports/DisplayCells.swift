/// Characters as a terminal shows them, with the column of the source that each stands for.
struct DisplayCell: Equatable {
    var text: String
    /// How many columns of the terminal it takes: 0 for what joins the character before, 2 for wide ones.
    var width: Int
    /// The column of the source, from 1, in Unicode scalars.
    var column: Int
}

enum DisplayCells {
    static let tabStop = 4

    /// The cells of source text that begins at `column`, after `before` columns of the terminal. Characters that cannot be
    /// seen are named: in a definition they are what is wrong.
    static func cells(_ text: some Sequence<Unicode.Scalar>, column: Int, after before: Int) -> [DisplayCell] {
        var cells: [DisplayCell] = []
        var position = before
        for (offset, scalar) in text.enumerated() {
            if isCombining(scalar), let last = cells.indices.last {
                cells[last].text.unicodeScalars.append(scalar)
                continue
            }
            let shown = shown(scalar, at: position)
            position += shown.width
            cells.append(DisplayCell(text: shown.text, width: shown.width, column: column + offset))
        }
        return cells
    }

    /// How many columns a text takes that holds nothing but visible characters.
    static func width(of text: String) -> Int {
        text.unicodeScalars.reduce(0) { $0 + (isCombining($1) ? 0 : isWide($1) ? 2 : 1) }
    }

    private static func shown(_ scalar: Unicode.Scalar, at position: Int) -> (text: String, width: Int) {
        if scalar == "\t" {
            let width = tabStop - position % tabStop
            return ("→" + String(repeating: " ", count: width - 1), width)
        }
        if isInvisible(scalar) {
            let hex = String(scalar.value, radix: 16, uppercase: true)
            let name = "‹U+" + String(repeating: "0", count: max(0, 4 - hex.count)) + hex + "›"
            return (name, name.unicodeScalars.count)
        }
        return (String(scalar), isWide(scalar) ? 2 : 1)
    }

    /// Controls, marks of direction, and blanks that are no ASCII space.
    static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
        case .spaceSeparator: scalar != " "
        default: scalar.properties.isDefaultIgnorableCodePoint
        }
    }

    private static func isCombining(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: true
        default: false
        }
    }

    /// East Asian wide and full-width characters and pictographs (Unicode Annex 11), by blocks.
    private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
            0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6,
            0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1FAFF, 0x20000...0x3FFFD:
            true
        default: scalar.properties.isEmojiPresentation
        }
    }
}
