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
    /// Environments, by name or by kind, in which it is required though it is not elsewhere.
    package var requiredIn: [String]
    /// What the text is beyond its kind: a key, a token, a database's address.
    package var format: ValueFormat?
    /// For a token: what its `role` claim says.
    package var role: String?
    /// Variables with the same word here, of whatever names and services, must have the same value in an environment:
    /// `database`, `jwt`, `queue`.
    package var agreesOn: String?
    /// The service of the same environment that this address points at, if it is one.
    package var pointsAt: String?
    /// Whether a running instance goes on with the old value until it is started anew.
    package var needsRestart: Bool

    package init(
        name: String, kind: VariableKind, summary: String, required: Bool = false, defaultValue: String? = nil,
        secret: Bool = false, allowed: [String]? = nil, minimum: Int? = nil, maximum: Int? = nil,
        pattern: String? = nil, formerNames: [String] = [], forbidden: [String: [String]] = [:],
        readWhen: VariableCondition? = nil, requiredIn: [String] = [], format: ValueFormat? = nil,
        role: String? = nil, agreesOn: String? = nil, pointsAt: String? = nil, needsRestart: Bool = true
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
        self.requiredIn = requiredIn
        self.format = format
        self.role = role
        self.agreesOn = agreesOn
        self.pointsAt = pointsAt
        self.needsRestart = needsRestart
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case name, kind, summary, required, secret, allowed, minimum, maximum, pattern, forbidden, format, role
        case defaultValue = "default"
        case formerNames = "former_names"
        case readWhen = "read_when"
        case requiredIn = "required_in"
        case agreesOn = "agrees_on"
        case pointsAt = "points_at"
        case needsRestart = "needs_restart"
    }
}

/// What a text is beyond its kind, so that its strength, its expiry and its place can be checked.
package enum ValueFormat: String, Codable, Sendable, CaseIterable {
    /// A database's address: `sqlite:PATH`, `postgresql://…`.
    case databaseURL = "database-url"
    /// A broker's address: `amqp://…`, `redis://…`.
    case brokerURL = "broker-url"
    /// The keys of an HS256 signature, `kid:secret,kid2:secret2`; each has 256 bits or more (RFC 7518, 3.2).
    case signingKeys = "signing-keys"
    /// A JSON Web Token that somebody else signed, such as a service key.
    case jwt
    /// A provider's key, an opaque word.
    case apiKey = "api-key"
    /// A password that a person or a program made up.
    case password
    /// Key material of a cipher, in hex or base64.
    case encryptionKey = "encryption-key"
    /// X.509 certificates in PEM.
    case certificate
    /// The origins that a browser may call from; a wildcard among them lets every site in.
    case origins
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
