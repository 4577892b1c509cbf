import FoundationEssentials

/// Makes JSON Schemas (2020-12, as OpenAPI 3.1 uses them) of described types.
enum SchemaMaker {
    /// Whether the schema is for what callers send or for what they get.
    enum Direction: Sendable {
        /// An optional field may be left out, or be null.
        case taken
        /// An optional field is left out when there is nothing to say.
        case given
    }

    /// Why a type has no schema: its example leaves something open, or a rule names no field of it.
    struct Problem: Error, Equatable, CustomStringConvertible {
        var description: String
    }

    static func schema(of type: any Described.Type, _ direction: Direction) throws(Problem) -> JSONNode {
        try object(type.example, type, direction)
    }

    private static func object(
        _ example: any Described, _ type: any Described.Type, _ direction: Direction
    ) throws(Problem) -> JSONNode {
        var properties: [String: JSONNode] = [:]
        var required: [JSONNode] = []
        var rules = type.rules
        for child in Mirror(reflecting: example).children {
            guard let label = child.label else { throw Problem(description: "\(type) is no structure") }
            let name = BodyReader.snake(label)
            var (members, isOptional) = try self.members(of: child.value, "\(type).\(label)", direction)
            if let rule = rules.removeValue(forKey: label) { members.merge(rule.members) { $1 } }
            if isOptional, direction == .taken, case .string(let kind)? = members["type"] {
                members["type"] = .array([.string(kind), .string("null")])
            }
            if !isOptional { required.append(.string(name)) }
            properties[name] = .object(members)
        }
        if let unknown = rules.keys.sorted().first { throw Problem(description: "\(type) has no field \(unknown)") }
        var schema: [String: JSONNode] = ["type": .string("object"), "properties": .object(properties)]
        if !required.isEmpty { schema["required"] = .array(required) }
        return .object(schema)
    }

    private static func members(
        of value: Any, _ place: String, _ direction: Direction
    ) throws(Problem) -> ([String: JSONNode], isOptional: Bool) {
        let mirror = Mirror(reflecting: value)
        if mirror.displayStyle == .optional {
            guard let some = mirror.children.first?.value else {
                throw Problem(description: "\(place) is not set in its type's example")
            }
            return (try members(of: some, place, direction).0, true)
        }
        switch value {
        case is String: return (["type": .string("string")], false)
        case is Int: return (["type": .string("integer")], false)
        case is Bool: return (["type": .string("boolean")], false)
        case is Double, is Decimal: return (["type": .string("number")], false)
        case let nested as any Described:
            guard case .object(let members) = try object(nested, type(of: nested), direction) else { break }
            return (members, false)
        default: break
        }
        guard let first = mirror.children.first?.value else {
            throw Problem(description: "\(place) is empty in its type's example, or of a type without a schema")
        }
        switch mirror.displayStyle {
        case .collection:
            return (
                ["type": .string("array"), "items": .object(try members(of: first, place, direction).0)], false
            )
        case .dictionary:
            guard let pair = Mirror(reflecting: first).children.dropFirst().first?.value else { break }
            return (
                [
                    "type": .string("object"),
                    "additionalProperties": .object(try members(of: pair, place, direction).0),
                ], false
            )
        default: break
        }
        throw Problem(description: "\(place) is of a type without a schema")
    }
}
