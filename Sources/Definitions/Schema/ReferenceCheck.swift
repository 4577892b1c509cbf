extension Reference {
    /// The key below which values are not shown.
    static let secrets = "secrets"

    /// Compares a file's tree with the reference: unknown keys and wrong types, each with its place. Keys that are
    /// required are not asked for here, since another file may have them.
    package func check(_ root: YAMLNode, _ collector: FindingCollector) {
        check(YAMLReader(root, collector: collector), against: .mapping(keys, free: nil))
    }

    private func check(_ reader: YAMLReader, against shape: Shape) {
        // Null removes what an extended file has, so it is right everywhere.
        guard !reader.node.isNull else { return }
        switch shape {
        case .scalar(let type, _): check(reader, type)
        case .list(let shapes): _ = reader.list { element in check(element, againstOneOf: shapes) }
        case .mapping(let keys, let free): checkMapping(reader, keys, free)
        }
    }

    private func checkMapping(_ reader: YAMLReader, _ keys: [KeyShape], _ free: KeyShape?) {
        // Most often the value itself was written where its source should stand.
        let isSource = keys.contains { $0.name == "from" }
        let example = isSource ? "{ from: environment, name: NAME }" : "name: value"
        guard let entries = reader.entries(example: example) else { return }
        let known = KnownKeys(keys.map(\.name))
        for entry in entries {
            if let key = keys.first(where: { $0.name == entry.key }) {
                check(key.name == Self.secrets ? entry.value.concealed() : entry.value, against: key.shape)
            } else if let free {
                checkFreeName(entry.key, entry.place, free, reader)
                check(entry.value, against: free.shape)
            } else {
                reader.reportUnknown(entry.key, at: entry.place, known: known)
            }
        }
    }

    /// Names of variables are `[A-Za-z_][A-Za-z0-9_]*`, other free names are names.
    private func checkFreeName(_ name: String, _ place: Place, _ free: KeyShape, _ reader: YAMLReader) {
        let isVariable = free.name == "<VARIABLE>"
        guard isVariable ? Names.isVariable(name) : Names.isName(name) else {
            reader.collector.report(
                "key.name", at: place, name: name, "`\(name.prefix(80))` cannot be the name of a \(free.name).",
                fix: isVariable
                    ? "Write letters, digits and `_`, and begin with no digit."
                    : "Write lower-case letters, digits and hyphens, and begin with a letter.")
            return
        }
    }

    private func check(_ reader: YAMLReader, againstOneOf shapes: [Shape]) {
        guard shapes.count > 1 else {
            if let shape = shapes.first { check(reader, against: shape) }
            return
        }
        // A mapping's shape is recognised by its first key; single values have one shape among the alternatives.
        guard let entries = reader.node.entries else {
            let scalar = shapes.first { if case .scalar = $0 { true } else { false } }
            if let scalar {
                check(reader, against: scalar)
            } else {
                _ = reader.wrong("a mapping", example: "key: value") as Bool?
            }
            return
        }
        let mappings = shapes.compactMap { shape -> (Shape, [KeyShape])? in
            if case .mapping(let keys, _) = shape { (shape, keys) } else { nil }
        }
        for entry in entries {
            guard let match = mappings.first(where: { $0.1.contains { $0.name == entry.key } }) else { continue }
            return check(reader, against: match.0)
        }
        let known = KnownKeys(mappings.flatMap { $0.1.map(\.name) })
        for entry in entries {
            reader.reportUnknown(entry.key, at: entry.keyPlace, known: known)
        }
    }

    private func check(_ reader: YAMLReader, _ type: ScalarType) {
        switch type {
        case .text: _ = reader.string()
        case .name: _ = reader.name()
        case .path: _ = reader.relativePath()
        case .url: _ = reader.url()
        case .boolean: _ = reader.boolean()
        case .percentage: _ = reader.percentage()
        case .quantile: _ = reader.quantile()
        case .duration: _ = reader.duration()
        case .factor: _ = reader.factor()
        case .limit: _ = reader.limit(.above)
        case .money: _ = reader.money()
        case .value: _ = reader.variableText()
        case .integer(let range): _ = reader.integer(in: range)
        case .choice(let names): _ = reader.choice(among: names)
        }
    }
}
