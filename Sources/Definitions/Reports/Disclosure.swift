/// A key or a single value where it stands in a file, and whether it may be shown.
struct SourceMark {
    var column: Int
    var scalar: YAMLScalar
    var isShown: Bool

    /// The mark, not shown if its text is one of these.
    func hidden(among secrets: Set<String>) -> SourceMark {
        var mark = self
        mark.isShown = isShown && !secrets.contains(scalar.text)
        return mark
    }
}

/// Decides of each text in a file whether people may see it. Only what is known to be harmless is shown: values under
/// `secrets`, of variables that a contract calls secret or that no contract knows, under unknown keys, and of a shape like
/// a secret's, are not.
struct Disclosure {
    private enum Area: Equatable {
        /// By the reference, what has no other area.
        case settings
        case variables
        case variable(String)
        case secrets
        /// The value of this key of a secret's source.
        case source(String)
        /// What nothing is known of.
        case unknown(isSensitive: Bool)
        /// A file that the reference does not describe.
        case document
    }

    private let names: KnownNames
    /// The lines whose marks are kept.
    let lines: Set<Int>
    private(set) var marks: [Int: [SourceMark]] = [:]
    /// What is hidden because it is or may be a secret.
    private(set) var sensitive: Set<String> = []

    init(names: KnownNames, lines: Set<Int>) {
        self.names = names
        self.lines = lines
    }

    /// Goes through the file of an environment.
    mutating func read(_ root: YAMLNode, _ reference: Reference) {
        visit(root, .settings, [.mapping(reference.keys, free: nil)])
    }

    /// Goes through a contract, or another file that is no environment.
    mutating func read(_ root: YAMLNode) { visit(root, .document, []) }

    private mutating func visit(_ node: YAMLNode, _ area: Area, _ shapes: [Shape]) {
        if let scalar = node.scalar {
            let isShown = isShown(scalar, area, shapes)
            note(scalar, node.place, isShown: isShown)
            if !isShown, isSensitive(area) || SecretShape.isLikely(scalar.text) { conceal(scalar.text) }
        } else if let elements = node.elements {
            let inner = shapes.flatMap { if case .list(let shapes) = $0 { shapes } else { [Shape]() } }
            for element in elements { visit(element, area, inner) }
        } else if let entries = node.entries {
            visit(Array(entries), area, shapes)
        }
    }

    private mutating func visit(_ entries: [YAMLEntry], _ area: Area, _ shapes: [Shape]) {
        var known: [String: Shape] = [:]
        var free: [Shape] = []
        for case .mapping(let keys, let rest) in shapes {
            for key in keys where known[key.name] == nil { known[key.name] = key.shape }
            if let rest { free.append(rest.shape) }
        }
        let declaresSecret = entries.contains { $0.key == "secret" && $0.value.scalar?.text == "true" }
        for entry in entries {
            let shape = known[entry.key]
            let isShown = isShown(entry, isKnown: shape != nil, area)
            note(YAMLScalar(text: entry.key, style: .plain), entry.keyPlace, isShown: isShown)
            if !isShown, isSensitive(area) { conceal(entry.key) }
            let inner = self.area(of: entry, shape != nil, !free.isEmpty, area, declaresSecret)
            visit(entry.value, inner, shape.map { [$0] } ?? free)
        }
    }

    private func area(
        of entry: YAMLEntry, _ isKnown: Bool, _ isFree: Bool, _ area: Area, _ declaresSecret: Bool
    ) -> Area {
        let isSecret = names.isSecret(entry.key)
        switch area {
        case .settings where isKnown && entry.key == Reference.secrets: return .secrets
        case .settings where isKnown && entry.key == "variables": return .variables
        case .settings: return isKnown || isFree ? .settings : .unknown(isSensitive: isSecret)
        case .variables: return .variable(entry.key)
        case .secrets: return isKnown ? .source(entry.key) : .secrets
        case .document:
            let hides = declaresSecret && ["default", "allowed", "forbidden", "pattern"].contains(entry.key)
            // `key_variable` of a contract holds a name, `password` of a smoke suite a value.
            let isName = entry.value.scalar.map { names.words.contains($0.text) } ?? false
            return hides || isSecret && !isName ? .unknown(isSensitive: true) : .document
        case .unknown(let isSensitive): return .unknown(isSensitive: isSensitive || isSecret)
        case .variable, .source: return .unknown(isSensitive: isSensitive(area))
        }
    }

    private func isShown(_ entry: YAMLEntry, isKnown: Bool, _ area: Area) -> Bool {
        let key = entry.key
        if isKnown { return true }
        switch area {
        case .settings, .document: return key.utf8.count <= 60 && !SecretShape.isLikely(key)
        case .variables: return Names.isVariable(key) && !SecretShape.isLikely(key)
        case .secrets:
            // A value that stands where a name should is not shown: names are declared, or say where they come from.
            return names.words.contains(key)
                || Names.isVariable(key) && entry.value["from"] != nil && !SecretShape.isLikely(key)
        case .variable, .source, .unknown: return false
        }
    }

    private func isShown(_ scalar: YAMLScalar, _ area: Area, _ shapes: [Shape]) -> Bool {
        if scalar.isNull { return true }
        let text = scalar.text
        switch area {
        case .settings where !shapes.contains { if case .scalar = $0 { true } else { false } }: return isHarmless(text)
        case .settings, .document: return !SecretShape.isLikely(text)
        case .variable(let name): return names.isPlain(name) && !SecretShape.isLikely(text)
        case .source("from"):
            return shapes.contains { if case .scalar(.choice(let all), _) = $0 { all.contains(text) } else { false } }
        case .source("bytes"), .source("version"): return text.utf8.count <= 5 && Quantity.integer(text) != nil
        case .source("expires"): return text.wholeMatch(of: /[0-9]{4}-[0-9]{2}-[0-9]{2}/) != nil
        case .source("name"): return Self.isEnvironmentVariable(text)
        case .source("path"), .source("file"): return text.contains("/") && !SecretShape.isLikely(text)
        case .unknown(isSensitive: false): return isHarmless(text)
        case .source, .secrets, .variables, .unknown: return false
        }
    }

    /// What tells nothing wherever it stands: a word of the files' own, a quantity, a number too short to protect anything.
    private func isHarmless(_ text: String) -> Bool {
        names.isKnown(text) && (Quantity.integer(text) == nil || text.utf8.count <= 3)
    }

    private func isSensitive(_ area: Area) -> Bool {
        switch area {
        case .secrets: true
        // The words of a command are hidden where they stand, and named when it fails.
        case .source(let key): key != "run"
        case .variable(let name): names.isSecret(name)
        case .unknown(let isSensitive): isSensitive
        case .settings, .variables, .document: false
        }
    }

    /// Short texts and names are in too many sentences for other reasons.
    private mutating func conceal(_ text: String) {
        if text.utf8.count >= 6, !names.isKnown(text) { sensitive.insert(text) }
    }

    /// `STAGING_JWT_SECRET`: words in capitals, which no key is.
    private static func isEnvironmentVariable(_ text: String) -> Bool {
        let words = text.split(separator: "_", omittingEmptySubsequences: false)
        return words.count > 1 && words.allSatisfy { !$0.isEmpty && $0.utf8.count <= 16 } && Names.isVariable(text)
            && text == text.uppercased() && !SecretShape.isLikely(text)
    }

    private mutating func note(_ scalar: YAMLScalar, _ place: Place, isShown: Bool) {
        guard lines.contains(place.line) else { return }
        marks[place.line, default: []].append(SourceMark(column: place.column, scalar: scalar, isShown: isShown))
    }
}
