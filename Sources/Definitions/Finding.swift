/// Something that is wrong in a definition: what, where, and how to mend it.
package struct Finding: Sendable, Equatable, Codable {
    package enum Severity: String, Sendable, Codable { case error, warning }

    /// A stable id such as `secret.placeholder`.
    package var rule: String
    package var severity: Severity
    package var environment: String?
    package var place: Place
    /// The variable, key or service concerned.
    package var name: String?
    /// One sentence that says what is wrong; never a secret's value.
    package var message: String
    /// One sentence that says what to do.
    package var fix: String

    package init(
        rule: String, severity: Severity = .error, environment: String?, place: Place, name: String? = nil,
        message: String, fix: String
    ) {
        self.rule = rule
        self.severity = severity
        self.environment = environment
        self.place = place
        self.name = name
        self.message = message
        self.fix = fix
    }
}
