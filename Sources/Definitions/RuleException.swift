/// A rule that an environment's file lowers, and why.
package struct RuleException: Sendable, Equatable {
    /// What becomes of findings.
    package enum Severity: String, Sendable, CaseIterable { case warning, ignore }

    /// The rule's id.
    package var rule: String
    package var severity: Severity
    /// The variable, service or key whose findings are meant; nil means all of the rule's.
    package var name: String?
    package var reason: String
    /// The last day on which it holds.
    package var until: CalendarDay?
    package var place: Place

    package init(
        rule: String, severity: Severity, name: String? = nil, reason: String, until: CalendarDay? = nil, place: Place
    ) {
        self.rule = rule
        self.severity = severity
        self.name = name
        self.reason = reason
        self.until = until
        self.place = place
    }
}
