extension Reference {
    /// Reads a reference document: YAML whose scalars are types, documented by the comments above its keys.
    package init(parsing bytes: [UInt8]) throws(ReferenceError) {
        let document = YAMLDocument.parse(bytes, file: "environments/reference.yaml")
        if let finding = document.findings.first {
            throw ReferenceError(line: finding.place.line, message: finding.message)
        }
        guard let root = document.root else { throw ReferenceError(line: 1, message: "the document is empty.") }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        let parser = ReferenceParser(root: root, lines: lines.map(String.init))
        guard case .mapping(let keys, nil) = try parser.shape(root) else {
            throw ReferenceError(line: 1, message: "the document must be a mapping of known keys.")
        }
        self.keys = keys
    }
}

private struct ReferenceParser {
    let root: YAMLNode
    let lines: [String]

    /// - Parameter within: the paths that `as` has led to so far. What is written as itself is written once within
    ///   itself, and no deeper.
    func shape(_ node: YAMLNode, within: [String] = []) throws(ReferenceError) -> Shape {
        if let entries = node.entries {
            var (keys, free) = ([KeyShape](), KeyShape?.none)
            for entry in entries {
                guard let key = try keyShape(entry, within: within) else { continue }
                if key.name.hasPrefix("<") { free = key } else { keys.append(key) }
            }
            return .mapping(keys, free: free)
        }
        if let elements = node.elements {
            var shapes: [Shape] = []
            for element in elements { shapes.append(try shape(element, within: within)) }
            return .list(shapes)
        }
        return try expression(node.scalar?.text ?? "", node.place.line).shape
    }

    private func keyShape(_ entry: YAMLEntry, within: [String]) throws(ReferenceError) -> KeyShape? {
        let summary = comment(above: entry.keyPlace)
        if let text = entry.value.scalar?.text, text.hasPrefix("as ") {
            let path = String(text.dropFirst(3))
            guard !within.contains(path) else { return nil }
            guard let other = node(at: path), other.scalar == nil else {
                throw ReferenceError(line: entry.keyPlace.line, message: "`\(text)` names no key.")
            }
            let shape = try shape(other, within: within + [path])
            return KeyShape(name: entry.key, required: false, summary: summary, shape: shape)
        }
        guard let scalar = entry.value.scalar else {
            let shape = try shape(entry.value, within: within)
            return KeyShape(name: entry.key, required: false, summary: summary, shape: shape)
        }
        let (shape, required) = try expression(scalar.text, entry.keyPlace.line)
        return KeyShape(name: entry.key, required: required, summary: summary, shape: shape)
    }

    private func node(at path: String) -> YAMLNode? {
        path.split(separator: ".").reduce(Optional(root)) { node, key in node?[String(key)] }
    }

    /// The comment lines that stand directly above, as one text. A comment of the whole file ends with an empty line.
    private func comment(above place: Place) -> String {
        var found: [Substring] = []
        var index = place.line - 2
        while index >= 0 {
            let line = lines[index].drop { $0 == " " }
            guard line.hasPrefix("#") else { break }
            found.insert(line.dropFirst().drop { $0 == " " }, at: 0)
            index -= 1
        }
        return found.joined(separator: " ")
    }

    /// `TYPE [RANGE][, required][ = DEFAULT]`.
    private func expression(_ text: String, _ line: Int) throws(ReferenceError) -> (shape: Shape, required: Bool) {
        var type = text
        var fallback: String?
        if let equals = type.firstRange(of: " = ") {
            fallback = String(type[equals.upperBound...])
            type = String(type[..<equals.lowerBound])
        }
        let required = type.hasSuffix(", required")
        if required { type = String(type.dropLast(", required".count)) }
        return (.scalar(try scalarType(type, line), default: fallback), required)
    }

    private func scalarType(_ text: String, _ line: Int) throws(ReferenceError) -> ScalarType {
        let simple: [String: ScalarType] = [
            "text": .text, "name": .name, "path": .path, "url": .url, "boolean": .boolean, "percentage": .percentage,
            "quantile": .quantile, "duration": .duration, "factor": .factor, "limit": .limit, "money": .money,
            "value": .value,
            "integer": .integer(Int.min...Int.max),
        ]
        if let type = simple[text] { return type }
        if text.hasPrefix("integer "), let dots = text.firstRange(of: ".."),
            let low = Int(text[..<dots.lowerBound].dropFirst("integer ".count)),
            let high = Int(text[dots.upperBound...]),
            low <= high
        {
            return .integer(low...high)
        }
        let only = text.hasPrefix("only ")
        let choices = (only ? text.dropFirst(5) : text[...]).split(separator: "|").map { $0.filter { $0 != " " } }
        guard choices.count > 1 || only else {
            throw ReferenceError(line: line, message: "`\(text)` is no type.")
        }
        return .choice(choices)
    }
}
