import Foundation

/// The calls of `tidegate` in pages, scripts and workflows, split into arguments as a shell would.
enum CommandLines {
    /// In a page: within back quotes and fenced blocks, on a line of their own. In shell text: at the start of a command.
    static func quoted(in text: String, shell: Bool) -> [[String]] {
        let code = shell ? [text] : fenced(text) + inline(text)
        return code.flatMap { calls(in: $0.replacingOccurrences(of: "\\\n", with: " ")) }
    }

    private static func fenced(_ text: String) -> [String] {
        text.matches(of: /(?ms)^```(?:sh|bash|console)?[^\n]*\n(.*?)^```/).map { String($0.1) }
    }

    private static func inline(_ text: String) -> [String] {
        let prose = text.replacing(/(?ms)^```.*?^```/, with: "")
        return prose.matches(of: /`([^`\n]+)`/).map { String($0.1) }
    }

    private static func calls(in code: String) -> [[String]] {
        var found: [[String]] = []
        for line in code.split(separator: "\n") where !line.trimmingCharacters(in: .whitespaces).hasPrefix("#") {
            let starts = /(?:^|[\s"(]|\.tidegate\/bin\/)tidegate (?=[a-z-])/
            for match in line.matches(of: starts) where commandPosition(line[..<match.range.lowerBound]) {
                found.append(arguments(line[match.range.upperBound...]))
            }
        }
        return found
    }

    /// Whether a command can start after this text; not within an argument of another one.
    private static func commandPosition(_ before: Substring) -> Bool {
        let text = before.trimmingCharacters(in: .whitespaces)
        if text.isEmpty { return true }
        if text.hasSuffix("\"$(") || text.hasSuffix("$(") || text.hasSuffix("$") { return true }
        return ["if", "until", "while", "run:", "|", "||", "&&", ";", "then", "!", "sudo"].contains {
            text.hasSuffix($0)
        }
    }

    /// The words up to the end of the command, without their quotes. What a variable stands for is one word.
    static func arguments(_ text: Substring) -> [String] {
        var words: [String] = []
        var word = ""
        var quote: Character?
        var depth = 0
        for character in text {
            if let open = quote {
                if character == "(" { depth += 1 }
                if character == ")" { depth -= 1 }
                if character == open, depth <= 0 { quote = nil } else { word.append(character) }
            } else if character == "\"" || character == "'" {
                quote = character
                word.append(contentsOf: "")
            } else if "|;)<>&#".contains(character) {
                break
            } else if character == " " {
                if !word.isEmpty { words.append(word) }
                word = ""
            } else {
                word.append(character)
            }
        }
        if !word.isEmpty { words.append(word) }
        // `2>/dev/null` leaves its number behind.
        if words.last == "2" { words.removeLast() }
        return words
    }
}
