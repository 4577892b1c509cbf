import Contract
import Definitions
import Testing

/// Variables that only some environments must have.
struct RequiredInTests {
    private func findings(requiredIn: [String], _ environment: String) throws -> [Finding] {
        var fixture = try Fixture()
        var contract = Fixture.contract
        let index = try #require(contract.variables.firstIndex { $0.name == "UPSTREAM_URL" })
        contract.variables[index].requiredIn = requiredIn
        fixture.files["contracts/api.json"] = String(decoding: try contract.json(), as: UTF8.self)
        return try fixture.validate([environment]).findings
    }

    @Test(arguments: [["production"], ["staging", "production"]])
    func `are missing where they must be`(requiredIn: [String]) throws {
        let found = try findings(requiredIn: requiredIn, "production")
        #expect(found.map(\.rule) == ["variable.missing"])
        #expect(found.first?.message.contains("in production") == true, "\(found)")
        #expect(found.first?.fix == "Add it under `variables:`.")
    }

    @Test(arguments: [["production"], ["staging"], []])
    func `are not missing anywhere else`(requiredIn: [String]) throws {
        #expect(try findings(requiredIn: requiredIn, "dev").isEmpty)
    }

    @Test func `may be asked for by the kind of an environment`() throws {
        #expect(try findings(requiredIn: ["development"], "dev").map(\.rule) == ["variable.missing"])
    }
}

/// What a contract's narrow type proves is asked nothing more, and everything else still is.
struct ProvenValueTests {
    private func flaws(
        _ name: String, _ value: String, kind: VariableKind, in environment: String = "dev", _ kindOf: EnvironmentKind,
        allowed: [String]? = nil, forbidden: [String: [String]] = [:], isSecret: Bool = false
    ) -> [String] {
        let declaration = VariableDeclaration(
            name: name, kind: kind, summary: "any", secret: isSecret, allowed: allowed, minimum: nil, maximum: nil,
            forbidden: forbidden)
        return ValueCheck(
            environment: environment, kind: kindOf, otherEnvironments: ["dev", "staging", "production"], now: 0
        ).flaws(name: name, value: value, declarations: [declaration], isSecret: isSecret).map(\.rule)
    }

    @Test(arguments: [
        ("5", VariableKind.integer), ("0.5", .number), ("true", .boolean), ("30s", .duration),
    ])
    func `a number, a truth value or a duration is nothing else`(value: String, kind: VariableKind) {
        #expect(flaws("LIMIT_HOST", value, kind: kind, .development).isEmpty)
        #expect(flaws("LIMIT_HOST", value + " ", kind: kind, .development) == ["value.characters"])
        #expect(flaws("LIMIT", "<your-value>", kind: kind, .development) == ["variable.placeholder"])
    }

    @Test func `what an environment may not use is said of proven values too`() {
        let forbidden = ["production": ["true"]]
        #expect(
            flaws("DEBUG", "true", kind: .boolean, in: "production", .production, forbidden: forbidden)
                == ["environment.forbidden-value"])
        #expect(flaws("DEBUG", "true", kind: .boolean, .development, forbidden: forbidden).isEmpty)
    }

    @Test func `a declared word may still name another environment`() {
        let names = ["dev", "staging", "production"]
        #expect(
            flaws("APP_ENV", "production", kind: .string, in: "staging", .staging, allowed: names)
                == ["value.other-environment"])
        #expect(flaws("APP_TIER", "production", kind: .string, in: "staging", .staging, allowed: names).isEmpty)
    }

    @Test func `a declared host is still a host`() {
        let hosts = ["localhost", "cache", "cache-staging"]
        func rules(_ value: String) -> [String] {
            flaws("CACHE_HOST", value, kind: .string, in: "production", .production, allowed: hosts)
        }
        #expect(rules("localhost") == ["value.loopback"])
        #expect(rules("cache-staging") == ["value.other-environment"])
        #expect(rules("cache").isEmpty)
    }

    /// Files are named by people; what is wrong with a name is a finding.
    @Test(arguments: ["Prod", "_base", "2024", ".dev", "élan", "", "pre_prod"])
    func `an environment of any name is looked at`(name: String) throws {
        var fixture = try Fixture()
        fixture.files["environments/\(name).yaml"] = "environment: \(name)\n"
        #expect(throws: Never.self) { try fixture.validate() }
        let check = ValueCheck(environment: "dev", kind: .development, otherEnvironments: ["dev", name], now: 0)
        _ = check.flaws(name: "HOST", value: "https://db.\(name).dev/\(name)", declarations: [], isSecret: false)
    }

    @Test func `an environment's name is found whatever it begins with`() {
        let check = ValueCheck(environment: "live", kind: .production, otherEnvironments: ["pre_prod"], now: 0)
        #expect(
            check.flaws(name: "FOLDER", value: "/data/pre_prod/x", declarations: [], isSecret: false).map(\.rule)
                == ["value.other-environment"])
    }

    @Test func `the root of a host's name is no part of it`() {
        let check = ValueCheck(environment: "production", kind: .production, otherEnvironments: ["dev"], now: 0)
        for host in ["api.tidegate.dev", "api.tidegate.dev."] {
            #expect(check.flaws(name: "A", value: "https://\(host)/", declarations: [], isSecret: false).isEmpty)
        }
    }

    @Test func `a secret is never proven by its type`() {
        #expect(
            flaws("PIN_TOKEN", "12345", kind: .integer, in: "production", .production, isSecret: true)
                .contains("secret.weak"))
    }
}
