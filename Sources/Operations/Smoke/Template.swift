/// Text with references: `Bearer ${token}`. `$${` stands for a plain `${`.
struct Template: Sendable, Equatable {
    enum Part: Sendable, Equatable {
        case text(String)
        case reference(String)
    }

    let source: String
    let parts: [Part]

    /// Nil when a `${` is not closed, or closes around nothing.
    init?(_ source: String) {
        var parts: [Part] = []
        var literal = ""
        var rest = source[...]
        while let dollar = rest.firstRange(of: "${") {
            literal += rest[..<dollar.lowerBound]
            rest = rest[dollar.upperBound...]
            if literal.hasSuffix("$") {
                literal.removeLast()
                literal += "${"
                continue
            }
            guard let end = rest.firstIndex(of: "}"), end > rest.startIndex else { return nil }
            if !literal.isEmpty { parts.append(.text(literal)) }
            literal = ""
            parts.append(.reference(String(rest[..<end])))
            rest = rest[rest.index(after: end)...]
        }
        literal += rest
        if !literal.isEmpty { parts.append(.text(literal)) }
        self.source = source
        self.parts = parts
    }

    var references: [String] {
        parts.compactMap { if case .reference(let name) = $0 { name } else { nil } }
    }

    /// A template that is one reference and nothing else keeps the value's type: a number stays a number.
    func value(_ values: inout SmokeValues) throws(SmokeFailure) -> JSON {
        if parts.count == 1, case .reference(let name) = parts[0] { return try values.value(of: name) }
        return .string(try text(&values))
    }

    func text(_ values: inout SmokeValues) throws(SmokeFailure) -> String {
        var text = ""
        for part in parts {
            switch part {
            case .text(let literal): text += literal
            case .reference(let name): text += try values.value(of: name).text
            }
        }
        return text
    }
}

/// JSON to be sent, with references in its strings.
indirect enum JSONTemplate: Sendable {
    case value(JSON)
    case text(Template)
    case array([JSONTemplate])
    case object([(key: String, value: JSONTemplate)])

    func value(_ values: inout SmokeValues) throws(SmokeFailure) -> JSON {
        switch self {
        case .value(let value):
            return value
        case .text(let template):
            return try template.value(&values)
        case .array(let elements):
            var filled: [JSON] = []
            for element in elements { filled.append(try element.value(&values)) }
            return .array(filled)
        case .object(let members):
            var filled: [String: JSON] = [:]
            for member in members {
                let value = try member.value.value(&values)
                if case .string(let text) = value, SmokeValues.isSensitive(member.key) { values.hide(text) }
                filled[member.key] = value
            }
            return .object(filled)
        }
    }

    var references: [String] {
        switch self {
        case .value: []
        case .text(let template): template.references
        case .array(let elements): elements.flatMap(\.references)
        case .object(let members): members.flatMap(\.value.references)
        }
    }
}
