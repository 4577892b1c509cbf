/// A path into a JSON value: `$.jobs[0].state`, `$['a b']`, `$.results[*].text`. The part of RFC 9535 that names one
/// value, and `[*]` for every element.
struct JSONPath: Sendable, Hashable {
    enum Part: Sendable, Hashable {
        case member(String)
        case element(Int)
        case every
    }

    let text: String
    let parts: [Part]

    /// Nil when the text is no such path.
    init?(_ text: String) {
        guard text.hasPrefix("$") else { return nil }
        var rest = text.dropFirst()
        var parts: [Part] = []
        while let first = rest.first {
            rest.removeFirst()
            guard let part = first == "." ? JSONPath.name(&rest) : first == "[" ? JSONPath.bracket(&rest) : nil else {
                return nil
            }
            parts.append(part)
        }
        self.text = text
        self.parts = parts
    }

    /// What the path leads to: nothing, one value, or with `[*]` several.
    func values(in root: JSON) -> [JSON] {
        parts.reduce([root]) { found, part in
            found.flatMap { value -> [JSON] in
                switch (part, value) {
                case (.member(let name), .object(let members)): members[name].map { [$0] } ?? []
                case (.element(let index), .array(let elements)):
                    elements.indices.contains(index) ? [elements[index]] : []
                case (.every, .array(let elements)): elements
                default: []
                }
            }
        }
    }

    private static func name(_ rest: inout Substring) -> Part? {
        let name = rest.prefix { $0 != "." && $0 != "[" }
        rest.removeFirst(name.count)
        return name.isEmpty ? nil : .member(String(name))
    }

    private static func bracket(_ rest: inout Substring) -> Part? {
        guard let end = rest.firstIndex(of: "]") else { return nil }
        let inside = rest[..<end]
        rest = rest[rest.index(after: end)...]
        if inside == "*" { return .every }
        if let index = Int(inside), index >= 0 { return .element(index) }
        guard inside.count > 2, let quote = inside.first, "'\"".contains(quote), inside.last == quote else {
            return nil
        }
        return .member(String(inside.dropFirst().dropLast()))
    }
}
