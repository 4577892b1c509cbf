extension Reference {
    /// The JSON Schema (2020-12) of environment files, for editors. `environment` is not required by it, since files
    /// that others extend have none.
    package var jsonSchema: JSONText {
        guard case .object(let members) = Self.schema(.mapping(keys, free: nil), isTop: true) else { return .null }
        return .object(
            [
                ("$schema", .string("https://json-schema.org/draft/2020-12/schema")),
                ("title", .string("Tidegate environment")),
            ] + members)
    }

    private static func schema(_ shape: Shape, isTop: Bool = false) -> JSONText {
        switch shape {
        case .scalar(let type, let fallback):
            .object(schema(type) + (fallback.map { [("default", .string($0))] } ?? []))
        case .list(let shapes):
            .object([
                ("type", .array([.string("array"), .string("null")])),
                (
                    "items",
                    shapes.count == 1 ? schema(shapes[0]) : .object([("anyOf", .array(shapes.map { schema($0) }))])
                ),
            ])
        case .mapping(let keys, let free): mapping(keys, free, isTop)
        }
    }

    private static func mapping(_ keys: [KeyShape], _ free: KeyShape?, _ isTop: Bool) -> JSONText {
        var members: [(String, JSONText)] = [
            ("type", isTop ? .string("object") : .array([.string("object"), .string("null")]))
        ]
        let required = keys.filter(\.required).map { JSONText.string($0.name) }
        if !required.isEmpty, !isTop { members.append(("required", .array(required))) }
        if !keys.isEmpty { members.append(("properties", .object(keys.map { ($0.name, described($0)) }))) }
        members.append(("additionalProperties", free.map(described) ?? .boolean(false)))
        return .object(members)
    }

    private static func described(_ key: KeyShape) -> JSONText {
        guard case .object(let members) = schema(key.shape), !key.summary.isEmpty else { return schema(key.shape) }
        return .object([("description", .string(key.summary))] + members)
    }

    private static func schema(_ type: ScalarType) -> [(String, JSONText)] {
        func text(_ pattern: String) -> [(String, JSONText)] {
            [("type", .array([.string("string"), .string("null")])), ("pattern", .string(pattern))]
        }
        return switch type {
        case .text: [("type", .array([.string("string"), .string("number"), .string("boolean"), .string("null")]))]
        case .name: text("^[a-z][a-z0-9-]{0,62}$")
        case .path: text("^[^/]")
        case .url: text("^https?://")
        case .boolean: [("type", .array([.string("boolean"), .string("null")]))]
        case .percentage: text("^[0-9]+(\\.[0-9]+)?%$")
        case .quantile:
            [
                ("type", .array([.string("number"), .string("null")])), ("exclusiveMinimum", .integer(0)),
                ("exclusiveMaximum", .integer(1)),
            ]
        case .duration: text("^[0-9]+(ms|s|m|h|d)$")
        case .factor: text("^[0-9]+(\\.[0-9]+)?x baseline$")
        case .money: text("^[0-9]+(\\.[0-9]{1,9})? USD$")
        case .value:
            [("type", .array(["string", "number", "boolean", "array", "null"].map { .string($0) }))]
        case .integer(let range):
            [("type", .array([.string("integer"), .string("null")]))]
                + (range.lowerBound == .min
                    ? [] : [("minimum", .integer(range.lowerBound)), ("maximum", .integer(range.upperBound))])
        case .choice(let names): [("enum", .array(names.map { .string($0) } + [.null]))]
        }
    }
}
