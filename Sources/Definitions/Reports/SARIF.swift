/// SARIF 2.1.0 (OASIS), as code scanning services read it.
enum SARIF {
    static func document(_ result: ValidationResult) -> JSONText {
        let used = Set(result.findings.map(\.rule))
        let rules = RuleDescription.all.filter { used.contains($0.id) }
        return .object([
            ("$schema", .string("https://json.schemastore.org/sarif-2.1.0.json")), ("version", .string("2.1.0")),
            (
                "runs",
                .array([
                    .object([
                        ("tool", .object([("driver", driver(rules))])), ("columnKind", .string("unicodeCodePoints")),
                        ("results", .array(result.findings.map(entry))),
                    ])
                ])
            ),
        ])
    }

    private static func driver(_ rules: [RuleDescription]) -> JSONText {
        .object([
            ("name", .string("tidegate")),
            (
                "rules",
                .array(
                    rules.map { rule in
                        .object([
                            ("id", .string(rule.id)),
                            ("shortDescription", .object([("text", .string(rule.summary))])),
                            ("help", .object([("text", .string(rule.why))])),
                        ])
                    })
            ),
        ])
    }

    private static func entry(_ finding: Finding) -> JSONText {
        let region = JSONText.object([
            ("startLine", .integer(finding.place.line)), ("startColumn", .integer(finding.place.column)),
        ])
        let location = JSONText.object([
            (
                "physicalLocation",
                .object([
                    ("artifactLocation", .object([("uri", .string(finding.place.file))])), ("region", region),
                ])
            )
        ])
        return .object([
            ("ruleId", .string(finding.rule)), ("level", .string(finding.severity.rawValue)),
            ("message", .object([("text", .string("\(finding.message) \(finding.fix)"))])),
            ("locations", .array([location])),
        ])
    }
}
