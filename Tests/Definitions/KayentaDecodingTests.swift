import Definitions
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct KayentaDecodingTests {
    private func validate(_ bake: String) throws -> ValidationResult {
        let text =
            "environment: dev\nextends: shared.yaml\nstrategies:\n  slow:\n    - weight: 20%\n    - bake: \(bake)\n"
            + "    - weight: 100%\nthresholds:\n  metrics:\n"
            + "    depth: { service: worker, platform: memory, above: 5 }\n"
        return try ExampleProject.validated(dev: text)
    }

    @Test(arguments: [
        ("{ for: 1h, kayenta: { pass: 60, marginal: 75 } }", "with a `marginal` of at most `pass`"),
        ("{ for: 1h, early: true, kayenta: { pass: 95 } }", "without `early`"),
        ("{ for: 1h, kayenta: { pass: 101 } }", "from 1 to 100"),
        ("{ for: 1h, kayenta: { passes: 95 } }", "`passes` is no key"),
        ("{ for: 1h, kayenta: 95 }", "a mapping"),
        ("{ for: 1h, kayenta: { critical: [dept] } }", "look at `dept`, which is no signal here"),
        ("{ for: 1h, kayenta: { required: [error_rates] } }", "look at `error_rates`, which is no signal here"),
        ("{ for: 5m, kayenta: { pass: 95 } }", "fewer than the 50 minutes"),
    ]) func `what is wrong with it is said`(bake: String, expected: String) throws {
        let findings = try validate(bake).findings.filter { $0.place.line == 6 }
        #expect(findings.contains { $0.message.contains(expected) }, "\(bake): \(findings)")
    }

    @Test func `it reads as it is written`() throws {
        let result = try validate(
            "{ for: 1h, kayenta: { pass: 90, critical: [error-rate, depth], required: [latency] } }")
        let step = try #require(result.usable["dev"]?.strategies["slow"]?.steps.dropFirst().first)
        guard case .bake(.seconds(3_600), let evidence) = step else { throw ExpectationFailed() }
        let terms = KayentaDefinition(pass: 90, critical: ["error_rate", "depth"], required: ["latency"])
        #expect(evidence.kayenta == terms)
        #expect(terms.written == "90/75, critical error_rate and depth, required latency")
    }

    private struct ExpectationFailed: Error {}
}
