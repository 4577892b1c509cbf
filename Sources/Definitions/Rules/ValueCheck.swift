import Contract

/// Something that is wrong with one value. The texts never hold the value of a secret.
package struct ValueFlaw: Sendable, Equatable {
    /// A rule's id, such as `secret.placeholder`.
    package var rule: String
    package var severity: Finding.Severity
    /// One sentence that says what is wrong.
    package var message: String
    /// One sentence that says what to write instead.
    package var fix: String

    package init(rule: String, severity: Finding.Severity = .error, message: String, fix: String) {
        self.rule = rule
        self.severity = severity
        self.message = message
        self.fix = fix
    }
}

/// What can be said of a single value: that it fits its declaration, that somebody has replaced the placeholder, that it
/// is strong enough, has not expired, and belongs to this environment.
///
/// The same check serves what stands in a file, when a project is validated, and what a secret provider returned, before a
/// rollout touches anything.
package struct ValueCheck: Sendable {
    let environment: String
    let kind: EnvironmentKind
    let otherEnvironments: [String]
    let now: Int
    let strangers: [OtherEnvironment]
    let patterns: Patterns
    /// The words of `strangers`.
    let strangerWords: Beginnings

    /// - Parameters:
    ///   - environment: the environment's name, whose kind is `kind`.
    ///   - otherEnvironments: the names of the project's other environments.
    ///   - now: seconds since 1970.
    package init(environment: String, kind: EnvironmentKind, otherEnvironments: [String], now: Int) {
        self.init(
            environment: environment, kind: kind, otherEnvironments: otherEnvironments, now: now, patterns: Patterns())
    }

    /// - Parameter patterns: those that other checks have compiled already.
    init(environment: String, kind: EnvironmentKind, otherEnvironments: [String], now: Int, patterns: Patterns) {
        self.environment = environment
        self.kind = kind
        self.otherEnvironments = otherEnvironments.filter { $0 != environment }
        self.now = now
        self.patterns = patterns
        strangers = OtherEnvironment.all(of: self.otherEnvironments, seenFrom: environment, kind)
        strangerWords = Beginnings(strangers.map(\.word))
    }

    /// Everything that is wrong with a value, the most telling first.
    ///
    /// - Parameters:
    ///   - value: as the process will see it; lists are joined with commas.
    ///   - declarations: what the contracts of the services that read it say of it, if any does.
    ///   - isSecret: whether the value must not be shown.
    package func flaws(
        name: String, value: String, declarations: [VariableDeclaration], isSecret: Bool
    ) -> [ValueFlaw] {
        if !isSecret, isProven(value, name, declarations) { return [] }
        var subject = ValueSubject(name: name, value: value, declarations: declarations, isSecret: isSecret)
        // Nobody chose a default here, and the contract that brings it is trusted.
        if !value.isEmpty, declarations.contains(where: { $0.defaultValue == value }) { return forbidden(subject) }
        var flaws: [ValueFlaw] = []
        if let hit = characters(subject) {
            flaws.append(hit.flaw)
            subject.value = hit.cleaned
        }
        guard !subject.value.isEmpty else { return flaws.isEmpty ? form(subject) : flaws }
        // A choice among declared words is a choice, whatever the words are.
        let isChosen = declarations.contains { $0.allowed?.contains(subject.value) == true }
        if !isChosen, let placeholder = placeholder(subject) { return flaws + [placeholder] }
        if let wrong = wrongKind(subject) { return flaws + [wrong] + stage(subject) }
        flaws += form(subject)
        flaws += forbidden(subject)
        flaws += addressForm(subject)
        flaws += openSecret(subject)
        if let flaw = cutShort(subject) { return flaws + [flaw] }
        flaws += expiry(subject)
        flaws += stage(subject)
        flaws += weakness(subject)
        flaws += hosts(subject)
        return flaws
    }
}

extension ValueCheck {
    /// Whether its contracts leave nothing to ask: a number, a truth value, a duration or a declared word that they take
    /// here is no placeholder, no key and no host.
    private func isProven(_ value: String, _ name: String, _ declarations: [VariableDeclaration]) -> Bool {
        guard !declarations.isEmpty else { return false }
        return declarations.allSatisfy { declaration in
            let isNarrow =
                switch declaration.kind {
                case .integer, .number, .boolean, .duration: true
                // Hosts, and which environment the process is in, have checks of their own.
                case .string:
                    declaration.allowed != nil && value.isWord && !ValueSubject.saysWhere(name.lastWordOfName)
                case .list, .path, .url: false
                }
            return isNarrow && !declaration.secret && forbidden(value, declaration) == nil
                && DeclaredValue.problem(value, declaration, patterns) == nil
        }
    }
}

/// A value on its way through the checks.
struct ValueSubject {
    var name: String
    var value: String {
        didSet { if value != oldValue { read() } }
    }
    var declarations: [VariableDeclaration]
    var isSecret: Bool
    /// The hosts that the value leads to.
    private(set) var addresses: [Address] = []
    private(set) var token: WebToken?

    init(name: String, value: String, declarations: [VariableDeclaration], isSecret: Bool) {
        self.name = name
        self.value = value
        self.declarations = declarations
        format = declarations.lazy.compactMap(\.format).first
        self.isSecret = isSecret || declarations.contains(where: \.secret)
        read()
    }

    private mutating func read() {
        token = WebToken(value)
        addresses = kind == .path || format == .certificate ? [] : Address.all(in: value, isHost: namesHost)
    }

    let format: ValueFormat?
    var role: String? { declarations.lazy.compactMap(\.role).first }
    var kind: VariableKind? { declarations.first?.kind }

    /// The words of the name: `DATABASE_URL` has `DATABASE` and `URL`.
    var words: [Substring] { name.wordsOfName }

    /// The last of them: what the value is, as a rule.
    var lastWord: String { name.lastWordOfName }

    /// Whether such a last word says that the value is the environment's own name.
    static func saysEnvironment(_ lastWord: String) -> Bool {
        lastWord == "ENV" || lastWord == "ENVIRONMENT" || lastWord == "STAGE"
    }

    /// Whether such a last word says that the value is a host, or an environment.
    static func saysWhere(_ lastWord: String) -> Bool { hostWords.contains(lastWord) || saysEnvironment(lastWord) }

    private static let hostWords: Set<String> = [
        "HOST", "HOSTNAME", "ADDR", "ADDRESS", "SERVER", "ENDPOINT", "BROKER",
    ]

    /// Whether the name says that the value is a host somewhere, and not the address on which the process listens.
    private var namesHost: Bool {
        guard kind != .list, Self.hostWords.contains(lastWord) else { return false }
        let words = words
        return words.count > 1 && !words.contains { ["LISTEN", "BIND", "ALLOWED", "TRUSTED"].contains($0) }
    }

    /// ` and the value`, if it may be shown, cut to a line.
    func shown(_ before: String, _ text: String? = nil, _ after: String = "") -> String {
        isSecret || OpenSecret.reason(self) != nil ? "" : "\(before)`\((text ?? value).prefix(60))`\(after)"
    }
}
