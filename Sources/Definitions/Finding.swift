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
    /// What the environment's `rules:` have made of it: its severity is lowered, or it is ignored.
    package var exception: Exception?

    /// Why a finding counts for less than its rule says.
    package struct Exception: Sendable, Equatable, Codable {
        /// What the rule says.
        package var from: Severity
        /// Why, in the words of whoever wrote it.
        package var reason: String
        /// Where that stands.
        package var place: Place

        package init(from: Severity, reason: String, place: Place) {
            self.from = from
            self.reason = reason
            self.place = place
        }
    }

    package init(
        rule: String, severity: Severity = .error, environment: String?, place: Place, name: String? = nil,
        message: String, fix: String, exception: Exception? = nil
    ) {
        self.rule = rule
        self.severity = severity
        self.environment = environment
        self.place = place
        self.name = name
        self.message = message
        self.fix = fix
        self.exception = exception
    }
}
