/// A type that crosses the wire as JSON, with an example of which every field is set. Its schema is made of the
/// example's own fields, so that it cannot say anything else than the type does.
protocol Described: Codable, Sendable {
    static var example: Self { get }
    /// What a field's type does not say, by the field's Swift name.
    static var rules: [String: FieldRule] { get }
}

extension Described {
    static var rules: [String: FieldRule] { [:] }
}

/// What may stand in a field, beyond its type.
struct FieldRule: Sendable {
    var summary: String?
    /// `integer`, `string`: only for parameters, whose type nothing else says.
    var type: String?
    var format: String?
    var pattern: String?
    /// Of a number; up to `Int.max` is without a limit.
    var range: ClosedRange<Int>?
    /// Of a text, in Unicode scalars, as JSON Schema counts.
    var length: ClosedRange<Int>?
    /// The only values.
    var values: [String]?

    static func text(_ summary: String? = nil, length: ClosedRange<Int>? = nil, pattern: String? = nil) -> FieldRule {
        FieldRule(summary: summary, type: "string", pattern: pattern, length: length)
    }
    static func integer(_ summary: String? = nil, _ range: ClosedRange<Int>? = nil) -> FieldRule {
        FieldRule(summary: summary, type: "integer", range: range)
    }
    static func values(_ values: [String], _ summary: String? = nil) -> FieldRule {
        FieldRule(summary: summary, type: "string", values: values)
    }
    static let uuid = FieldRule(type: "string", format: "uuid")
    static let time = FieldRule(type: "string", format: "date-time")

    /// As members of a JSON Schema.
    var members: [String: JSONNode] {
        var members: [String: JSONNode] = [:]
        members["description"] = summary.map(JSONNode.string)
        members["type"] = type.map(JSONNode.string)
        members["format"] = format.map(JSONNode.string)
        members["pattern"] = pattern.map(JSONNode.string)
        members["minimum"] = range.map { .integer($0.lowerBound) }
        members["maximum"] = range.flatMap { $0.upperBound == .max ? nil : .integer($0.upperBound) }
        members["minLength"] = length.map { .integer($0.lowerBound) }
        members["maxLength"] = length.map { .integer($0.upperBound) }
        members["enum"] = values.map { .array($0.map(JSONNode.string)) }
        return members
    }
}

/// A JSON value.
indirect enum JSONNode: Encodable, Sendable, Equatable {
    case string(String)
    case integer(Int)
    case boolean(Bool)
    case array([JSONNode])
    case object([String: JSONNode])

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .string(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .boolean(let value): try container.encode(value)
        case .array(let values): try container.encode(values)
        case .object(let members): try container.encode(members)
        }
    }

    subscript(_ key: String) -> JSONNode? {
        if case .object(let members) = self { return members[key] }
        return nil
    }
}
