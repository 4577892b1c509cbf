import Contract

/// What a project's contracts suggest to somebody who writes an environment's file.
struct SuggestedNames {
    /// In alphabetical order.
    private(set) var services: [String] = []
    /// The schema of a variable's value, by its name.
    private(set) var variables: [String: JSONText] = [:]
    /// What secrets are for, by their names.
    private(set) var secrets: [String: String] = [:]

    init(_ sources: ProjectSources?) {
        let contracts = (sources?.files ?? [:]).filter { $0.key.hasPrefix("contracts/") && $0.key.hasSuffix(".json") }
            .sorted { $0.key < $1.key }.compactMap { KnownNames.readable($0.value) }
        services = contracts.map(\.service).sorted()
        var readers: [String: [(service: String, variable: VariableDeclaration)]] = [:]
        for contract in contracts {
            for variable in contract.variables {
                readers[variable.name, default: []].append((contract.service, variable))
            }
        }
        for (name, all) in readers {
            guard let first = all.first?.variable else { continue }
            let summary = Self.summary(first, readers: all.map(\.service).sorted())
            if all.contains(where: \.variable.secret) {
                secrets[name] = summary
            } else {
                let schemas = all.map { Self.value($0.variable) }
                let agree = schemas.allSatisfy { JSONText.object($0) == .object(schemas[0]) }
                variables[name] = .object(
                    [("description", .string(summary))] + (agree ? schemas[0] : [("type", Self.scalars)]))
            }
        }
    }

    private static func summary(_ variable: VariableDeclaration, readers: [String]) -> String {
        let sentence = variable.summary.prefix(1).uppercased() + variable.summary.dropFirst()
        let need = variable.required ? " Required." : ""
        return "\(sentence). Read by \(Sentence.list(readers)).\(need)"
    }

    private static let scalars = SchemaWriter.types("string", "number", "boolean", "null")
    /// What `${project}` and `${environment}` stand for is not known to an editor.
    private static let hole = "\\$\\{"

    /// What may be written. Quoted numbers and truth values are as good as plain ones.
    private static func value(_ variable: VariableDeclaration) -> [(String, JSONText)] {
        let fallback = variable.defaultValue.map { [("default", JSONText.string($0))] } ?? []
        if let allowed = variable.allowed { return choice(allowed) + fallback }
        return form(variable) + fallback
    }

    private static func choice(_ allowed: [String]) -> [(String, JSONText)] {
        let plain = allowed.flatMap { text -> [JSONText] in
            let bare: JSONText? =
                text == "true" || text == "false" ? .boolean(text == "true") : Int(text).map { .integer($0) }
            return [.string(text)] + (bare.map { [$0] } ?? [])
        }
        let filled = JSONText.object([("type", .string("string")), ("pattern", .string(hole))])
        return [("anyOf", .array([.object([("enum", .array(plain + [.null]))]), filled]))]
    }

    private static func form(_ variable: VariableDeclaration) -> [(String, JSONText)] {
        func text(_ pattern: String) -> (String, JSONText) { ("pattern", .string("^(\(pattern))$|\(hole)")) }
        let minimum = variable.minimum.map { [("minimum", JSONText.integer($0))] } ?? []
        let maximum = variable.maximum.map { [("maximum", JSONText.integer($0))] } ?? []
        return switch variable.kind {
        case .integer:
            [("type", SchemaWriter.types("integer", "string", "null")), text("-?[0-9]+")] + minimum + maximum
        case .number:
            [("type", SchemaWriter.types("number", "string", "null")), text("[+-]?[0-9.]+([eE][+-]?[0-9]+)?")] + minimum
                + maximum
        case .boolean: choice(["true", "false"])
        case .duration: [("type", SchemaWriter.types("string", "null")), text("[0-9]+(ms|s|m|h|d)")]
        case .url: [("type", SchemaWriter.types("string", "null")), text("[a-zA-Z][a-zA-Z0-9+.-]*://.+")]
        case .list: [("type", SchemaWriter.types("array", "string", "number", "boolean", "null"))]
        case .path: [("type", SchemaWriter.types("string", "null"))]
        case .string: [("type", scalars)] + (variable.pattern.map { [text($0)] } ?? [])
        }
    }
}
