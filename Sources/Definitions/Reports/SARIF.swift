import Contract

/// SARIF 2.1.0 (OASIS), as code scanning services read it.
enum SARIF {
    private static let root = "%SRCROOT%"

    static func document(_ result: ValidationResult, _ context: ReportContext) -> JSONText {
        let prefix = context.prefix
        let reported = result.merged
        let ignored = result.mergedIgnored
        let used = Set((reported + ignored).map(\.finding.rule))
        let rules = RuleDescription.all.filter { used.contains($0.id) }
        let indices = Dictionary(uniqueKeysWithValues: rules.enumerated().map { ($1.id, $0) })
        var fingerprints = Fingerprints()
        let results =
            reported.map { entry($0, indices, &fingerprints, prefix) }
            + ignored.map { entry($0, indices, &fingerprints, prefix, isSuppressed: true) }
        return object([
            ("$schema", .string("https://json.schemastore.org/sarif-2.1.0.json")), ("version", .string("2.1.0")),
            (
                "runs",
                .array([
                    object([
                        ("tool", object([("driver", driver(rules, context.documentation))])),
                        ("automationDetails", object([("id", .string(category(result)))])),
                        (
                            "originalUriBaseIds",
                            object([(root, object([("description", text("The repository's folder."))]))])
                        ),
                        ("columnKind", .string("unicodeCodePoints")), ("results", .array(results)),
                    ])
                ])
            ),
        ])
    }

    /// Services replace what was uploaded under the same category, so that runs over other environments stand beside it.
    private static func category(_ result: ValidationResult) -> String {
        "tidegate/\(result.environments.joined(separator: "+"))/"
    }

    private static func driver(_ rules: [RuleDescription], _ documentation: String?) -> JSONText {
        object([("name", .string("tidegate")), ("rules", .array(rules.map { describe($0, documentation) }))])
    }

    private static func describe(_ rule: RuleDescription, _ documentation: String?) -> JSONText {
        let family = String(rule.id.prefix { $0 != "." })
        // The anchor of the rule's heading, as GitHub makes it.
        let anchor = rule.id.filter { $0 != "." }
        let address = documentation.map { [("helpUri", JSONText.string("\($0)#\(anchor)"))] } ?? []
        let members: [(String, JSONText)] = [
            ("id", .string(rule.id)), ("shortDescription", text(rule.summary)), ("fullDescription", text(rule.why)),
            (
                "help",
                object([
                    ("text", .string(RuleText.plain(rule))), ("markdown", .string(RuleText.markdown(rule, level: 3))),
                ])
            ),
            ("defaultConfiguration", object([("level", .string(rule.severity.rawValue))])),
            (
                "properties",
                object([
                    ("tags", .array(["configuration", family].map { .string($0) })),
                    ("precision", .string("very-high")),
                    ("problem.severity", .string(rule.severity.rawValue)),
                ])
            ),
        ]
        return object(members + address)
    }

    private static func entry(
        _ reported: ReportedFinding, _ rules: [String: Int], _ fingerprints: inout Fingerprints, _ prefix: String,
        isSuppressed: Bool = false
    ) -> JSONText {
        let finding = reported.finding
        var members: [(String, JSONText)] = [("ruleId", .string(finding.rule))]
        if let index = rules[finding.rule] { members.append(("ruleIndex", .integer(index))) }
        members += [
            ("level", .string(isSuppressed ? "note" : finding.severity.rawValue)),
            ("message", text("\(finding.message) \(finding.fix)")),
            ("locations", .array([location(finding.place, prefix)])),
            ("partialFingerprints", object([("primaryLocationLineHash", .string(fingerprints.next(reported)))])),
        ]
        if !reported.environments.isEmpty {
            let names = JSONText.array(reported.environments.map { .string($0) })
            members.append(("properties", object([("environments", names)])))
        }
        if isSuppressed, let exception = finding.exception {
            let suppression = object([
                ("kind", .string("inSource")), ("status", .string("accepted")),
                ("justification", .string(exception.reason)), ("location", location(exception.place, prefix)),
            ])
            members.append(("suppressions", .array([suppression])))
        }
        return object(members)
    }

    private static func location(_ place: Place, _ prefix: String) -> JSONText {
        let artifact = object([("uri", .string(uri(prefix + place.file))), ("uriBaseId", .string(root))])
        let region = object([("startLine", .integer(place.line)), ("startColumn", .integer(place.column))])
        return object([("physicalLocation", object([("artifactLocation", artifact), ("region", region)]))])
    }

    /// A relative path as a URI reference (RFC 3986): what is not unreserved is encoded.
    private static func uri(_ path: String) -> String { path.percentEncoded(keeping: "/") }

    private static func text(_ text: String) -> JSONText { object([("text", .string(text))]) }

    private static func object(_ members: [(String, JSONText)]) -> JSONText { .object(members) }

    /// What a service knows a finding by when its line has moved: rule, file, name and environments. Equal ones are numbered.
    private struct Fingerprints {
        private var seen: [UInt64: Int] = [:]

        mutating func next(_ reported: ReportedFinding) -> String {
            let finding = reported.finding
            let parts = [finding.rule, finding.place.file, finding.name ?? ""] + reported.environments
            let hash = Self.hash(parts.joined(separator: "\u{0}"))
            seen[hash, default: 0] += 1
            let hex = String(hash, radix: 16)
            return String(repeating: "0", count: 16 - hex.utf8.count) + hex + ":\(seen[hash] ?? 1)"
        }

        /// FNV-1a, 64 bits: no protection against anybody, and the same everywhere.
        private static func hash(_ text: String) -> UInt64 {
            text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        }
    }
}
