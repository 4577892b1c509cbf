import Contract

/// What one service is given for one variable that it reads, and where that is written. A class, because every rule goes
/// through all of them and a declaration is large.
final class GivenValue {
    enum Source: Equatable {
        /// Written in the open.
        case text(String)
        /// Nothing is written, so the contract's default holds.
        case byDefault(String)
        /// The value under `key` (a name, or `service/NAME`) of the secrets.
        case secret(SecretDefinition.Source, key: String)
    }

    let service: String
    let declaration: VariableDeclaration
    let source: Source
    /// Where the name stands; for a default, where the service does.
    let place: Place
    /// The keys of what it is written below: `services` and the service for one's own; nil for a default.
    private let home: [String]?

    init(service: String, declaration: VariableDeclaration, source: Source, place: Place, home: [String]?) {
        self.service = service
        self.declaration = declaration
        self.source = source
        self.place = place
        self.home = home
    }

    var name: String { declaration.name }
    var isDefault: Bool { home == nil }

    /// The keys that lead to what is written; empty for a default.
    var keys: [String] {
        guard let home else { return [] }
        if case .secret = source { return home + ["secrets", name] }
        return home + ["variables", name]
    }

    /// The parts of the name, upper case.
    var words: [String] { name.wordsOfName.map(String.init) }

    /// The value, if validation knows it: secrets are known only when they are literals.
    var text: String? {
        switch source {
        case .text(let text), .byDefault(let text): text
        case .secret(.literal(let text), _): text
        case .secret: nil
        }
    }

    /// Whether a message may show the value.
    var isShown: Bool {
        if case .secret = source { return false }
        return !declaration.secret
    }

    /// Whether both have the same value for certain: the same text, or one secret from one source.
    func agrees(with other: GivenValue) -> Bool {
        if let text, let theirs = other.text { return text == theirs }
        guard case .secret(let mine, let key) = source, case .secret(let theirs, let otherKey) = other.source else {
            return false
        }
        switch mine {
        // What is kept here is kept under each key by itself.
        case .generated, .stored: return mine == theirs && key == otherKey
        default: return mine == theirs
        }
    }
}

/// What every service of an environment is given for the variables that its contract declares and that it reads.
struct GivenValues {
    /// In the order of services in the file, and of declarations in contracts.
    private(set) var all: [GivenValue] = []

    init(_ draft: EnvironmentDraft) {
        let shared = Self.written(draft.environment.variables, draft.environment.secrets, below: [])
        for service in draft.environment.services {
            guard let contract = draft.contracts[service.name] else { continue }
            let own = Self.written(service.variables, service.secrets, below: ["services", service.name])
            let given = contract.variables.compactMap { declaration -> GivenValue? in
                guard declaration.name != contract.portVariable else { return nil }
                let written = own[declaration.name] ?? shared[declaration.name]
                guard let source = written?.source ?? declaration.defaultValue.map(GivenValue.Source.byDefault) else {
                    return nil
                }
                return GivenValue(
                    service: service.name, declaration: declaration, source: source,
                    place: written?.place ?? service.place, home: written?.home)
            }
            all += Self.read(given)
        }
    }

    func value(of name: String, service: String) -> GivenValue? {
        all.first { $0.name == name && $0.service == service }
    }

    private typealias Written = (source: GivenValue.Source, place: Place, home: [String])

    private static func written(
        _ variables: [Placed<VariableValue>], _ secrets: [Placed<SecretDefinition>], below: [String]
    ) -> [String: Written] {
        var written = [String: Written](minimumCapacity: variables.count + secrets.count)
        for variable in variables {
            written[variable.name] = (.text(variable.value.text), variable.place, below)
        }
        for secret in secrets {
            let key = below.last.map { SecretScope.key(secret.name, service: $0) } ?? secret.name
            written[secret.name] = (.secret(secret.value.source, key: key), secret.place, below)
        }
        return written
    }

    /// Those that are read while the others have the values that they have.
    private static func read(_ given: [GivenValue]) -> [GivenValue] {
        guard given.contains(where: { $0.declaration.readWhen != nil }) else { return given }
        let texts = Dictionary(given.map { ($0.name, $0.text) }) { first, _ in first }
        return given.filter { value in
            guard let condition = value.declaration.readWhen else { return true }
            return condition.holds(for: texts[condition.variable] ?? nil)
        }
    }
}
