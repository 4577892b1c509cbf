/// A value of a YAML document, with its place: what was written, not yet what it means. A view: what it shows belongs
/// to the document, or to the combination of several.
package struct YAMLNode: Sendable {
    /// Which value of a tree.
    enum Position: Sendable {
        case record(UInt32)
        /// The value of a key after which nothing is written.
        case nothing(key: UInt32)
    }

    private enum Origin: Sendable {
        case tree(YAMLTree, Position)
        case combined(YAMLCombination)
    }

    private let origin: Origin

    init(_ tree: YAMLTree, _ position: Position) { origin = .tree(tree, position) }

    init(_ combination: YAMLCombination) { origin = .combined(combination) }

    /// Where it is written; for an alias, where the alias is.
    package var place: Place {
        switch origin {
        case .tree(let tree, .record(let index)), .tree(let tree, .nothing(let index)):
            tree.place(of: tree[Int(index)])
        case .combined(let combination): combination.nearest.place
        }
    }

    package var scalar: YAMLScalar? {
        guard case .tree(let tree, _) = origin else { return nil }
        guard let record = target?.record else { return YAMLScalar(text: "", style: .plain) }
        let style: YAMLScalar.Style
        switch record.kind {
        case .plain: style = .plain
        case .quoted: style = .quoted
        case .block: style = .block
        case .mapping, .sequence, .alias: return nil
        }
        return YAMLScalar(text: tree.text(record) { String(decoding: $0, as: UTF8.self) }, style: style)
    }

    /// The entries of a mapping in the order of the file, duplicates included.
    package var entries: YAMLEntries? {
        switch origin {
        case .combined(let combination): return YAMLEntries(combination.entries)
        case .tree(let tree, _):
            guard let (index, record) = target, record.kind == .mapping else { return nil }
            return YAMLEntries(tree, index + 1..<Int(record.extent))
        }
    }

    package var elements: [YAMLNode]? {
        guard case .tree(let tree, _) = origin, let (index, record) = target, record.kind == .sequence else {
            return nil
        }
        var elements: [YAMLNode] = []
        var next = index + 1
        while next < Int(record.extent) {
            elements.append(YAMLNode(tree, .record(UInt32(next))))
            next = tree.next(after: next)
        }
        return elements
    }

    /// The value under `key`, if this is a mapping that has it. Of duplicates, the first.
    package subscript(key: String) -> YAMLNode? { entry(key)?.value }

    /// The entry of `key`, if this is a mapping that has it. Of duplicates, the first.
    func entry(_ key: String) -> YAMLEntry? {
        var key = key
        return key.withUTF8 { entry($0) }
    }

    func entry(_ key: UnsafeBufferPointer<UInt8>) -> YAMLEntry? {
        switch origin {
        case .combined(let combination): return combination.entry(key)
        case .tree(let tree, _):
            guard let (index, record) = target, record.kind == .mapping else { return nil }
            return tree.key(key, inMappingAt: index).map { YAMLEntry(tree, key: $0) }
        }
    }

    /// Whether this is an unquoted nothing, `null` or `~`.
    package var isNull: Bool {
        guard case .tree(let tree, _) = origin else { return false }
        guard let record = target?.record else { return true }
        return record.kind == .plain && tree.text(record) { Self.isNull($0) }
    }

    /// Whether nothing at all is written here.
    package var isAbsent: Bool {
        guard case .tree = origin else { return false }
        guard let record = target?.record else { return true }
        return record.kind == .plain && record.extent == 0
    }

    /// What this is, as a message names it.
    package var kindName: String {
        guard case .tree = origin, let record = target?.record else {
            return isNull ? "nothing" : "a mapping"
        }
        return switch record.kind {
        case .mapping: "a mapping"
        case .sequence: "a list"
        default: isNull ? "nothing" : "a single value"
        }
    }

    /// What an alias means, or this itself; nil for a combination and for the nothing after a key.
    private var target: (index: Int, record: YAMLRecord)? {
        guard case .tree(let tree, .record(let index)) = origin else { return nil }
        let target = tree.target(Int(index))
        return (target, tree[target])
    }

    private static func isNull(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        switch text.count {
        case 0: true
        case 1: text[0] == UInt8(ascii: "~")
        case 4: text.elementsEqual("null".utf8)
        default: false
        }
    }
}

/// A scalar as it was written. Only a plain one can be a number, a truth value or null; a quoted one is always text.
package struct YAMLScalar: Sendable, Equatable {
    package enum Style: Sendable { case plain, quoted, block }

    package var text: String
    package var style: Style

    package init(text: String, style: Style) {
        self.text = text
        self.style = style
    }

    package var isNull: Bool { style == .plain && (text.isEmpty || text == "~" || text == "null") }
}
