import Definitions
import Testing

/// Values that mean one thing here and another elsewhere.
@Suite(.timeLimit(.minutes(5)))
struct YAMLAmbiguityTests {
    private func findings(_ lines: String, in section: String = "MODE: real") throws -> [Finding] {
        var fixture = try Fixture()
        fixture.replace(section, "\(section)\n\(lines)")
        return try fixture.validate(["dev"]).findings
    }

    /// A value of `NOTE`, which the contract calls a text, the rule, and how it is written without doubt.
    static let inDoubt: [(String, String, String)] = [
        ("no", "yaml.truth", "`false`"), ("NO", "yaml.truth", "`false`"), ("Off", "yaml.truth", "`false`"),
        ("yes", "yaml.truth", "`true`"), ("on", "yaml.truth", "`true`"), ("True", "yaml.truth", "`true`"),
        ("FALSE", "yaml.truth", "`false`"), ("NULL", "yaml.null", "`\"NULL\"`"),
        ("0755", "yaml.number", "`493`"), ("012", "yaml.number", "`10`"), ("-017", "yaml.number", "`15`"),
        ("0189", "yaml.number", "`189`"), ("0x1F", "yaml.number", "`31`"), ("0b11", "yaml.number", "`3`"),
        ("0o17", "yaml.number", "`15`"), ("1_000", "yaml.number", "`1000`"), ("+5", "yaml.number", "`5`"),
        ("1.10", "yaml.number", "`1.1`"), ("1e3", "yaml.number", "`1000`"),
        (".5", "yaml.number", "`0.5`"), ("1.", "yaml.number", "`1`"), (".inf", "yaml.number", "`\".inf\"`"),
        ("12345678901234567890", "yaml.number", "other last digits"), ("12:30", "yaml.number", "`\"12:30\"`"),
        ("190:20:30", "yaml.number", "sixties"), ("2026-11-21", "yaml.date", "`\"2026-11-21\"`"),
        ("2026-11-21 10:00:00", "yaml.date", "a date"),
    ]

    @Test(arguments: inDoubt)
    func `a plain text that others read differently is a warning with both ways to write it`(
        value: String, rule: String, words: String
    ) throws {
        let found = try findings("  NOTE: \(value)")
        #expect(found.map(\.rule) == [rule], "\(found)")
        let finding = try #require(found.first)
        #expect(finding.severity == .warning && finding.place.line == 13 && finding.place.column == 9)
        #expect("\(finding.message) \(finding.fix)".contains(words), "\(finding)")
        #expect(finding.fix.contains("`\"\(value)\"`"))
        #expect(RuleDescription.find(rule) != nil)
        #expect(try findings("  NOTE: \"\(value)\"").isEmpty)
    }

    @Test(arguments: [
        "real", "5", "-5", "0", "0.5", "3.0", "1.2.3", "v1.10", "9007199254740992", "8080:80", "127.0.0.1", "10:99",
        "10.0.0.0/8", "true", "false", "nope", "only", "2026", "2026-11", "1-2-3", "+", ".", "a...", "1e", "e3",
        "0.1.0", "5%", "30s", "09:30", "http://a.example:80", "0xZZ", "id_1", "a:b", "5e", "n", "y",
    ])
    func `ordinary texts are left alone`(value: String) throws {
        #expect(try findings("  NOTE: \(value)").isEmpty)
    }

    @Test func `where the contract asks for a number or names the text, nothing is in doubt`() throws {
        #expect(try findings("  SHARE: 1.10\n  RATE: 1e3").isEmpty)
        #expect(try findings("  SWITCH: on").isEmpty)
        #expect(try findings("  DEBUG: yes").map(\.rule) == ["variable.value"])
        #expect(try findings("  PAGES: 07").map(\.rule) == ["yaml.number"])
    }

    @Test func `elements of lists are looked at, and literal secrets without being shown`() throws {
        let list = try findings("  ORIGINS: [a, no, 1.10]")
        #expect(list.map { "\($0.place.column) \($0.rule)" } == ["16 yaml.truth", "20 yaml.number"])
        var fixture = try Fixture()
        fixture.replace("{ from: generated, bytes: 32 }", "{ from: literal, value: 0418273645546372819 }")
        let secret = try fixture.validate(["dev"])
        #expect(secret.findings.map(\.rule).contains("yaml.number"))
        for format in ReportFormat.allCases {
            #expect(try !fixture.report(format, ["dev"]).contains("418273645546372819"))
        }
    }

    @Test func `nothing where a text may be meant, and a removal of nothing, are pointed out`() throws {
        var fixture = try Fixture()
        fixture.files["environments/base.yaml"] = "variables: { PAGES: 3, SHARE: 1, NOTE: a }\n"
        fixture.replace("environment: dev", "environment: dev\nextends: base.yaml")
        fixture.replace("MODE: real", "MODE: real\n  PAGES: ~\n  SHARE:\n  DEBUG: ~\n  NOTE:")
        let found = try fixture.validate(["dev"]).findings
        #expect(found.map { "\($0.place.line) \($0.rule)" } == ["15 yaml.null", "16 yaml.null", "17 yaml.null"])
        #expect(found[0].message.contains("which removes it"))
        #expect(found[1].message.contains("no file that is extended has it"))
    }

    @Test func `a shared file's values are mentioned once, without an environment`() throws {
        var fixture = try Fixture()
        fixture.files["environments/base.yaml"] = "variables: { NOTE: no }\n"
        fixture.replace("environment: dev", "environment: dev\nextends: base.yaml")
        fixture.replace("environment: production", "environment: production\nextends: base.yaml", in: Broken.production)
        let found = try fixture.validate().findings
        #expect(found.map(\.rule) == ["yaml.truth"])
        #expect(found.first?.environment == nil)
    }
}
