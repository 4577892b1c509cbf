import Contract

extension Reference {
    /// The JSON Schema (draft 7, which editors understand best) of environment files, with the services and variables of the
    /// project's contracts as suggestions. It forbids no other names: whether somebody reads a variable depends on the
    /// release. Contracts that cannot be read suggest nothing; validation reports them.
    package func jsonSchema(suggesting sources: ProjectSources? = nil) -> JSONText {
        SchemaWriter(reference: self, names: SuggestedNames(sources)).document()
    }
}

/// Writes the reference as a JSON Schema.
struct SchemaWriter {
    let reference: Reference
    let names: SuggestedNames

    /// What stands at more than one place, or is long, by the key at the top under which it stands.
    private static let shared = ["services", "variables", "secrets"]

    /// `environment` is not required, since files that others extend have none.
    func document() -> JSONText {
        var properties: [(String, JSONText)] = []
        var definitions: [(String, JSONText)] = []
        for key in reference.keys {
            guard Self.shared.contains(key.name), case .mapping(_, let free?) = key.shape else {
                properties.append((key.name, described(key)))
                continue
            }
            let element = String(key.name.dropLast())
            properties.append((key.name, reference(key.name, key.summary)))
            definitions.append((key.name, named(key.name, free)))
            // A variable's value depends on its name; services and secrets are all alike.
            if key.name != "variables" {
                definitions.append((element, described(free, isWhole: key.name == "secrets")))
            }
        }
        return .object([
            ("$schema", .string("http://json-schema.org/draft-07/schema#")),
            ("title", .string("Tidegate environment")),
            (
                "description",
                .string("Made by `tidegate schema`. `environments/reference.yaml` says what every key means.")
            ),
            ("type", .string("object")), ("properties", .object(properties)), ("additionalProperties", .boolean(false)),
            ("definitions", .object(definitions)),
        ])
    }

    /// Names of one's own, with those of the contracts as suggestions.
    private func named(_ family: String, _ free: KeyShape) -> JSONText {
        let element = "#/definitions/\(family.dropLast())"
        let all: [(String, JSONText)]
        let other: JSONText
        switch family {
        case "variables":
            all = names.variables.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 }
            other = described(free)
        case "secrets":
            all = names.secrets.sorted { $0.key < $1.key }.map { ($0.key, reference("secret", $0.value)) }
            other = .object([("$ref", .string(element))])
        default:
            all = names.services.map { ($0, .object([("$ref", .string(element))])) }
            other = .object([("$ref", .string(element))])
        }
        return .object(
            [("type", Self.types("object", "null"))] + (all.isEmpty ? [] : [("properties", .object(all))])
                + [("propertyNames", Self.namePattern(free)), ("additionalProperties", other)])
    }

    /// What draft 7 reads of a reference with anything beside it.
    private func reference(_ name: String, _ summary: String) -> JSONText {
        let target = JSONText.object([("$ref", .string("#/definitions/\(name)"))])
        return .object((summary.isEmpty ? [] : [("description", .string(summary))]) + [("allOf", .array([target]))])
    }

    /// - Parameter isWhole: whether the value stands in one file as a whole, as lists and secrets do. Of what several files
    ///   make together none needs every key.
    private func described(_ key: KeyShape, isWhole: Bool = false) -> JSONText {
        let schema = schema(key.shape, isWhole)
        guard case .object(let members) = schema, !key.summary.isEmpty else { return schema }
        return .object([("description", .string(key.summary))] + members)
    }

    private func schema(_ shape: Shape, _ isWhole: Bool) -> JSONText {
        switch shape {
        case .scalar(let type, let fallback):
            .object(Self.scalar(type) + (fallback.map { [("default", Self.value($0, type))] } ?? []))
        case .list(let shapes):
            .object([
                ("type", Self.types("array", "null")),
                (
                    "items",
                    shapes.count == 1
                        ? schema(shapes[0], true) : .object([("anyOf", .array(shapes.map { schema($0, true) }))])
                ),
            ])
        case .mapping(let keys, let free): mapping(keys, free, isWhole)
        }
    }

    private func mapping(_ keys: [KeyShape], _ free: KeyShape?, _ isWhole: Bool) -> JSONText {
        var members: [(String, JSONText)] = [("type", Self.types("object", "null"))]
        let required = keys.filter(\.required).map { JSONText.string($0.name) }
        if isWhole, !required.isEmpty { members.append(("required", .array(required))) }
        let properties = keys.map { key in
            let isShared = ["variables", "secrets"].contains(key.name)
            return (key.name, isShared ? reference(key.name, key.summary) : property(key, isWhole))
        }
        if !keys.isEmpty { members.append(("properties", .object(properties))) }
        if let free { members.append(("propertyNames", Self.namePattern(free))) }
        members.append(("additionalProperties", free.map { described($0, isWhole: isWhole) } ?? .boolean(false)))
        return .object(members)
    }

    /// The rules that a file may name are known, unlike other texts.
    private func property(_ key: KeyShape, _ isWhole: Bool) -> JSONText {
        guard key.name == "rule" else { return described(key, isWhole: isWhole) }
        let ids = RuleDescription.all.filter { !$0.mustHold }.map(\.id).sorted()
        return .object([("description", .string(key.summary)), ("enum", .array(ids.map { .string($0) }))])
    }
}

extension SchemaWriter {
    static func types(_ names: String...) -> JSONText { .array(names.map { .string($0) }) }

    static func namePattern(_ free: KeyShape) -> JSONText {
        .object([("pattern", .string(free.name == "<VARIABLE>" ? "^[A-Za-z_][A-Za-z0-9_]*$" : name))])
    }

    private static let name = "^[a-z][a-z0-9-]{0,62}$"

    /// A default as the file would have it.
    private static func value(_ text: String, _ type: ScalarType) -> JSONText {
        switch type {
        case .integer: Int(text).map { .integer($0) } ?? .string(text)
        case .quantile: Double(text).map { .number($0) } ?? .string(text)
        case .boolean: .boolean(text == "true")
        default: .string(text)
        }
    }

    /// Null removes what an extended file has, so it is right everywhere.
    private static func scalar(_ type: ScalarType) -> [(String, JSONText)] {
        func text(_ pattern: String, _ example: String) -> [(String, JSONText)] {
            [
                ("type", types("string", "null")), ("pattern", .string(pattern)),
                ("examples", .array([.string(example)])),
            ]
        }
        return switch type {
        case .text: [("type", types("string", "number", "boolean", "null"))]
        case .name: [("type", types("string", "null")), ("pattern", .string(name))]
        case .path: [("type", types("string", "null")), ("pattern", .string("^(?!/)(?!(.*/)?\\.\\.(/|$))."))]
        case .url: text("^https?://[^/]", "https://example.com")
        case .boolean: [("type", types("boolean", "null"))]
        case .percentage: text("^[0-9]+(\\.[0-9]+)?%$", "5%")
        case .quantile:
            [
                ("type", types("number", "null")), ("exclusiveMinimum", .integer(0)),
                ("exclusiveMaximum", .integer(1)),
            ]
        case .duration: text("^[0-9]+(ms|s|m|h|d)$", "30s")
        case .factor: text("^[0-9]+(\\.[0-9]+)?x baseline$", "2x baseline")
        case .limit:
            [
                ("type", types("number", "string", "null")), ("pattern", .string("^[0-9]+(\\.[0-9]+)?x stable$")),
                ("examples", .array([.string("1.5x stable")])),
            ]
        case .money: text("^[0-9]+(\\.[0-9]{1,9})? USD$", "25 USD")
        case .value: [("type", types("string", "number", "boolean", "array", "null"))]
        case .integer(let range):
            [("type", types("integer", "null"))]
                + (range.lowerBound == .min
                    ? [] : [("minimum", .integer(range.lowerBound)), ("maximum", .integer(range.upperBound))])
        case .choice(let names): [("enum", .array(names.map { .string($0) } + [.null]))]
        }
    }
}
