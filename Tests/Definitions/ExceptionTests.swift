import Contract
import Definitions
import Testing

@Suite(.timeLimit(.minutes(5)))
struct ExceptionTests {
    /// An environment in which `service.health` of `api` is broken, and is an error.
    private func project(_ rules: String, file: String = "production") -> Pair {
        var pair = Pair()
        pair.api.paths.liveness = "/ready"
        pair.more["environments/production.yaml"] =
            pair.dev.replacing("environment: dev", with: "environment: production\nextends: base.yaml")
            .replacing("port: 8000, ", with: "")
        pair.more["environments/base.yaml"] = """
            promotes-from: dev
            thresholds:
              health: { failures: { more-than: 3 } }
              error-rate: { above: 5% }
              latency: { above: 2x baseline }
            alerts: { receivers: { us: { webhook: { url: "https://alerts.tidegate.dev" } } } }

            """
        pair.more["environments/\(file).yaml"]? += "rules:\n\(rules)\n"
        return pair
    }

    private static let reason = "reason: it is a static site without dependencies"

    private func rule(_ text: String) -> String { "  - { rule: service.health, \(text) }" }

    @Test func `an ignored finding is counted, and spoils nothing`() throws {
        let result = try project(rule("severity: ignore, \(Self.reason)")).validate(["production"])
        #expect(result.findings.isEmpty && result.isValid && result.usable.keys.contains("production"))
        #expect(result.ignored.map(\.rule) == ["service.health"])
        #expect(result.ignored.first?.exception?.reason == "it is a static site without dependencies")
        #expect(result.ignored.first?.exception?.from == .error)
        #expect(
            result.ignored.first?.exception?.place == Place(file: "environments/production.yaml", line: 9, column: 5))
    }

    @Test func `a lowered finding warns, and lets a rollout go on`() throws {
        let result = try project(rule("severity: warning, for: api, \(Self.reason)")).validate(["production"])
        #expect(result.findings.map(\.severity) == [.warning] && result.isValid)
        #expect(result.findings.first?.exception?.from == .error && result.usable.keys.contains("production"))
    }

    @Test func `an exception for another name meets nothing, and says so`() throws {
        let result = try project(rule("severity: ignore, for: worker, \(Self.reason)")).validate(["production"])
        #expect(result.findings.map(\.rule) == ["service.health", "rules.unused"])
        #expect(!result.isValid)
    }

    @Test(arguments: [
        ("{ rule: service.helth, severity: ignore, \(reason) }", "rules.unknown", "Write `service.health`."),
        ("{ rule: variable.missing, severity: ignore, \(reason) }", "rules.must-hold", "mend"),
        ("{ rule: yaml.tabs, severity: ignore, \(reason) }", "rules.must-hold", "mend"),
        ("{ rule: key.unknown, severity: warning, \(reason) }", "rules.must-hold", "mend"),
        ("{ rule: rules.unused, severity: ignore, \(reason) }", "rules.must-hold", "mend"),
        ("{ rule: service.health, severity: ignore, reason: todo }", "rules.reason", "four words"),
        ("{ rule: service.health, severity: ignore, reason: x x x x x }", "rules.reason", "four words"),
        ("{ rule: service.health, severity: ignore, reason: \"- - - -\" }", "rules.reason", "four words"),
        ("{ rule: service.health, severity: error, \(reason) }", "value.type", "`warning`"),
        ("{ rule: service.health, severity: ignore }", "key.missing", "reason"),
        ("{ rule: service.health, severity: ignore, until: 2026-02-30, \(reason) }", "value.type", "day"),
        ("{ rule: service.health, severity: ignore, until: 2026-01-31, \(reason) }", "rules.expired", "2026-01-31"),
    ])
    func `an exception that does not hold is an error, and lowers nothing`(
        rule: String, expected: String, words: String
    ) throws {
        let findings = try project("  - \(rule)").validate(["production"]).findings
        #expect(findings.count { $0.rule == "service.health" && $0.severity == .error } == 1, "\(findings)")
        let own = try #require(findings.first { $0.rule == expected }, "\(findings)")
        #expect(own.severity == .error && "\(own.message) \(own.fix)".contains(words), "\(own)")
    }

    @Test func `the last day is the last`() throws {
        // `Pair` validates on 2026-11-18.
        for (day, expected) in [("2026-11-18", []), ("2026-11-17", ["service.health", "rules.expired"])] {
            let findings = try project(rule("severity: ignore, until: \(day), \(Self.reason)")).validate(["production"])
                .findings
            #expect(findings.map(\.rule) == expected)
        }
    }

    @Test func `an exception in a shared file is unused only when no environment needs it`() throws {
        var pair = project("  - { rule: service.single, severity: ignore, for: api, \(Self.reason) }", file: "base")
        pair.api.paths.liveness = "/live"
        #expect(try pair.validate(["production"]).findings.isEmpty)
        #expect(try pair.validate().findings.map(\.rule) == ["rules.unused"])
    }
}
