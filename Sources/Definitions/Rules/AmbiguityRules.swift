import Contract

/// Values that mean one thing here and another to other readers of YAML, as each file writes them.
struct AmbiguityRules {
    /// The files of an environment, the nearest first, as they were before they were combined.
    let files: [YAMLNode]
    /// What contracts say of a name.
    let declarations: [String: [VariableDeclaration]]
    /// The environment's own file; findings in the others are of no single environment.
    let environment: (name: String, file: String)
    /// Where something was said already: a shared file is looked at for each environment.
    private(set) var said: Set<Place>
    private(set) var findings: [Finding] = []

    init(
        files: [YAMLNode], contracts: [String: ArtifactContract], environment: (name: String, file: String),
        said: Set<Place>
    ) {
        self.files = files
        self.environment = environment
        self.said = said
        declarations = Dictionary(grouping: contracts.values.flatMap(\.variables), by: \.name)
    }

    mutating func check() {
        for (index, file) in files.enumerated() {
            check(file, under: [], base: files[(index + 1)...])
            for service in file["services"]?.entries ?? [] {
                check(service.value, under: ["services", service.key], base: files[(index + 1)...])
            }
        }
    }

    private mutating func check(_ owner: YAMLNode, under keys: [String], base: ArraySlice<YAMLNode>) {
        for section in ["variables", Reference.secrets] {
            let inherited = base.compactMap { file in (keys + [section]).reduce(file) { $0?[$1] } }
            for entry in owner[section]?.entries ?? [] {
                guard !entry.value.isNull else {
                    checkRemoval(entry, inherited)
                    continue
                }
                if section == "variables" {
                    for value in entry.value.elements ?? [entry.value] { check(value, entry, isShown: true) }
                } else if let value = entry.value["value"] {
                    check(value, entry, isShown: false)
                }
            }
        }
    }

    /// Null removes what an extended file has, and is a slip when none has it or nothing was written.
    private mutating func checkRemoval(_ entry: YAMLEntry, _ inherited: [YAMLNode]) {
        let removes = inherited.contains { file in
            entry.withKey { file.entry($0) }.map { !$0.value.isNull } ?? false
        }
        // Without an extended file the value itself is reported.
        guard !files.dropFirst().isEmpty, entry.value.isAbsent || !removes else { return }
        let name = entry.key
        report(
            "yaml.null", entry.value.place, name,
            entry.value.isAbsent
                ? "`\(name)` has no value\(removes ? ", which removes it" : "")."
                : "`\(name)` is removed here, and no file that is extended has it.",
            removes || entry.value.isAbsent
                ? "Write `\"\"` for an empty text, or `~` to remove what an extended file has."
                : "Remove the line; write `\"\"` for an empty text.")
    }

    private mutating func check(_ value: YAMLNode, _ entry: YAMLEntry, isShown: Bool) {
        guard let scalar = value.scalar, scalar.style == .plain, let other = PlainText.otherReading(scalar.text)
        else { return }
        let name = entry.key
        guard isInDoubt(other, scalar.text, declarations[name] ?? []) else { return }
        let shown = isShown ? "the text `\(scalar.text)`" : "a text"
        let quoted = isShown ? "`\"\(scalar.text)\"`" : "it in quotes"
        report(
            other.rule, value.place, name,
            "`\(name)` is \(shown) here, and \(isShown ? other.meaning : "something else") to other readers of YAML.",
            other.clear.map { "Write \(quoted) if the text is meant\(isShown ? ", `\($0)` if not" : "")." }
                ?? "Write \(quoted).")
    }

    /// Where the contract asks for numbers or truth values the text is either right or refused for what it is.
    private func isInDoubt(_ other: PlainText.Reading, _ text: String, _ declared: [VariableDeclaration]) -> Bool {
        guard !declared.isEmpty else { return true }
        return declared.contains { declaration in
            switch declaration.kind {
            case .boolean, .duration, .url: false
            case .integer, .number: other.isOddNumber
            case .string, .list, .path: !(declaration.allowed?.contains(text) ?? false)
            }
        }
    }

    private mutating func report(_ rule: String, _ place: Place, _ name: String, _ message: String, _ fix: String) {
        guard said.insert(place).inserted else { return }
        findings.append(
            Finding(
                rule: rule, severity: .warning, environment: place.file == environment.file ? environment.name : nil,
                place: place, name: name, message: message, fix: fix))
    }
}
