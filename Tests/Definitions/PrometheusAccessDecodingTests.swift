import Definitions
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct PrometheusAccessDecodingTests {
    private func validate(_ access: String) throws -> ValidationResult {
        let text =
            "environment: dev\nextends: shared.yaml\nprometheus: { url: \"http://127.0.0.1:9090\"\(access) }\n"
            + "secrets:\n  METRICS_TOKEN: { from: generated, bytes: 32 }\n"
        return try ExampleProject.validated(dev: text)
    }

    @Test(arguments: [
        (", token: METRICS_TOKEN, user: a, password: METRICS_TOKEN", "with a `token`, or with a `user`"),
        (", user: a", "with a `token`, or with a `user`"),
        (", password: METRICS_TOKEN", "with a `token`, or with a `user`"),
        (", user: 'a:b', password: METRICS_TOKEN", "without a colon"),
        (", token: METRICS_TOKN", "which is not under `secrets`"),
    ]) func `what is wrong with it is said`(access: String, expected: String) throws {
        let findings = try validate(access).findings.filter { $0.place.line == 3 }
        #expect(findings.contains { $0.message.contains(expected) }, "\(access): \(findings)")
    }

    @Test func `a secret that only Prometheus asks for is read, and one that nobody asks for is not`() throws {
        let named = try validate(", token: METRICS_TOKEN")
        #expect(named.findings.isEmpty, "\(named.findings)")
        #expect(named.usable["dev"]?.prometheusAccess == PrometheusAccess(secret: "METRICS_TOKEN"))
        let user = try validate(", user: tidegate, password: METRICS_TOKEN")
        #expect(user.usable["dev"]?.prometheusAccess == PrometheusAccess(user: "tidegate", secret: "METRICS_TOKEN"))
        #expect(try validate("").findings.map(\.rule) == ["variable.unread"])
    }
}
