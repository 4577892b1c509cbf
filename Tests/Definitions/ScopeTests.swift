import Definitions
import Testing

/// Values that one service alone is given.
@Suite struct ScopeTests {
    private func fixture(_ block: String) throws -> Fixture {
        var fixture = try Fixture()
        fixture.replace("    port: 8000\n", "    port: 8000\n\(block)")
        return fixture
    }

    @Test func `a service's own values go before the environment's`() throws {
        let result = try fixture(
            "    variables: { MODE: mock, PAGES: 3 }\n    secrets: { TOKEN: { from: generated, bytes: 16 } }\n"
        ).validate(["dev"])
        #expect(result.findings.isEmpty, "\(result.findings)")
        let environment = try #require(result.usable["dev"])
        #expect(environment.variables(of: environment.services[0])["MODE"] == "mock")
        #expect(environment.allSecrets.map(\.name) == ["TOKEN", "api/TOKEN"])
    }

    @Test func `what the only service that needs a value has itself is not missing`() throws {
        var fixture = try fixture("    variables: { STORAGE: disk:/own }\n")
        fixture.replace("  STORAGE: disk:/data\n", "")
        #expect(try fixture.validate(["dev"]).findings.isEmpty)
    }

    @Test func `a service's own values are checked like the environment's, at their place`() throws {
        let findings = try fixture(
            "    variables: { PAGES: many, NOBODY: 1 }\n    secrets: { TOKEN: { from: literal, value: changeme } }\n"
        ).validate(["dev"]).findings
        #expect(
            findings.map { "\($0.place.line):\($0.place.column) \($0.rule)" } == [
                "7:25 variable.value", "7:31 variable.unread", "8:47 secret.placeholder",
            ])
    }

    @Test func `what a service is given decides what it reads`() throws {
        let findings = try fixture("    variables: { STORAGE: supabase }\n").validate(["dev"]).findings
        #expect(findings.map(\.name) == ["SUPABASE_URL"])
    }

    @Test func `names are found by service, then in the environment`() {
        let values = ["A": 1, "B": 2, "api/B": 3, "worker/C": 4]
        #expect(SecretScope.value(of: "B", service: "api", in: values) == 3)
        #expect(SecretScope.value(of: "B", service: "worker", in: values) == 2)
        #expect(SecretScope.value(of: "C", service: "api", in: values) == nil)
        #expect(SecretScope.value(of: "C", in: values) == 4)
        #expect(SecretScope.names(of: "api", in: values.keys) == ["A": "A", "B": "api/B"])
    }
}
