/// What a rule asks, why, and how a file breaks and keeps it: for `tidegate validate --explain RULE`, for reports, and for
/// `docs/rules.md`. The rules of a subject stand in `RuleDescription+SUBJECT.swift`; tests run every example.
package struct RuleDescription: Sendable, Equatable {
    package enum Stage: Sendable, Equatable {
        /// Files are enough to know.
        case validation
        /// Smoke suites and runbooks have to be read as well.
        case wholeProject
        /// The world or a release has to be asked; the examples are words.
        case preflight
    }

    package var id: String
    /// How findings of the rule count, unless a file lowers them.
    package var severity: Finding.Severity
    /// What holds when the rule is kept; one sentence.
    package var summary: String
    /// What goes wrong otherwise; one or two sentences.
    package var why: String
    package var wrong: RuleExample
    package var right: RuleExample
    package var stage: Stage
    /// Whether no file may lower it: what is broken then could not be trusted to mean anything.
    package var mustHold: Bool

    init(
        _ id: String, _ summary: String, _ why: String, wrong: RuleExample, right: RuleExample,
        severity: Finding.Severity = .error, stage: Stage = .validation, mustHold: Bool = false
    ) {
        self.id = id
        self.severity = severity
        self.summary = summary
        self.why = why
        self.wrong = wrong
        self.right = right
        self.stage = stage
        self.mustHold = mustHold
    }

    /// The rule of this id.
    package static func find(_ id: String) -> RuleDescription? { all.first { $0.id == id } }

    /// Every rule, in the order of the documentation.
    package static let all: [RuleDescription] =
        yaml + shape + project + references + services + router + strategies + gates + metrics + coherence + production
        + migrations
        + variables + values + secrets + smokeSuites + alerts + runbooks + releases + preflight + exceptions
}
