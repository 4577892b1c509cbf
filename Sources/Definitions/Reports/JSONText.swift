import Contract

/// A JSON value that keeps the order of its keys.
package indirect enum JSONText: Sendable, Equatable {
    case string(String)
    case integer(Int)
    case number(Double)
    case boolean(Bool)
    case null
    case array([JSONText])
    case object([(String, JSONText)])

    package static func == (first: JSONText, second: JSONText) -> Bool { first.text() == second.text() }

    /// The value as text on one line, or indented by two spaces a level.
    package func text(indented: Bool = false) -> String {
        var result = ""
        write(to: &result, level: indented ? 0 : nil)
        return result
    }

    private func write(to out: inout String, level: Int?) {
        switch self {
        case .string(let value): out += JSONWriter.quoted(value)
        case .integer(let value): out += String(value)
        case .number(let value): out += value.isFinite ? "\(value)" : "null"
        case .boolean(let value): out += value ? "true" : "false"
        case .null: out += "null"
        case .array(let elements):
            Self.write(elements, "[", "]", level, to: &out) { element, out, level in
                element.write(to: &out, level: level)
            }
        case .object(let members):
            Self.write(members, "{", "}", level, to: &out) { member, out, level in
                out += JSONWriter.quoted(member.0)
                out += level == nil ? ":" : ": "
                member.1.write(to: &out, level: level)
            }
        }
    }

    private static func write<Element>(
        _ elements: [Element], _ open: String, _ close: String, _ level: Int?, to out: inout String,
        _ each: (Element, inout String, Int?) -> Void
    ) {
        out += open
        let inner = level.map { $0 + 1 }
        for (index, element) in elements.enumerated() {
            if index > 0 { out += "," }
            if let inner { out += "\n" + String(repeating: "  ", count: inner) }
            each(element, &out, inner)
        }
        if let level, !elements.isEmpty { out += "\n" + String(repeating: "  ", count: level) }
        out += close
    }
}
