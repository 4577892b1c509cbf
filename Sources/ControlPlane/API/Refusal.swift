import Definitions

/// How a command ends; the numbers are an interface.
package enum ExitStatus: Int32, Sendable, Codable, CaseIterable {
    case done = 0
    case usage = 1
    case invalidDefinition = 2
    case unreachable = 3
    case checkFailed = 4
    case rolledBack = 5
    case rollbackFailed = 6
    case refused = 7
    case lockHeld = 8
    case changes = 10
    case timedOut = 124
    case interrupted = 130
}

/// Why something that was asked for is not done: one sentence for people that says what to do, and a code for programs.
package struct Refusal: Error, Sendable, Equatable, CustomStringConvertible {
    /// A stable word such as `unknown_environment`.
    package var code: String
    package var message: String
    package var exit: ExitStatus
    /// What is wrong in the definitions, when that is why.
    package var findings: [Finding]

    package init(_ code: String, _ message: String, exit: ExitStatus, findings: [Finding] = []) {
        self.code = code
        self.message = message
        self.exit = exit
        self.findings = findings
    }

    package var description: String { message }
}

/// A refusal as it travels: `{"error": …, "message": …, "exit": …}`.
package struct ErrorDocument: Codable, Sendable, Equatable {
    package var error: String
    package var message: String
    package var exit: Int32
    package var findings: [FindingDocument]?

    package init(_ refusal: Refusal) {
        error = refusal.code
        message = refusal.message
        exit = refusal.exit.rawValue
        findings = refusal.findings.isEmpty ? nil : refusal.findings.map(FindingDocument.init)
    }

    package var refusal: Refusal {
        Refusal(
            error, message, exit: ExitStatus(rawValue: exit) ?? .checkFailed,
            findings: (findings ?? []).map(\.finding))
    }
}

/// A finding, flat, as `validate --json` writes it.
package struct FindingDocument: Codable, Sendable, Equatable {
    package var rule: String
    package var severity: Finding.Severity
    @Null package var environment: String?
    package var file: String
    package var line: Int
    package var column: Int
    @Null package var name: String?
    package var message: String
    package var fix: String

    package init(_ finding: Finding) {
        rule = finding.rule
        severity = finding.severity
        file = finding.place.file
        line = finding.place.line
        column = finding.place.column
        message = finding.message
        fix = finding.fix
        _environment = Null(wrappedValue: finding.environment)
        _name = Null(wrappedValue: finding.name)
    }

    package var finding: Finding {
        Finding(
            rule: rule, severity: severity, environment: environment,
            place: Place(file: file, line: line, column: column), name: name, message: message, fix: fix)
    }
}
