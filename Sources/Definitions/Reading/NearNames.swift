/// Finds the declared name that somebody probably meant: edit distance, separators, case, a prefix that is missing, doubled
/// or another one, plural and singular, and the abbreviations that people mix up. The index is made at the first question.
final class NearNames {
    private let given: [String]
    private lazy var names = given.sorted()
    private lazy var index = Index(names)

    init(_ names: some Sequence<String>) { given = Array(names) }

    func nearest(to name: String) -> String? {
        guard !names.isEmpty, name.utf8.count <= 128 else { return nil }
        let words = Self.words(name)
        if let exact = index.whole[words.joined()] { return exact }
        // `JWT_SECRET`, `PIPELINE_JWT_SECRET`, `UPLOAD_PIPELINE_UPLOAD_PIPELINE_JWT_SECRET`.
        for start in words.indices {
            let rest = words[start...].joined()
            if start > 0, let name = index.whole[rest] { return name }
            if let name = index.withoutPrefix[rest] { return name }
        }
        if words.count > 1, let name = index.endings[words.joined()] ?? nil { return name }
        if let reordered = index.bags[words.sorted().joined(separator: "_")] ?? nil { return reordered }
        let upper = name.uppercased()
        if let near = Suggestion.nearest(to: upper, among: names) { return near }
        // A slip in a name whose prefix is missing as well.
        let prefix = index.prefix
        guard !prefix.isEmpty, !upper.hasPrefix(prefix) else { return nil }
        return Suggestion.nearest(to: prefix + upper, among: names)
    }

    private struct Index {
        /// Names by their normalised words.
        var whole: [String: String] = [:]
        /// Names by their words behind the prefix that all of them have.
        var withoutPrefix: [String: String] = [:]
        /// Names by two or more words at their end; nil when several end so.
        var endings: [String: String?] = [:]
        /// Names by their words in alphabetical order; nil when several have the same.
        var bags: [String: String?] = [:]
        /// What all names begin with, up to a `_`.
        var prefix = ""

        init(_ names: [String]) {
            let split = names.map { ($0, NearNames.words($0)) }
            let shared = Self.sharedWords(split.map(\.1))
            if let first = names.first, shared > 0 {
                prefix = first.split(separator: "_").prefix(shared).joined(separator: "_") + "_"
            }
            for (name, words) in split {
                whole[words.joined()] = name
                if shared > 0, words.count > shared { withoutPrefix[words[shared...].joined()] = name }
                Self.add(name, words.sorted().joined(separator: "_"), &bags)
                for start in words.indices.dropFirst() where words.count - start >= 2 {
                    Self.add(name, words[start...].joined(), &endings)
                }
            }
        }

        private static func add(_ name: String, _ key: String, _ table: inout [String: String?]) {
            if table.updateValue(name, forKey: key) != nil { table.updateValue(nil, forKey: key) }
        }

        /// How many words all names begin with; none when there are too few names to speak of a prefix.
        private static func sharedWords(_ names: [[String]]) -> Int {
            guard names.count >= 3, let first = names.first else { return 0 }
            return names.dropFirst().reduce(max(first.count - 1, 0)) { count, words in
                min(count, zip(first, words).prefix { $0 == $1 }.count, max(words.count - 1, 0))
            }
        }
    }

    private static let synonyms: [String: String] = [
        "URI": "URL", "DSN": "URL", "DB": "DATABASE", "PASSWD": "PASSWORD", "PWD": "PASSWORD", "PASS": "PASSWORD",
        "ENV": "ENVIRONMENT", "PROD": "PRODUCTION", "CONFIGURATION": "CONFIG", "DIRECTORY": "DIR", "ADDRESS": "ADDR",
        "HOSTNAME": "HOST",
    ]

    /// Upper-case words without plurals: `jwtSecrets` has JWT and SECRET.
    private static func words(_ name: String) -> [String] {
        var words: [String] = []
        var current = ""
        var wasLower = false
        for character in name {
            guard character.isLetter || character.isNumber else {
                if !current.isEmpty { words.append(current) }
                current = ""
                continue
            }
            if character.isUppercase, wasLower, !current.isEmpty {
                words.append(current)
                current = ""
            }
            wasLower = character.isLowercase
            current += character.uppercased()
        }
        if !current.isEmpty { words.append(current) }
        return words.map { word in
            let known = synonyms[word] ?? word
            let isPlural = known.count > 3 && known.hasSuffix("S") && !known.hasSuffix("SS")
            return isPlural ? String(known.dropLast()) : known
        }
    }
}
