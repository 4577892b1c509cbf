/// Guesses headings in plain text, by rules simple enough to foresee what they give.
enum MarkdownWriter {
    static func markdown(_ text: String) -> String {
        var output: [String] = []
        var isFirst = true
        for page in text.split(separator: "\u{0C}", omittingEmptySubsequences: true) {
            let lines = page.split(separator: "\n", omittingEmptySubsequences: false).map(trimmed)
            for (index, line) in lines.enumerated() {
                let isAlone = (index == 0 || lines[index - 1].isEmpty)
                if line.isEmpty {
                    if output.last?.isEmpty == false { output.append("") }
                } else if let level = headingLevel(line, isAlone: isAlone, isFirst: isFirst) {
                    output.append(String(repeating: "#", count: level) + " " + line)
                    isFirst = false
                } else {
                    output.append(line)
                    isFirst = false
                }
            }
        }
        return output.joined(separator: "\n") + "\n"
    }

    /// The document's first line is its title; a short line on its own that is numbered, or in capitals, or has no end
    /// of a sentence, is a heading.
    private static func headingLevel(_ line: String, isAlone: Bool, isFirst: Bool) -> Int? {
        guard isAlone, line.count <= 80, let last = line.last, !".,;:!?".contains(last),
            line.contains(where: \.isLetter), line.split(separator: " ").count <= 10
        else { return nil }
        if isFirst { return 1 }
        let number = line.prefix { $0.isNumber || $0 == "." }
        if !number.isEmpty, number.first?.isNumber == true, line.dropFirst(number.count).first == " " {
            return min(2 + number.split(separator: ".").count - 1, 4)
        }
        if line == line.uppercased() { return 2 }
        return line.first?.isUppercase == true && !line.contains("  ") ? 3 : nil
    }

    private static func trimmed(_ line: Substring) -> String {
        let end = line.reversed().drop(while: \.isWhitespace)
        return String(String(end.reversed()).drop(while: \.isWhitespace))
    }
}
