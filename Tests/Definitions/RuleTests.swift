import Definitions
import Testing

/// One way to break the fixture, and everything that must be said about it.
struct Broken: Sendable, CustomTestStringConvertible {
    var old: String
    var new: String
    var file = "environments/dev.yaml"
    /// `line:column rule: words of message or fix`.
    var expected: [String]
    var testDescription: String { "\(expected.first ?? "valid") <- \(new.debugDescription)" }

    static let production = "environments/production.yaml"
}

@Suite(.timeLimit(.minutes(5)))
struct RuleTests {
    @Test func `the fixture is valid before it is broken`() throws {
        let result = try Fixture().validate()
        #expect(result.findings.isEmpty)
        #expect(result.environments == ["dev", "production"])
        #expect(Set(result.usable.keys) == ["dev", "production"])
    }

    @Test(arguments: Self.shape + Self.references + Self.variables + Self.secrets)
    func `what is wrong is said once, at its place`(broken: Broken) throws {
        var fixture = try Fixture()
        fixture.replace(broken.old, broken.new, in: broken.file)
        let findings = try fixture.validate().findings
        let found = findings.map { "\($0.place.line):\($0.place.column) \($0.rule)" }
        #expect(found == broken.expected.map { String($0.split(separator: "|")[0]) }, "\(findings)")
        for (finding, expected) in zip(findings, broken.expected) {
            let words = expected.split(separator: "|").dropFirst().joined()
            #expect("\(finding.message) \(finding.fix)".contains(words))
            #expect(finding.place.file == broken.file)
            #expect(RuleDescription.find(finding.rule) != nil)
            #expect(finding.fix.hasSuffix(".") && finding.message.hasSuffix("."))
        }
    }

    static let shape: [Broken] = [
        Broken(old: "replicas: 2", new: "replcias: 2", expected: ["4:5 key.unknown|Write `replicas`."]),
        Broken(old: "services:", new: "service:", expected: ["1:1 service.none", "2:1 key.unknown|Write `services`."]),
        Broken(old: "replicas: 2", new: "replicas: two", expected: ["4:15 value.type|`services.api.replicas` must be"]),
        Broken(old: "replicas: 2", new: "replicas: \"2\"", expected: ["4:15 value.type|whole number"]),
        Broken(old: "replicas: 2", new: "replicas: 0", expected: ["4:15 value.type|from 1 to 100"]),
        Broken(old: "port: 8000", new: "health: { every: 30 }", expected: ["6:22 value.type|duration"]),
        Broken(old: "port: 8000", new: "health: { every: 0s }", expected: ["6:22 value.type|longer than nothing"]),
        Broken(
            old: "weight: 100%", new: "weight: 100",
            expected: ["10:15 value.type|percentage", "9:5 strategy.incomplete"].reversed()),
        Broken(old: "- smoke", new: "- smok", expected: ["9:7 value.type|Write for example `smoke`."]),
        Broken(
            old: "  canary:\n    - smoke", new: "  Canary:\n    - smoke",
            expected: ["5:15 strategy.unknown", "8:3 key.name"]),
        Broken(old: "environment: dev\n", new: "", expected: ["1:1 key.missing|Add `environment:`."]),
        Broken(
            old: "environment: dev", new: "environment: qa",
            expected: ["1:14 environment.name|Write `environment: dev`"]),
        Broken(
            old: "environment: dev", new: "environment: dev\nbudgets: { total: { limit: 25 } }",
            expected: ["2:28 value.type|money"]),
        Broken(
            old: "MODE: real", new: "MODE: \"${home}\"",
            expected: ["12:9 value.interpolation|`${home}`"]),
        Broken(old: "MODE: real", new: "MODE: real\n  MODE: mock", expected: ["13:3 yaml.duplicate-key|line 12"]),
    ]

    static let references: [Broken] = [
        Broken(
            old: "environment: dev", new: "environment: dev\nextends: share.yaml", expected: ["2:10 extends.unknown"]),
        Broken(old: "port: 8000", new: "after: [apu]", expected: ["6:12 service.unknown-after|Write `api`."]),
        Broken(old: "port: 8000", new: "after: [api]", expected: ["6:12 service.cycle|`api` after `api`"]),
        Broken(old: "strategy: canary", new: "strategy: canray", expected: ["5:15 strategy.unknown|Write `canary`."]),
        Broken(old: "weight: 100%", new: "weight: 50%", expected: ["9:5 strategy.incomplete|50%"]),
        Broken(old: "    - weight: 100%", new: "", expected: ["9:5 strategy.incomplete|never"]),
        Broken(old: "    - smoke", new: "    - weight: 100%", expected: ["9:5 strategy.order"]),
        Broken(
            old: "    - weight: 100%", new: "    - weight: 100%\n    - bake: { for: 1m, otherwise: smoke }",
            file: Broken.production, expected: ["8:35 strategy.evidence|production"]),
        Broken(
            old: "promotes-from: dev", new: "promotes-from: dve", file: Broken.production,
            expected: ["2:16 promotes-from.unknown|Write `dev`."]),
        Broken(
            old: "environment: dev", new: "environment: dev\nplatform: docker",
            expected: ["2:11 platform.unavailable|Write `local`.", "4:3 service.bind-address|Write `0.0.0.0`"]),
        Broken(
            old: "smoke: [smoke/health.yaml]", new: "smoke: [smoke/helth.yaml]",
            expected: ["16:9 smoke.missing-file|Write `smoke/health.yaml`."]),
        Broken(
            old: "environment: dev", new: "environment: dev\nmigrations: { service: api }",
            expected: ["2:24 migrations.service|whose contract has none"]),
        Broken(
            old: "environment: dev", new: "environment: dev\nledger: { database: TOKNE }",
            expected: ["2:21 ledger.database|Write `TOKEN`."]),
        Broken(
            old: "  latency: { above: 2x baseline }\n", new: "", file: Broken.production,
            expected: ["14:3 thresholds.missing|thresholds.latency"]),
        Broken(
            old: "  api:\n", new: "  web: { strategy: canary }\n  api:\n",
            expected: ["3:3 contract.missing|contracts/web.json"]),
    ]

    static let variables: [Broken] = [
        Broken(old: "MODE: real", new: "MODE: real\n  PAGSE: 3", expected: ["13:3 variable.unread|Write `PAGES`."]),
        Broken(
            old: "MODE: real", new: "MODE: real\n  COLOUR: red", expected: ["13:3 variable.unread|no service reads"]),
        Broken(
            old: "MODE: real", new: "MODE: real\n  SUPABASE_URL: https://x.example",
            expected: ["13:3 variable.unread|`STORAGE` is `supabase`, and it is `disk:/data`"]),
        Broken(
            old: "STORAGE: disk:/data", new: "STORAGE: supabase", expected: ["12:3 variable.missing|`SUPABASE_URL`"]),
        Broken(
            old: "MODE: real", new: "SERVICE_MODE: real",
            expected: ["12:3 variable.former-name|Write `MODE`.", "12:3 variable.missing|`MODE`"]),
        Broken(old: "  MODE: real\n", new: "", expected: ["12:3 variable.missing|`api` needs `MODE`"]),
        Broken(
            old: "  TOKEN: { from: generated, bytes: 32 }", new: "  {}",
            expected: ["15:3 variable.missing|under `secrets:`"]),
        Broken(old: "MODE: real", new: "MODE: reel", expected: ["12:9 variable.value|Write `real`."]),
        Broken(old: "disk:/data", new: "tape:/data", expected: ["13:12 variable.value|of the form"]),
        Broken(old: "MODE: real", new: "MODE: real\n  PAGES: 11", expected: ["13:10 variable.value|from 1 to 10"]),
        Broken(old: "MODE: real", new: "MODE: real\n  PAGES: ten", expected: ["13:10 variable.value|whole number"]),
        Broken(old: "MODE: real", new: "MODE: real\n  TTL: 5m", expected: ["13:8 variable.value|from 1s to 60s"]),
        Broken(old: "MODE: real", new: "MODE: real\n  TTL: 5", expected: ["13:8 variable.value|a duration"]),
        Broken(old: "MODE: real", new: "MODE: real\n  SHARE: half", expected: ["13:10 variable.value|a number"]),
        Broken(
            old: "MODE: real", new: "MODE: real\n  DEBUG: yes", expected: ["13:10 variable.value|`true` or `false`"]),
        Broken(
            old: "MODE: real", new: "MODE: real\n  UPSTREAM_URL: example.com",
            expected: ["13:17 variable.value|an address"]),
        Broken(
            old: "MODE: real", new: "MODE: real\n  UPSTREAM_URL: <the url>", expected: ["13:17 variable.placeholder"]),
        Broken(old: "MODE: real", new: "MODE: real\n  PORT: 8080", expected: ["13:3 variable.port|platform sets it"]),
        Broken(old: "MODE: real", new: "MODE: real\n  TIDEGATE_BUNDLE: x", expected: ["13:3 variable.reserved"]),
        Broken(
            old: "MODE: real", new: "MODE: mock", file: Broken.production,
            expected: ["9:9 environment.forbidden-value|`mock`"]),
        Broken(
            old: "MODE: real", new: "MODE: real\n  ORIGINS: [\"https://a.tidegate.dev\", \"*\"]",
            file: Broken.production,
            expected: ["10:12 environment.forbidden-value|`*`"]),
        Broken(
            old: "MODE: real", new: "MODE: real\n  UPSTREAM_URL: http://127.0.0.1:1", file: Broken.production,
            expected: ["10:17 value.loopback|`127.0.0.1`"]),
    ]

    static let secrets: [Broken] = [
        Broken(
            old: "secrets:\n  TOKEN: { from: generated, bytes: 32 }", new: "  TOKEN: abc",
            expected: ["14:3 secret.in-variables|Move it"]),
        Broken(
            old: "MODE: real", new: "MODE: real\n  TOKEN: abc",
            expected: ["13:3 secret.in-variables", "16:3 variable.given-twice"]),
        Broken(
            old: "secrets:", new: "secrets:\n  PAGES: { from: literal, value: 3 }",
            expected: ["15:3 variable.in-secrets"]),
        Broken(
            old: "{ from: generated, bytes: 32 }", new: "{ from: literal, value: changeme }",
            expected: ["15:34 secret.placeholder"]),
        Broken(
            old: "{ from: generated, bytes: 32 }", new: "{ from: literal, value: <key> }",
            expected: ["15:34 secret.placeholder"]),
        Broken(
            old: "{ from: generated, bytes: 32 }", new: "{ from: literal, value: your-key }",
            expected: ["15:34 secret.placeholder"]),
        Broken(
            old: "{ from: generated, bytes: 32 }", new: "{ from: literal, value: test-key }",
            expected: ["15:34 secret.placeholder"]),
        Broken(old: "{ from: generated, bytes: 32 }", new: "abc", expected: ["15:10 value.type"]),
        Broken(
            old: "{ from: generated, bytes: 32 }", new: "{ from: generated, name: X, bytes: 32 }",
            expected: ["15:10 secret.source|Remove `name`."]),
        Broken(
            old: "{ from: generated, bytes: 32 }", new: "{ from: generated }",
            expected: ["15:10 key.missing|Add `bytes:`."]),
        Broken(
            old: "from: environment, name: TOKEN", new: "from: literal, value: a-real-key", file: Broken.production,
            expected: ["12:18 secret.source|development"]),
        Broken(
            old: "from: environment, name: TOKEN", new: "from: generated, bytes: 32", file: Broken.production,
            expected: ["12:18 secret.source|development"]),
    ]

    @Test func `a secret's value never stands in a finding`() throws {
        let shapes = [
            "{ from: literal, value: canary-5f2a, name: x }", "{ from: literal, value: <canary-5f2a> }", "canary-5f2a",
            "[canary-5f2a]", "{ canary-5f2a }", "!canary-5f2a", "*canary-5f2a", "{ from: canary-5f2a }",
            "{ from: generated, bytes: canary-5f2a }", "{ from: literal, value: \"${canary-5f2a}\" }",
            "{ from: environment, name: canary-5f2a }", "\"canary-5f2a", "[{ canary-5f2a: }",
            "{ from: command, run: canary-5f2a }",
        ]
        for shape in shapes {
            var fixture = try Fixture()
            fixture.replace("{ from: environment, name: TOKEN }", shape, in: Broken.production)
            let result = try fixture.validate()
            #expect(!result.isValid)
            for format in ReportFormat.allCases {
                #expect(try !fixture.report(format).contains("canary-5f2a"), "\(shape)")
            }
        }
    }
}
