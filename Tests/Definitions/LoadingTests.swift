import Contract
import Definitions
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5)))
struct LoadingTests {
    @Test func `what is extended is merged, and the nearer file wins`() throws {
        var fixture = try Fixture()
        fixture.files["environments/base.yaml"] = """
            soak: 1h
            rollback-window: 1m
            services:
              api: { replicas: 5, health: { every: 3s, timeout: 1s } }
            variables: { PAGES: 3, DEBUG: true }
            secrets: { TOKEN: { from: environment, name: BASE } }
            """
        fixture.replace("environment: dev", "environment: dev\nextends: base.yaml\nsoak: ~")
        fixture.replace("MODE: real", "MODE: real\n  DEBUG: ~\n  ORIGINS: [a, b]")
        fixture.replace("disk:/data", "\"disk:${project}/${environment}/$${x}\"")
        let result = try fixture.validate()
        #expect(result.findings.isEmpty)
        #expect(result.environments == ["dev", "production"])
        let dev = try #require(result.usable["dev"])
        #expect(dev.soak == .zero)
        #expect(dev.rollbackWindow == .seconds(60))
        #expect(dev.services.first?.replicas == 2)
        #expect(dev.services.first?.health == HealthDefinition(every: .seconds(3), timeout: .seconds(1)))
        let values = Dictionary(uniqueKeysWithValues: dev.variables.map { ($0.name, $0.value.text) })
        #expect(values == ["PAGES": "3", "MODE": "real", "ORIGINS": "a,b", "STORAGE": "disk:/project/dev/${x}"])
        #expect(dev.variables.first { $0.name == "PAGES" }?.place.file == "environments/base.yaml")
        #expect(dev.secrets.map(\.value.source) == [.generated(bytes: 32)])
    }

    @Test func `an error in a shared file is said once and spoils all that extend it`() throws {
        var fixture = try Fixture()
        fixture.files["environments/base.yaml"] = "sook: 1h\n"
        fixture.replace("environment: dev", "environment: dev\nextends: base.yaml")
        fixture.replace("environment: production", "environment: production\nextends: base.yaml", in: Broken.production)
        let result = try fixture.validate()
        #expect(result.findings.map(\.rule) == ["key.unknown"])
        #expect(result.findings.first?.environment == nil)
        #expect(result.usable.isEmpty)
    }

    @Test func `files that extend each other are refused`() throws {
        var fixture = try Fixture()
        fixture.files["environments/base.yaml"] = "extends: more.yaml\n"
        fixture.files["environments/more.yaml"] = "extends: base.yaml\n"
        fixture.replace("environment: dev", "environment: dev\nextends: base.yaml")
        let result = try fixture.validate(["dev"])
        #expect(result.findings.map(\.rule) == ["extends.cycle"])
    }

    @Test func `a file that is no YAML does not hide the other environments' findings`() throws {
        var fixture = try Fixture()
        fixture.files["environments/dev.yaml"] = "a: [\n"
        fixture.replace("MODE: real", "MODE: reel", in: Broken.production)
        let rules = try fixture.validate().findings.map(\.rule)
        #expect(rules == ["yaml.syntax", "variable.value"])
    }

    @Test func `services that wait for each other are one finding`() throws {
        var fixture = try Fixture()
        fixture.replace(
            "  api:\n", "  web: { after: [api], strategy: canary }\n  api:\n    after: [web]\n")
        fixture.files["contracts/web.json"] = fixture.files["contracts/api.json"]?.replacing("\"api\"", with: "\"web\"")
        let findings = try fixture.validate(["dev"]).findings
        #expect(findings.map(\.rule) == ["service.cycle"])
        #expect(findings.first?.message.contains("`web` after `api` after `web`") == true)
    }

    @Test(arguments: [
        ("free", "an amount of money, not `free`", "25 USD"), ("1", "an amount of money, not `1`", "25 USD"),
        ("-1 USD", "an amount of money, not `-1 USD`", "25 USD"), ("1 EUR", "an amount of money", "25 USD"),
        ("0.0000000001 USD", "an amount of money", "25 USD"), ("[1 USD]", "an amount of money", "25 USD"),
        ("1000.000000001 USD", "at most 1000 USD, not `1000.000000001 USD`", "0.0832 USD"),
    ])
    func `the price of an instance hour that is none is told with its place, and how to write one`(
        value: String, message: String, example: String
    ) throws {
        var fixture = try Fixture()
        fixture.replace("    port: 8000\n", "    port: 8000\n    instance-hour: \(value)\n")
        let findings = try fixture.validate(["dev"]).findings
        #expect(findings.map(\.rule) == ["value.type"])
        #expect(findings.first?.place == Place(file: "environments/dev.yaml", line: 7, column: 20))
        #expect(findings.first?.message.contains("`services.api.instance-hour` must be \(message)") == true)
        #expect(findings.first?.fix == "Write for example `\(example)`.")
        fixture.replace(value, "1000 USD")
        let right = try fixture.validate(["dev"])
        #expect(right.findings.isEmpty && right.usable["dev"]?.services[0].instanceHour == 1_000_000_000_000)
    }

    @Test func `two services on one port are refused`() throws {
        var fixture = try Fixture()
        fixture.replace("  api:\n", "  web: { port: 8000, strategy: canary }\n  api:\n")
        fixture.files["contracts/web.json"] = fixture.files["contracts/api.json"]?.replacing("\"api\"", with: "\"web\"")
        #expect(try fixture.validate(["dev"]).findings.map(\.rule) == ["service.port"])
    }

    @Test func `a contract that cannot be read is a finding in its file`() throws {
        var fixture = try Fixture()
        fixture.files["contracts/api.json"] = "{\"contract\": 1}"
        let finding = try #require(try fixture.validate(["dev"]).findings.first)
        #expect(finding.rule == "contract.invalid")
        #expect(finding.place.file == "contracts/api.json")
        #expect(finding.message.contains("`service`"))
    }

    @Test func `an environment that does not exist is named with the nearest one`() throws {
        let error = try #require(throws: UnknownEnvironment.self) { try Fixture().validate(["prodution"]) }
        #expect(error.description.contains("Did you mean `production`?"))
    }

    @Test func `a project without environments is not valid`() throws {
        let result = try ProjectValidation(ProjectSources(project: "/p", files: [:])).validate(now: 0)
        #expect(result.findings.map(\.rule) == ["environment.none"])
        #expect(!result.isValid)
    }

    @Test func `an environment of another name must say its kind`() throws {
        var fixture = try Fixture()
        fixture.files["environments/qa.yaml"] = Fixture.dev.replacing("environment: dev", with: "environment: qa")
        let rules = try fixture.validate(["qa"]).findings.map(\.rule)
        #expect(rules.contains("key.missing"))
        fixture.replace("environment: qa", "environment: qa\nkind: development", in: "environments/qa.yaml")
        #expect(try fixture.validate(["qa"]).findings.isEmpty)
    }

    /// Mutated definitions end in findings or an environment, and never in a trap.
    @Test(arguments: 0..<20)
    func `mutated definitions never stop the loader`(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let original = Array(Fixture.production.utf8)
        for _ in 0..<40 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                bytes[at] = Array("{}[]:,-~ \n%x0\"".utf8).randomElement(using: &random)!
            }
            var fixture = try Fixture()
            fixture.files["environments/production.yaml"] = String(decoding: bytes, as: UTF8.self)
            let result = try fixture.validate(["production"])
            #expect(result.isValid == (result.usable["production"] != nil), "seed \(seed)")
        }
    }
}
