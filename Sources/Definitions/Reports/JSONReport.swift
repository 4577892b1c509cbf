/// What `tidegate validate --json` writes: an interface. Keys are only ever added.
enum JSONReport {
    static func document(_ result: ValidationResult) -> JSONText {
        let findings = result.merged
        let ignored = result.mergedIgnored
        let errors = findings.count { $0.finding.severity == .error }
        return .object([
            ("valid", .boolean(result.isValid)), ("environments", .array(result.environments.map { .string($0) })),
            ("findings", .array(findings.map(entry))), ("ignored", .array(ignored.map(entry))),
            (
                "counts",
                .object([
                    ("errors", .integer(errors)), ("warnings", .integer(findings.count - errors)),
                    ("lowered", .integer(findings.count { $0.finding.exception != nil })),
                    ("ignored", .integer(ignored.count)),
                ])
            ),
        ])
    }

    /// `environment` is the one that is concerned; null when it is none or several, which `environments` lists.
    private static func entry(_ reported: ReportedFinding) -> JSONText {
        let finding = reported.finding
        var members: [(String, JSONText)] = [
            ("rule", .string(finding.rule)), ("severity", .string(finding.severity.rawValue)),
            ("environment", reported.environments.count == 1 ? .string(reported.environments[0]) : .null),
            ("environments", .array(reported.environments.map { .string($0) })),
            ("file", .string(finding.place.file)), ("line", .integer(finding.place.line)),
            ("column", .integer(finding.place.column)), ("name", finding.name.map { .string($0) } ?? .null),
            ("message", .string(finding.message)), ("fix", .string(finding.fix)),
        ]
        if let exception = finding.exception {
            members.append(
                (
                    "exception",
                    .object([
                        ("from", .string(exception.from.rawValue)), ("reason", .string(exception.reason)),
                        ("file", .string(exception.place.file)), ("line", .integer(exception.place.line)),
                        ("column", .integer(exception.place.column)),
                    ])
                ))
        }
        return .object(members)
    }
}
