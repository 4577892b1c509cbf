/// A value of a YAML document, with its place: what was written, not yet what it means.
package struct YAMLNode: Sendable {
    package indirect enum Content: Sendable {
        case scalar(YAMLScalar)
        /// Entries in the order of the file, duplicates included.
        case mapping([YAMLEntry])
        case sequence([YAMLNode])
    }

    package var content: Content
    package var place: Place

    package init(content: Content, place: Place) {
        self.content = content
        self.place = place
    }

    package var scalar: YAMLScalar? {
        if case .scalar(let scalar) = content { scalar } else { nil }
    }

    package var entries: [YAMLEntry]? {
        if case .mapping(let entries) = content { entries } else { nil }
    }

    package var elements: [YAMLNode]? {
        if case .sequence(let elements) = content { elements } else { nil }
    }

    /// The value under `key`, if this is a mapping that has it. Of duplicates, the first.
    package subscript(key: String) -> YAMLNode? {
        entries?.first { $0.key == key }?.value
    }

    /// Whether this is an unquoted nothing, `null` or `~`.
    package var isNull: Bool { scalar?.isNull ?? false }

    /// What this is, as a message names it.
    package var kindName: String {
        switch content {
        case .scalar(let scalar): scalar.isNull ? "nothing" : "a single value"
        case .mapping: "a mapping"
        case .sequence: "a list"
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

/// A key with its value.
package struct YAMLEntry: Sendable {
    package var key: String
    package var keyPlace: Place
    package var value: YAMLNode

    package init(key: String, keyPlace: Place, value: YAMLNode) {
        self.key = key
        self.keyPlace = keyPlace
        self.value = value
    }
}

/// What a document may cost at most. Each is checked while the parser's events arrive, before memory is spent.
package struct YAMLLimits: Sendable {
    package var bytes = 256 * 1024
    package var depth = 24
    /// Nodes of the tree, those that aliases repeat included.
    package var nodes = 20_000
    package var aliases = 200

    package init() {}
}
