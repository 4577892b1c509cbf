/// One variable that an artifact reads from its environment.
package struct VariableDeclaration: Codable, Sendable, Equatable {
    package var name: String
    package var kind: VariableKind
    package var summary: String
    /// Whether the artifact refuses to start without it. A variable with a default is never required.
    package var required: Bool
    package var defaultValue: String?
    /// Whether the value must come from `secrets:` and must never be shown.
    package var secret: Bool
    /// The only values allowed, if it is a choice.
    package var allowed: [String]?
    /// Inclusive bounds of a number, or of a duration in seconds.
    package var minimum: Int?
    package var maximum: Int?
    /// A regular expression that the whole value matches.
    package var pattern: String?
    /// Names that this variable had before; setting one of them is an error that names the new one.
    package var formerNames: [String]
    /// Values that an environment may not use, by environment name.
    package var forbidden: [String: [String]]
    /// The variable is read only when another has one of these values; otherwise it is unread.
    package var readWhen: VariableCondition?

    package init(
        name: String, kind: VariableKind, summary: String, required: Bool = false, defaultValue: String? = nil,
        secret: Bool = false, allowed: [String]? = nil, minimum: Int? = nil, maximum: Int? = nil,
        pattern: String? = nil, formerNames: [String] = [], forbidden: [String: [String]] = [:],
        readWhen: VariableCondition? = nil
    ) {
        self.name = name
        self.kind = kind
        self.summary = summary
        self.required = required
        self.defaultValue = defaultValue
        self.secret = secret
        self.allowed = allowed
        self.minimum = minimum
        self.maximum = maximum
        self.pattern = pattern
        self.formerNames = formerNames
        self.forbidden = forbidden
        self.readWhen = readWhen
    }

    enum CodingKeys: String, CodingKey {
        case name, kind, summary, required, secret, allowed, minimum, maximum, pattern, forbidden
        case defaultValue = "default"
        case formerNames = "former_names"
        case readWhen = "read_when"
    }
}

/// How a variable's text is understood.
package enum VariableKind: String, Codable, Sendable, CaseIterable {
    case string, integer, number, boolean, url, duration, list, path
}

/// True when `variable` has one of `values`, or a value that starts with one of `prefixes`.
package struct VariableCondition: Codable, Sendable, Equatable {
    package var variable: String
    package var values: [String]
    package var prefixes: [String]

    package init(variable: String, values: [String] = [], prefixes: [String] = []) {
        self.variable = variable
        self.values = values
        self.prefixes = prefixes
    }
}
