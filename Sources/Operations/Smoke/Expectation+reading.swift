import Definitions

extension Expectation {
    static func read(_ reader: YAMLReader) -> Expectation? {
        reader.mapping { map in
            var expectation = Expectation()
            expectation.status = map.optional("status", StatusMatcher.read)
            expectation.time = map.optional("time", readTime)
            expectation.headers = (map.optional("header") { $0.entries() } ?? []).compactMap { entry in
                Matcher.read(entry.value).map { (entry.key, $0) }
            }
            expectation.json = (map.optional("json") { $0.entries() } ?? []).compactMap { entry in
                guard let path = JSONPath(entry.key) else {
                    entry.value.collector.report(
                        "smoke.path", at: entry.place, name: entry.key, "`\(entry.key)` is not a path into JSON.",
                        fix: "Write for example `$.state` or `$.jobs[0].id`.")
                    return nil
                }
                return Matcher.read(entry.value).map { (path, $0) }
            }
            return expectation
        }
    }

    private static func readTime(_ reader: YAMLReader) -> (order: Matcher.Order, limit: Duration)? {
        let text = reader.node.scalar?.text ?? ""
        guard let order = Matcher.Order(prefixOf: text),
            let limit = Quantity.duration(text.dropFirst(order.rawValue.count).trimmingSpaces())
        else { return reader.wrong("a limit of time", example: "\"<500ms\"") }
        return (order, limit)
    }
}

extension StatusMatcher {
    static func read(_ reader: YAMLReader) -> StatusMatcher? {
        let words = reader.node.elements?.compactMap(\.scalar?.text) ?? [reader.node.scalar?.text ?? ""]
        return StatusMatcher(words) ?? reader.wrong("a status, or a list of them", example: "2xx")
    }
}

extension Matcher {
    private static let kinds = ["string", "number", "integer", "boolean", "array", "object"]

    /// `200`, `"text"`, `"<5"`, `"!=x"`, `"~regex"`, `"contains x"`, `"=literal"`; `exists`, `absent`, `empty` and the
    /// names of types only when they stand plain; `{ count: 3 }`.
    static func read(_ reader: YAMLReader) -> Matcher? {
        if reader.node.entries != nil {
            return reader.mapping { map in map.required("count", read).map { .count($0) } } ?? nil
        }
        guard let scalar = reader.node.scalar else { return reader.wrong("a matcher", example: "exists") }
        let text = scalar.text
        if let order = Order(prefixOf: text) {
            guard let limit = Double(text.dropFirst(order.rawValue.count).trimmingSpaces()) else {
                return reader.wrong("a comparison with a number", example: "\"<5\"")
            }
            return .ordered(order, limit)
        }
        if text.hasPrefix("!=") {
            return JSONScalar.read(String(text.dropFirst(2)), isPlain: true, reader).map { .different($0) }
        }
        if text.hasPrefix("~") { return pattern(String(text.dropFirst()), reader) }
        if text.hasPrefix("contains ") {
            return Template.read(String(text.dropFirst("contains ".count)), reader).map { .contains($0) }
        }
        if text.hasPrefix("=") { return Template.read(String(text.dropFirst()), reader).map { .equal(.text($0)) } }
        if scalar.style == .plain, let word = word(text) { return word }
        return JSONScalar.read(text, isPlain: scalar.style == .plain, reader).map { .equal($0) }
    }

    private static func word(_ text: String) -> Matcher? {
        switch text {
        case "exists": .exists
        case "absent": .absent
        case "empty": .empty
        default: kinds.contains(text) ? .type(text) : nil
        }
    }

    private static func pattern(_ text: String, _ reader: YAMLReader) -> Matcher? {
        do {
            _ = try Regex(text)
            return .matches(pattern: text)
        } catch {
            return reader.wrong("a regular expression after `~`", example: "\"~^v[0-9]+$\"")
        }
    }
}

extension Matcher.Order {
    /// The longer signs come first among the cases.
    init?(prefixOf text: String) {
        guard let order = Matcher.Order.allCases.first(where: { text.hasPrefix($0.rawValue) }) else { return nil }
        self = order
    }
}

extension Matcher.JSONScalar {
    static func read(_ text: String, isPlain: Bool, _ reader: YAMLReader) -> Matcher.JSONScalar? {
        if isPlain, let value = JSON(plain: text) { return .value(value) }
        return Template.read(text, reader).map { .text($0) }
    }
}

extension JSON {
    /// What a plain scalar of YAML stands for, if it is more than text.
    init?(plain text: String) {
        switch text {
        case "true": self = .boolean(true)
        case "false": self = .boolean(false)
        case "null", "~", "": self = .null
        default:
            guard let first = text.first, first == "-" || first.isNumber, let number = Double(text) else { return nil }
            self = .number(number)
        }
    }
}

extension JSONTemplate {
    static func read(_ reader: YAMLReader) -> JSONTemplate? {
        if let entries = reader.node.entries {
            return .object(
                entries.compactMap { entry in
                    read(YAMLReader(entry.value, path: entry.key, collector: reader.collector)).map { (entry.key, $0) }
                })
        }
        if reader.node.elements != nil { return reader.list(read).map { .array($0) } }
        guard let scalar = reader.node.scalar else { return nil }
        if scalar.style == .plain, let value = JSON(plain: scalar.text) { return .value(value) }
        return Template.read(scalar.text, reader).map { .text($0) }
    }
}

extension Template {
    static func read(_ reader: YAMLReader) -> Template? { reader.string().flatMap { read($0, reader) } }

    static func read(_ text: String, _ reader: YAMLReader) -> Template? {
        Template(text) ?? reader.wrong("text whose every `${` is closed around a name", example: "${release}")
    }
}

extension YAMLReader {
    func templates() -> [(name: String, value: Template)]? {
        entries()?.compactMap { entry in Template.read(entry.value).map { (entry.key, $0) } }
    }
}

extension SmokeSource {
    static func readAll(_ reader: YAMLReader) -> [(name: String, from: SmokeSource)]? {
        reader.entries()?.compactMap { entry in
            guard let text = entry.value.string() else { return nil }
            if let path = JSONPath(text) { return (entry.key, .json(path)) }
            if text.hasPrefix("header ") { return (entry.key, .header(String(text.dropFirst("header ".count)))) }
            return entry.value.wrong("a path into JSON, or a header", example: "$.id` or `header location")
        }
    }
}

extension SmokeRetry {
    static func read(_ reader: YAMLReader) -> SmokeRetry? {
        reader.mapping { map in
            SmokeRetry(
                limit: map.required("for") { $0.duration() } ?? .zero,
                every: map.optional("every", SmokeInterval.read)
                    ?? SmokeInterval(first: .milliseconds(250), last: .seconds(2)))
        }
    }
}

extension SmokeInterval {
    /// `2s`, or `250ms..8s` for a wait that doubles.
    static func read(_ reader: YAMLReader) -> SmokeInterval? {
        let text = reader.node.scalar?.text ?? ""
        let bounds = text.firstRange(of: "..").map { [text[..<$0.lowerBound], text[$0.upperBound...]] } ?? [text[...]]
        let waits = bounds.compactMap { Quantity.duration(String($0)) }
        guard waits.count == bounds.count, let first = waits.first, let last = waits.last, .zero < first, first <= last
        else { return reader.wrong("a duration, or two of them", example: "2s` or `250ms..8s") }
        return SmokeInterval(first: first, last: last)
    }
}

extension Substring {
    func trimmingSpaces() -> String { String(drop { $0 == " " }) }
}
