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

    /// - Parameters:
    ///   - environment: the environment's name, whose kind is `kind`.
    ///   - otherEnvironments: the names of the project's other environments.
    ///   - now: seconds since 1970.
    package init(environment: String, kind: EnvironmentKind, otherEnvironments: [String], now: Int) {
        self.environment = environment
        self.kind = kind
        self.otherEnvironments = otherEnvironments.filter { $0 != environment }
        self.now = now
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
        let subject = ValueSubject(name: name, value: value, declarations: declarations, isSecret: isSecret)
        // Nobody chose a default here, and the contract that brings it is trusted.
        if declarations.contains(where: { $0.defaultValue == value }) { return forbidden(subject) }
        if let placeholder = placeholder(subject) { return [placeholder] }
        return form(subject) + forbidden(subject)
    }
}

/// A value on its way through the checks.
struct ValueSubject {
    var name: String
    var value: String
    var declarations: [VariableDeclaration]
    var isSecret: Bool

    init(name: String, value: String, declarations: [VariableDeclaration], isSecret: Bool) {
        self.name = name
        self.value = value
        self.declarations = declarations
        self.isSecret = isSecret || declarations.contains(where: \.secret)
    }

    var format: ValueFormat? { declarations.lazy.compactMap(\.format).first }
    var kind: VariableKind? { declarations.first?.kind }

    /// ` and the value`, if it may be shown, cut to a line.
    func shown(_ before: String, _ text: String? = nil, _ after: String = "") -> String {
        isSecret ? "" : "\(before)`\((text ?? value).prefix(60))`\(after)"
    }
}
