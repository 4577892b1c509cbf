import Contract
import Definitions
import Testing

@Suite(.timeLimit(.minutes(5)))
struct ProductionTests {
    /// A production that has all that it needs, with one more variable of the API.
    private func production(
        _ variable: VariableDeclaration? = nil, _ value: String? = nil, kind: String = "production"
    ) -> Pair {
        var pair = Pair()
        if let variable { pair.api.variables.append(variable) }
        let written = value.flatMap { value in variable.map { "variables: { \($0.name): \(value) }\n" } } ?? ""
        pair.more["environments/production.yaml"] =
            pair.dev.replacing("environment: dev", with: "environment: production\nkind: \(kind)\npromotes-from: dev")
            .replacing("port: 8000, ", with: "")
                + """
                thresholds:
                  health: { failures: { more-than: 3 } }
                  error-rate: { above: 5% }
                  latency: { above: 2x baseline }
                alerts: { receivers: { us: { webhook: { url: "https://alerts.tidegate.dev" } } } }

                """ + written
        return pair
    }

    private func declared(_ name: String, _ kind: VariableKind = .string, _ fallback: String? = nil)
        -> VariableDeclaration
    {
        VariableDeclaration(name: name, kind: kind, summary: "as it says", defaultValue: fallback)
    }

    private func rules(_ pair: Pair) throws -> [String] { try pair.validate(["production"]).findings.map(\.rule) }

    @Test func `a production with all that it needs has nothing wrong`() throws {
        #expect(try production().validate().findings.isEmpty)
    }

    @Test(arguments: [
        ("DEBUG", "true", "production.debug"), ("APP_DEBUG", "1", "production.debug"),
        ("DEBUG", "\"*\"", "production.debug"), ("LOG_LEVEL", "trace", "production.log-level"),
        ("API_LOG_LEVEL", "DEBUG", "production.log-level"), ("ENABLE_TEST_ENDPOINTS", "true", "production.test-routes"),
        ("USE_MOCK_PARSER", "true", "production.stand-in"), ("SERVICE_MODE", "hybrid", "production.stand-in"),
        ("PARSER_BACKEND", "mock", "production.stand-in"), ("CORS_ORIGINS", "\"*\"", "production.origins"),
        ("CORS_ALLOWED_ORIGINS", "[\"https://a.tidegate.dev\", \"https://*\"]", "production.origins"),
        ("ALLOWED_ORIGINS", "\"http://*:*\"", "production.origins"),
    ])
    func `what is good for development is refused by its usual names`(name: String, value: String, rule: String) throws
    {
        #expect(try rules(production(declared(name), value)) == [rule])
        if rule != "production.origins" {
            #expect(try !rules(production(declared(name), value, kind: "staging")).contains(rule))
        }
    }

    @Test(arguments: [
        ("DEBUG", "false"), ("DEBUG_PORT", "9229"), ("LOG_LEVEL", "info"), ("TEST_PERCENTAGE", "1"),
        ("SERVICE_MODE", "real"), ("CORS_ORIGINS", "[\"https://*.tidegate.dev\"]"), ("CORS_ALLOW_METHODS", "\"*\""),
        ("CORS_ALLOW_HEADERS", "\"*\""), ("HAMMOCK_COUNT", "1"), ("LATEST_API", "true"), ("ORIGIN_PATTERN", "\"*\""),
    ])
    func `names and values that only look alike are left alone`(name: String, value: String) throws {
        #expect(try rules(production(declared(name), value)).isEmpty)
    }

    @Test func `a default that production must not have is reported where nothing is written`() throws {
        let pair = production(declared("DEBUG", .boolean, "true"))
        let finding = try #require(try pair.validate(["production"]).findings.first)
        #expect(finding.rule == "production.debug" && finding.message.hasPrefix("the default of `DEBUG`"))
        #expect(finding.fix == "Set it for production. Write `false`.")
    }

    @Test func `what a contract forbids is said once`() throws {
        var origins = declared("CORS_ORIGINS", .list)
        origins.forbidden = ["production": ["*"]]
        #expect(try rules(production(origins, "[\"*\"]")) == ["environment.forbidden-value"])
    }

    @Test func `who calls providers books what they cost, within a budget`() throws {
        var pair = production(declared("PARSER_URL", .url), "https://api.parser.dev")
        pair.api.providers = [ProviderContract(name: "parser", addressVariable: "PARSER_URL")]
        #expect(try Set(rules(pair)) == ["ledger.missing", "budgets.missing"])
        let file = "environments/production.yaml"
        pair.more[file]? +=
            "ledger: { database: PARSER_URL }\nbudgets: { total: { limit: 5 USD }, parsr: { limit: 1 USD } }\n"
        let findings = try pair.validate(["production"]).findings
        #expect(findings.map(\.rule) == ["budgets.unknown"] && findings.first?.fix == "Write `parser`.")
    }

    @Test(arguments: [
        ("alerts:", "# alerts:", "alerts.no-receiver"),
        ("api: { replicas: 2,", "api: { replicas: 1,", "service.single"),
        ("smoke: [smoke/health.yaml]", "", "smoke.none"), ("promotes-from: dev", "", "promotes-from.missing"),
    ])
    func `what production lacks is named`(old: String, new: String, rule: String) throws {
        var pair = production()
        pair.more["environments/production.yaml"]?.replace(old, with: new)
        #expect(try rules(pair) == [rule])
    }

    @Test func `alerts and certificates are for what production is called`() throws {
        var pair = production()
        let file = "environments/production.yaml"
        pair.more[file]?.replace("https://alerts.tidegate.dev", with: "https://alerts.example.com")
        pair.more[file]? += "router: { tls: { certificate: /etc/a.pem, names: [dev.tidegate.dev, a.tidegate.dev] } }\n"
        let findings = try pair.validate(["production"]).findings
        #expect(Set(findings.map(\.rule)) == ["value.example-domain", "value.other-environment"], "\(findings)")
        #expect(findings.map(\.name) == ["url", "names"])
        // Who hears of alerts may well be on the same machine.
        pair.more[file]?.replace("https://alerts.example.com", with: "http://127.0.0.1:9093")
        pair.more[file]?.replace("dev.tidegate.dev, ", with: "")
        #expect(try rules(pair).isEmpty)
    }

    @Test func `thresholds that no request feeds are reported outside production`() throws {
        var pair = Pair()
        pair.dev.replace("port: 8000, ", with: "")
        pair.dev += "thresholds: { error-rate: { above: 1% }, latency: { above: 3x baseline } }\n"
        let findings = try pair.validate().findings
        #expect(findings.map(\.name) == ["error-rate", "latency"])
        #expect(findings.allSatisfy { $0.rule == "thresholds.no-signal" && $0.severity == .warning })
    }
}
