/// The fields of one object of a contract: of its JSON text, or of a record that holds it. What a contract consists of is
/// said once, in the initialisers of its parts.
protocol ContractFields<Key> {
    associatedtype Key: CodingKey

    /// Nil when the field is not there, or null.
    func optional<Value: ContractValue>(_ key: Key) throws -> Value?
    func needed<Value: ContractValue>(_ key: Key) throws -> Value
}

/// What a field may hold.
protocol ContractValue: Decodable {
    init(_ json: JSONNode, at path: ContractPath) throws(ContractError)
}

/// An object with fields of its own.
protocol ContractPart: ContractValue {
    associatedtype CodingKeys: CodingKey & CaseIterable
    init(_ fields: some ContractFields<CodingKeys>) throws
}

extension ContractPart {
    init(_ json: JSONNode, at path: ContractPath) throws(ContractError) {
        guard case .object(let members) = json.value else { throw path.wrongType }
        do { try self.init(JSONFields<CodingKeys>(members: members, path: path)) } catch {
            throw error as? ContractError
                ?? ContractError(kind: .notJSON, path: path.text, message: "the contract cannot be read: \(error).")
        }
    }

    /// The same out of a record that holds the contract.
    init(recordedIn decoder: any Decoder) throws {
        try self.init(RecordFields(container: try decoder.container(keyedBy: CodingKeys.self)))
    }
}

/// The keys and indices that lead to a value.
indirect enum ContractPath {
    case whole
    case key(String, in: ContractPath)
    case index(Int, in: ContractPath)

    var text: String {
        switch self {
        case .whole: ""
        case .key(let key, .whole): key
        case .key(let key, let path): "\(path.text).\(key)"
        case .index(let index, let path): "\(path.text)[\(index)]"
        }
    }

    var wrongType: ContractError {
        if case .whole = self {
            return ContractError(kind: .wrongType, path: "", message: "the contract is no JSON object.")
        }
        return ContractError(kind: .wrongType, path: text, message: "the contract's `\(text)` has the wrong type.")
    }
}

/// Fields of a JSON text; what is wrong is told with its path.
private struct JSONFields<Key: CodingKey>: ContractFields {
    let members: [JSONNode.Member]
    let path: ContractPath

    func optional<Value: ContractValue>(_ key: Key) throws -> Value? {
        let name = key.stringValue
        guard let member = members.first(where: { $0.key == name }) else { return nil }
        if case .null = member.value.value { return nil }
        return try Value(member.value, at: .key(name, in: path))
    }

    func needed<Value: ContractValue>(_ key: Key) throws -> Value {
        if let value: Value = try optional(key) { return value }
        let place = ContractPath.key(key.stringValue, in: path)
        if members.contains(where: { $0.key == key.stringValue }) { throw place.wrongType }
        let path = place.text
        throw ContractError(kind: .missing, path: path, message: "the contract lacks `\(path)`.")
    }
}

/// Fields of a record that somebody else decodes.
private struct RecordFields<Key: CodingKey>: ContractFields {
    let container: KeyedDecodingContainer<Key>

    func optional<Value: ContractValue>(_ key: Key) throws -> Value? {
        try container.decodeIfPresent(Value.self, forKey: key)
    }

    func needed<Value: ContractValue>(_ key: Key) throws -> Value { try container.decode(Value.self, forKey: key) }
}

extension String: ContractValue {
    init(_ json: JSONNode, at path: ContractPath) throws(ContractError) {
        guard case .string(let text) = json.value else { throw path.wrongType }
        self = text
    }
}

extension Int: ContractValue {
    init(_ json: JSONNode, at path: ContractPath) throws(ContractError) {
        guard case .number(let number?) = json.value else { throw path.wrongType }
        self = number
    }
}

extension Bool: ContractValue {
    init(_ json: JSONNode, at path: ContractPath) throws(ContractError) {
        guard case .boolean(let truth) = json.value else { throw path.wrongType }
        self = truth
    }
}

extension Array: ContractValue where Element: ContractValue {
    init(_ json: JSONNode, at path: ContractPath) throws(ContractError) {
        guard case .array(let elements) = json.value else { throw path.wrongType }
        self = []
        reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() { append(try Element(element, at: .index(index, in: path))) }
    }
}

extension Dictionary: ContractValue where Key == String, Value: ContractValue {
    init(_ json: JSONNode, at path: ContractPath) throws(ContractError) {
        guard case .object(let members) = json.value else { throw path.wrongType }
        self = [:]
        for member in members {
            let place = ContractPath.key(member.key, in: path)
            guard updateValue(try Value(member.value, at: place), forKey: member.key) == nil else {
                throw ContractError.duplicate(place)
            }
        }
    }
}

extension ContractValue where Self: RawRepresentable, RawValue == String {
    init(_ json: JSONNode, at path: ContractPath) throws(ContractError) {
        guard let value = Self(rawValue: try String(json, at: path)) else {
            let path = path.text
            throw ContractError(
                kind: .wrongType, path: path, message: "the contract's `\(path)` has a value that is not known.")
        }
        self = value
    }
}
