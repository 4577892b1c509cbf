import Contract

/// Whether a text is a value of the declared kind.
enum DeclaredValue {
    /// What the value must be, if it is not that; nil when it fits.
    static func problem(_ text: String, _ declaration: VariableDeclaration, _ patterns: Patterns) -> String? {
        if text.isEmpty { return declaration.required ? "set" : nil }
        if let problem = kindProblem(text, declaration) { return problem }
        let parts = declaration.kind == .list ? elements(text) : [text]
        if let allowed = declaration.allowed, !parts.allSatisfy(allowed.contains) {
            return "one of \(allowed.map { "`\($0)`" }.joined(separator: ", "))"
        }
        if let pattern = declaration.pattern, !patterns.match(pattern, text) { return "of the form `\(pattern)`" }
        return nil
    }

    /// The parts between commas.
    static func elements(_ text: String) -> [String] {
        text.utf8.split(separator: 0x2C).map { part in
            let part = part.drop { $0 == 0x20 }
            guard let last = part.lastIndex(where: { $0 != 0x20 }) else { return "" }
            return String(Substring(part[...last]))
        }
    }

    private static func kindProblem(_ text: String, _ declaration: VariableDeclaration) -> String? {
        switch declaration.kind {
        case .string, .list: nil
        case .path: text.utf8.contains(0) ? "a path" : nil
        case .boolean: ["true", "false"].contains(text) ? nil : "`true` or `false`"
        case .integer:
            Quantity.integer(text).map { bounds(Double($0), declaration, "a whole number") } ?? "a whole number"
        case .number: Double(text).map { bounds($0, declaration, "a number") } ?? "a number"
        case .url: Names.host(text) == nil ? "an address such as `https://example.com`" : nil
        case .duration:
            Quantity.duration(text).map { bounds($0 / .seconds(1), declaration, "a duration") }
                ?? "a duration such as `30s`, `15m` or `12h`"
        }
    }

    private static func bounds(_ value: Double, _ declaration: VariableDeclaration, _ what: String) -> String? {
        let unit = declaration.kind == .duration ? "s" : ""
        let tooSmall = declaration.minimum.map { value < Double($0) } ?? false
        let tooLarge = declaration.maximum.map { value > Double($0) } ?? false
        guard tooSmall || tooLarge || !value.isFinite else { return nil }
        switch (declaration.minimum, declaration.maximum) {
        case (let low?, let high?): return "\(what) from \(low)\(unit) to \(high)\(unit)"
        case (let low?, nil): return "\(what) of at least \(low)\(unit)"
        case (nil, let high?): return "\(what) of at most \(high)\(unit)"
        case (nil, nil): return what
        }
    }
}
