/// How text for people may shine and how wide it may be.
package struct TextStyle: Sendable, Equatable {
    package var hasColour: Bool
    /// The terminal's columns; nil where nobody knows, and then sentences are not broken.
    package var width: Int?

    package init(hasColour: Bool = false, width: Int? = nil) {
        self.hasColour = hasColour
        self.width = width
    }

    enum Tone: String {
        case error = "31;1"
        case warning = "33;1"
        case good = "32;1"
        case strong = "1"
        case dim = "2"
        case fix = "36"
    }

    func paint(_ text: String, _ tone: Tone) -> String {
        hasColour && !text.isEmpty ? "\u{1B}[\(tone.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// The words of a sentence in lines of at most `limit` columns, of which the first has `first` less.
    static func lines(_ text: String, limit: Int?, first: Int = 0) -> [String] {
        guard let limit else { return [text] }
        var lines: [String] = []
        var line = ""
        var used = first
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            let width = DisplayCells.width(of: String(word))
            if !line.isEmpty, used + 1 + width > limit {
                lines.append(line)
                (line, used) = (String(word), width)
            } else {
                used += width + (line.isEmpty ? 0 : 1)
                line += line.isEmpty ? word : " " + word
            }
        }
        return lines + [line]
    }
}
