import Contract
import Definitions
import Testing

/// Where secrets come from, and until when they hold.
@Suite(.timeLimit(.minutes(5)))
struct SecretSourceTests {
    /// What is said of production's secrets when dev and production take the same secret from these sources.
    private func findings(
        _ production: String, dev: String = "from: generated, bytes: 32", now: Int = 1_783_000_000
    ) throws -> [Finding] {
        var fixture = try Fixture()
        fixture.replace("{ from: generated, bytes: 32 }", "{ \(dev) }")
        fixture.replace("{ from: environment, name: TOKEN }", "{ \(production) }", in: Broken.production)
        return try fixture.validate(now: now).findings
    }

    private func rules(_ production: String, dev: String = "from: generated, bytes: 32") throws -> [String] {
        try findings(production, dev: dev).map { "\($0.severity.rawValue) \($0.rule)" }
    }

    @Test(arguments: [
        ("from: environment, name: TOKEN", "warning secret.shared"),
        ("from: file, path: /run/token", "error secret.shared"),
        ("from: command, run: [pass, show, token]", "error secret.shared"),
        ("from: age, file: secrets.age, key: token", "error secret.shared"),
        ("from: vault, path: kv/api, key: token", "error secret.shared"),
    ])
    func `one source for two environments is said once, in production`(source: String, expected: String) throws {
        #expect(try rules(source, dev: source) == [expected])
        let finding = try #require(try findings(source, dev: source).first)
        #expect(finding.environment == "production" && finding.place.file == Broken.production)
        #expect(finding.message.contains("and in dev as well"))
    }

    @Test(arguments: [
        ("from: environment, name: TOKEN", "from: environment, name: TOKEN_2"),
        ("from: file, path: /run/a", "from: file, path: /run/b"),
        ("from: command, run: [pass, show, a]", "from: command, run: [pass, show, b]"),
        ("from: age, file: secrets.age, key: a", "from: age, file: secrets.age, key: b"),
        ("from: vault, path: kv/api, key: a", "from: vault, path: kv/api, key: b"), ("from: stored", "from: stored"),
    ])
    func `sources of their own are left alone`(production: String, dev: String) throws {
        #expect(try rules(production, dev: dev).isEmpty)
    }

    @Test func `a version of the same secret in Vault is no other source`() throws {
        let found = try rules(
            "from: vault, path: kv/api, key: token, version: 2",
            dev: "from: vault, path: kv/api, key: token, version: 1")
        #expect(found == ["error secret.shared"])
    }

    @Test(arguments: [
        "from: environment, name: DEV_TOKEN", "from: environment, name: TOKEN_DEVELOPMENT",
        "from: file, path: /run/dev/token",
        "from: command, run: [vault, kv, get, dev/token]", "from: vault, path: kv/dev, key: token",
        "from: age, file: dev.age",
    ])
    func `a source that names another environment is an error`(source: String) throws {
        #expect(try rules(source) == ["error secret.other-environment"])
        // That it is shared as well follows from that.
        #expect(try rules(source, dev: source) == ["error secret.other-environment"])
    }

    @Test(arguments: [
        "from: environment, name: PRODUCTION_TOKEN", "from: environment, name: DEVICE_TOKEN",
        "from: file, path: /dev/fd/3",
        "from: command, run: [/opt/dev/secret, token]", "from: vault, path: kv/production, key: dev_token",
        "from: environment, name: LATEST_TOKEN", "from: environment, name: STAGING_TOKEN",
    ])
    func `a source that names its own environment, or none of the project's, is left alone`(source: String) throws {
        #expect(try rules(source).isEmpty)
    }

    @Test func `development is warned of production's secrets`() throws {
        let found = try rules("from: environment, name: TOKEN", dev: "from: environment, name: PROD_TOKEN")
        #expect(found == ["warning secret.other-environment"])
    }

    @Test func `a service's own secret is looked at as well`() throws {
        var fixture = try Fixture()
        fixture.replace(
            "api: { replicas: 2, strategy: canary }",
            "api: { replicas: 2, strategy: canary, secrets: { TOKEN: { from: environment, name: DEV_TOKEN } } }",
            in: Broken.production)
        let finding = try #require(try fixture.validate().findings.first)
        #expect(finding.rule == "secret.other-environment" && finding.place.line == 4)
    }

    /// The day before which a secret holds, the time, and what is said.
    @Test(arguments: [
        ("2026-07-02", "error secret.expiry", "expired on 2026-07-02"),
        ("2026-07-03", "warning secret.expiry", "in 1 day."),
        ("2026-08-01", "warning secret.expiry", "in 30 days"), ("2026-08-02", "", ""), ("2030-01-01", "", ""),
    ])
    func `a declared end is an error once it is past, and a warning thirty days before`(
        day: String, expected: String, words: String
    ) throws {
        // Noon of the second of July 2026.
        let found = try findings("from: environment, name: TOKEN, expires: \(day)", now: 1_782_993_600)
        #expect(found.map { "\($0.severity.rawValue) \($0.rule)" } == (expected.isEmpty ? [] : [expected]), "\(found)")
        if let finding = found.first { #expect(finding.message.contains(words) && finding.place.line == 12) }
    }
}
