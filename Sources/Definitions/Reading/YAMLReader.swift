/// A value that is being understood. Each method returns what was meant, or nil after it has reported what is wrong.
package struct YAMLReader {
    package let node: YAMLNode
    /// The keys that lead here, joined with dots: how messages name the value.
    package let path: String
    package let collector: FindingCollector
    /// Whether messages keep quiet about what was written, since it may be a secret.
    package var concealsValues = false

    package init(_ node: YAMLNode, path: String = "", collector: FindingCollector) {
        self.node = node
        self.path = path
        self.collector = collector
    }

    package var place: Place { node.place }

    /// Reads a mapping. Keys that `body` asked nobody for are reported when it returns, with the key that was
    /// probably meant.
    @discardableResult
    package func mapping<T>(_ body: (YAMLMappingReader) -> T) -> T? {
        guard let entries = node.entries else { return wrong("a mapping", example: "key: value") }
        let reader = YAMLMappingReader(node, entries, of: self)
        let result = body(reader)
        reader.reportUnknownKeys()
        return result
    }

    /// Reads a mapping whose keys are free, in the order of the file.
    package func entries(example: String = "name: value") -> [(key: String, place: Place, value: YAMLReader)]? {
        guard let entries = node.entries else { return wrong("a mapping", example: example) }
        return entries.map { entry in
            let key = entry.key
            let value = child(key, entry.value)
            collector.noteKey(value.path)
            return (key, entry.keyPlace, value)
        }
    }

    /// Reads a list; elements that `each` refuses are left out.
    package func list<T>(_ each: (YAMLReader) -> T?) -> [T]? {
        guard let elements = node.elements else { return wrong("a list", example: "[one, two]") }
        return elements.enumerated().compactMap { index, element in
            each(nested(element, "\(path)[\(index)]"))
        }
    }

    package func string() -> String? {
        guard let scalar = node.scalar, !scalar.isNull else { return wrong("text", example: "\"…\"") }
        return scalar.text
    }

    package func boolean() -> Bool? {
        switch plain {
        case "true": true
        case "false": false
        default: wrong("`true` or `false`", example: "true")
        }
    }

    package func integer(in range: ClosedRange<Int> = Int.min...Int.max) -> Int? {
        guard let value = plain.flatMap(Quantity.integer) else { return wrong("a whole number", example: "3") }
        guard range.contains(value) else {
            return wrong("a number from \(range.lowerBound) to \(range.upperBound)", example: "\(range.lowerBound)")
        }
        return value
    }

    package func duration() -> Duration? {
        plain.flatMap(Quantity.duration) ?? wrong("a duration", example: "30s`, `5m` or `500ms")
    }

    /// A fraction from 0 to 1, written as `5%`.
    package func percentage() -> Double? {
        plain.flatMap(Quantity.percentage) ?? wrong("a percentage", example: "5%")
    }

    /// Nano-dollars, written as `25 USD`.
    package func money() -> Int64? {
        plain.flatMap(Quantity.money) ?? wrong("an amount of money", example: "25 USD")
    }

    /// A factor, written as `2x baseline`.
    package func factor() -> Double? {
        plain.flatMap(Quantity.factor) ?? wrong("a factor of the baseline", example: "2x baseline")
    }

    package func choice<E: RawRepresentable<String> & CaseIterable>(_ type: E.Type) -> E? {
        choice(among: type.allCases.map(\.rawValue)).flatMap(E.init(rawValue:))
    }

    package func choice(among names: [String]) -> String? {
        let expected = "one of " + names.map { "`\($0)`" }.joined(separator: ", ")
        guard let text = node.scalar?.text, names.contains(text) else {
            let nearest = node.scalar.flatMap { Suggestion.nearest(to: $0.text, among: names) }
            return wrong(expected, example: nearest ?? names.first ?? "")
        }
        return text
    }

    /// Reports that this value is not `expected`.
    package func wrong<T>(_ expected: String, example: String) -> T? {
        let found = shown.map { "`\($0)`" } ?? node.kindName
        collector.report(
            "value.type", at: place, name: path, "`\(path)` must be \(expected), not \(found).",
            fix: "Write for example `\(example)`.")
        return nil
    }

    /// The text of a plain scalar; quoted ones are text, never numbers.
    private var plain: String? {
        node.scalar.flatMap { $0.style == .plain && !$0.isNull ? $0.text : nil }
    }

    private var shown: String? {
        guard !concealsValues, let scalar = node.scalar, !scalar.isNull else { return nil }
        let text = scalar.text.count > 40 ? "\(scalar.text.prefix(40))…" : scalar.text
        return scalar.style == .quoted ? "\"\(text)\"" : text
    }

    func reportUnknown(_ key: String, at place: Place, known: KnownKeys) {
        let nearest = known.nearest(to: key)
        // In a place for secrets, what is like no key may be a value.
        let isShown = !concealsValues || nearest != nil
        let shown = isShown ? "`\(key.count > 60 ? "\(key.prefix(60))…" : key)`" : "this"
        let owner = path.isEmpty ? "at the top of a file" : "in `\(path)`"
        collector.report(
            "key.unknown", at: place, name: isShown ? key : nil, "\(shown) is no key that is known \(owner).",
            fix: nearest.map { "Write `\($0)`." }
                ?? known.listed)
    }

    func child(_ key: String, _ node: YAMLNode) -> YAMLReader {
        nested(node, path.isEmpty ? key : "\(path).\(key)")
    }

    /// This value, of which messages keep quiet from here on.
    func concealed() -> YAMLReader {
        var reader = self
        reader.concealsValues = true
        return reader
    }

    private func nested(_ node: YAMLNode, _ path: String) -> YAMLReader {
        var reader = YAMLReader(node, path: path, collector: collector)
        reader.concealsValues = concealsValues
        return reader
    }
}

/// A mapping that is being read: it remembers which keys were asked for.
package final class YAMLMappingReader {
    private let node: YAMLNode
    private let entries: YAMLEntries
    private let reader: YAMLReader
    private var known: [String] = []

    init(_ node: YAMLNode, _ entries: YAMLEntries, of reader: YAMLReader) {
        self.node = node
        self.entries = entries
        self.reader = reader
    }

    package var place: Place { reader.place }

    /// The value of a key that may be absent; null counts as absent.
    @discardableResult
    package func optional<T>(_ key: String, _ decode: (YAMLReader) -> T?) -> T? {
        ask(key)
        guard let value = node[key], !value.isNull else { return nil }
        return decode(reader.child(key, value))
    }

    /// The value of a key that must be there.
    @discardableResult
    package func required<T>(_ key: String, _ decode: (YAMLReader) -> T?) -> T? {
        ask(key)
        guard let value = node[key], !value.isNull else {
            let owner = reader.path.isEmpty ? "the document" : "`\(reader.path)`"
            reader.collector.report(
                "key.missing", at: reader.place, name: key, "\(owner) lacks `\(key)`.", fix: "Add `\(key):`.")
            return nil
        }
        return decode(reader.child(key, value))
    }

    /// Whether the key is there; it counts as asked for.
    package func has(_ key: String) -> Bool {
        ask(key)
        return node[key] != nil
    }

    private func ask(_ key: String) {
        known.append(key)
        reader.collector.noteKey(reader.path.isEmpty ? key : "\(reader.path).\(key)")
    }

    func reportUnknownKeys() {
        let keys = KnownKeys(known)
        let place = reader.path.isEmpty ? "here" : "in `\(reader.path)`"
        for entry in entries where !known.contains(entry.key) {
            reader.collector.report(
                "key.unknown", at: entry.keyPlace, name: entry.key,
                "`\(entry.key)` is not a key that is known \(place).",
                fix: keys.nearest(to: entry.key).map { "Write `\($0)`." } ?? keys.listed)
        }
    }
}
