/// What a migration means for the release before, which goes on beside it for a while and may have to come back.
package enum SchemaEffect: String, Codable, Sendable, CaseIterable, ContractValue {
    /// It only adds: whoever does not know of it works on.
    case expand
    /// It takes away or changes what an earlier release may use.
    case contract

    /// By the statements' first words; whatever is not known to be harmless is none of it.
    package static func of(_ statements: [String]) -> SchemaEffect {
        var created: Set<String> = []
        return statements.allSatisfy { SQLWords($0).onlyAdds(&created) } ? .expand : .contract
    }
}

/// A statement's words in upper case, without comments; what is quoted is one word.
private struct SQLWords {
    private let words: [String]

    init(_ statement: String) {
        var words: [String] = []
        var word = ""
        var rest = Substring(statement)
        func end() {
            if !word.isEmpty { words.append(word.uppercased()) }
            word = ""
        }
        while let character = rest.first {
            if rest.hasPrefix("--") {
                rest = rest.drop { $0 != "\n" }
            } else if rest.hasPrefix("/*") {
                rest = rest.firstRange(of: "*/").map { rest[$0.upperBound...] } ?? ""
            } else if character == "'" || character == "\"" {
                let body = rest.dropFirst().prefix { $0 != character }
                word += character == "\"" ? String(body) : "''"
                rest = rest.dropFirst(body.count + 2)
            } else if character.isLetter || character.isNumber || character == "_" || character == "." {
                word.append(character)
                rest = rest.dropFirst()
            } else {
                end()
                if "(),;".contains(character) { words.append(String(character)) }
                rest = rest.dropFirst()
            }
        }
        end()
        self.words = words.filter { $0 != ";" }
    }

    /// - Parameter created: tables of this migration, on which nothing can take anything from anybody.
    func onlyAdds(_ created: inout Set<String>) -> Bool {
        let plain = words.filter { !["IF", "NOT", "EXISTS", "ONLY", "CONCURRENTLY"].contains($0) }
        switch (plain.first, plain.dropFirst().first) {
        case (nil, _): return true
        case ("CREATE", "TABLE"):
            if let name = plain.dropFirst(2).first { created.insert(name) }
            return true
        case ("CREATE", "UNIQUE"):
            return plain.firstIndex(of: "ON").map { plain[$0...].dropFirst().first.map(created.contains) ?? false }
                ?? false
        case ("CREATE", "INDEX"), ("CREATE", "EXTENSION"), ("CREATE", "SEQUENCE"), ("CREATE", "VIEW"),
            ("CREATE", "TYPE"), ("DROP", "INDEX"), ("COMMENT", "ON"), ("INSERT", "INTO"), ("ANALYZE", _):
            return true
        case ("ALTER", "TABLE"):
            if let name = plain.dropFirst(2).first, created.contains(name) { return true }
            let actions = words.dropFirst(2).drop { ["IF", "EXISTS", "ONLY"].contains($0) }.dropFirst()
            return Self.parts(of: actions).allSatisfy(Self.addsColumn)
        default: return false
        }
    }

    /// The actions of an `ALTER TABLE`, which commas separate.
    private static func parts(of words: ArraySlice<String>) -> [[String]] {
        var parts: [[String]] = [[]]
        var depth = 0
        for word in words {
            if word == "(" { depth += 1 }
            if word == ")" { depth -= 1 }
            if word == ",", depth == 0 { parts.append([]) } else { parts[parts.count - 1].append(word) }
        }
        return parts
    }

    /// A column that nobody has to fill, and that forbids nothing.
    private static func addsColumn(_ action: [String]) -> Bool {
        guard action.first == "ADD", let second = action.dropFirst().first,
            !["CONSTRAINT", "UNIQUE", "CHECK", "FOREIGN", "PRIMARY"].contains(second)
        else { return false }
        let forbids = action.contains { ["UNIQUE", "CHECK", "REFERENCES", "PRIMARY"].contains($0) }
        let isNeeded = zip(action, action.dropFirst()).contains { $0 == "NOT" && $1 == "NULL" }
        return !forbids && (!isNeeded || action.contains("DEFAULT"))
    }
}
