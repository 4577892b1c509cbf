import Contract
import Definitions
import Testing

/// A project of two services, changed in one place by each test.
struct Pair {
    var dev = """
        environment: dev
        services:
          api: { replicas: 2, port: 8000, strategy: all }
          worker: { replicas: 2, strategy: all, after: [api] }
        strategies: { all: [smoke, { weight: 100% }] }
        smoke: [smoke/health.yaml]

        """
    var api = Pair.contract("api")
    var worker = Pair.contract("worker")
    var more: [String: String] = [:]

    static func contract(_ service: String, _ variables: [VariableDeclaration] = []) -> ArtifactContract {
        ArtifactContract(
            service: service,
            variables: [VariableDeclaration(name: "PORT", kind: .integer, summary: "where to listen")] + variables,
            portVariable: "PORT", paths: ContractPaths(liveness: "/live", readiness: "/ready", metrics: "/metrics"),
            startBudgetSeconds: 10, drainSeconds: 5)
    }

    func validate(_ names: [String] = []) throws -> ValidationResult {
        var files = ["environments/dev.yaml": dev, "smoke/health.yaml": "smoke: 1\n"].merging(more) { $1 }
        for contract in [api, worker] {
            files["contracts/\(contract.service).json"] = String(decoding: try contract.json(), as: UTF8.self)
        }
        let sources = ProjectSources(project: "/project", files: files.mapValues { Array($0.utf8) })
        return try ProjectValidation(sources).validate(names, now: 1_795_000_000)
    }

    /// `rule name: message fix` of all findings, in their order.
    func findings() throws -> [String] {
        try validate().findings.map { "\($0.rule) \($0.name ?? ""): \($0.message) \($0.fix)" }
    }
}

private func text(
    _ name: String, kind: VariableKind = .string, secret: Bool = false, agreesOn: String? = nil,
    pointsAt: String? = nil, defaultValue: String? = nil
) -> VariableDeclaration {
    VariableDeclaration(
        name: name, kind: kind, summary: "as it says", defaultValue: defaultValue, secret: secret, agreesOn: agreesOn,
        pointsAt: pointsAt)
}

@Suite(.timeLimit(.minutes(5)))
struct AgreementTests {
    private func keys(_ secrets: String, names: (String, String) = ("JWT_SECRET", "TOKEN_KEY")) -> Pair {
        var pair = Pair()
        pair.api.variables.append(text(names.0, secret: true, agreesOn: "tokens"))
        pair.worker.variables.append(text(names.1, secret: true, agreesOn: "tokens"))
        pair.dev += secrets
        return pair
    }

    @Test func `incident 4: two services held different JWT secrets`() throws {
        let pair = keys(
            """
            secrets:
              JWT_SECRET: { from: environment, name: API_KEY }
              TOKEN_KEY: { from: environment, name: WORKER_KEY }
            """)
        let result = try pair.validate()
        let finding = try #require(result.findings.first)
        #expect(result.findings.count == 1 && finding.rule == "coherence.disagree" && finding.severity == .error)
        for word in ["`worker`", "`api`", "`TOKEN_KEY`", "`JWT_SECRET`", "`tokens`", "API_KEY", "WORKER_KEY"] {
            #expect(finding.message.contains(word), "\(finding.message)")
        }
        #expect(finding.place == Place(file: "environments/dev.yaml", line: 9, column: 3))
        #expect(finding.fix.contains("`secrets.JWT_SECRET`"))
    }

    @Test(arguments: [
        "JWT_SECRET: { from: environment, name: KEY }\n  TOKEN_KEY: { from: environment, name: KEY }",
        "JWT_SECRET: { from: file, path: /run/key }\n  TOKEN_KEY: { from: file, path: /run/key }",
        "JWT_SECRET: { from: command, run: [pass, key] }\n  TOKEN_KEY: { from: command, run: [pass, key] }",
        "JWT_SECRET: { from: literal, value: x9Kq2-0fjw }\n  TOKEN_KEY: { from: literal, value: x9Kq2-0fjw }",
    ])
    func `the same source, or the same text, is agreement`(secrets: String) throws {
        let findings = try keys("secrets:\n  \(secrets)\n").findings().filter { $0.hasPrefix("coherence") }
        #expect(findings.isEmpty)
    }

    @Test func `what is generated under two names are two keys, and under one name one`() throws {
        let two =
            "secrets:\n  JWT_SECRET: { from: generated, bytes: 32 }\n  TOKEN_KEY: { from: generated, bytes: 32 }\n"
        #expect(try keys(two).findings().contains { $0.hasPrefix("coherence.disagree") })
        let one = "secrets:\n  JWT_SECRET: { from: generated, bytes: 32 }\n"
        #expect(try keys(one, names: ("JWT_SECRET", "JWT_SECRET")).findings().isEmpty)
    }

    @Test func `a service's own value that differs from the environment's is what is reported`() throws {
        var pair = keys(
            "secrets: { JWT_SECRET: { from: environment, name: KEY } }\n", names: ("JWT_SECRET", "JWT_SECRET"))
        pair.dev.replace(
            "port: 8000,", with: "port: 8000, secrets: { JWT_SECRET: { from: environment, name: OTHER } },")
        let findings = try pair.findings()
        #expect(findings.count == 1)
        #expect(findings[0].contains("Remove `services.api.secrets.JWT_SECRET`"), "\(findings)")
    }

    @Test func `a default that differs from what the other is given is no agreement`() throws {
        var pair = Pair()
        pair.api.variables.append(text("QUEUE", agreesOn: "queue", defaultValue: "jobs"))
        pair.worker.variables.append(text("WORK_QUEUE", agreesOn: "queue"))
        pair.dev += "variables: { WORK_QUEUE: work }\n"
        #expect(try pair.findings().first?.contains("its default, `jobs`") == true)
        pair.dev.replace("WORK_QUEUE: work", with: "WORK_QUEUE: jobs")
        #expect(try pair.findings().isEmpty)
    }

    @Test func `secrets are compared and never shown`() throws {
        let pair = keys(
            "secrets:\n  JWT_SECRET: { from: literal, value: canary-5f2a }\n"
                + "  TOKEN_KEY: { from: literal, value: canary-77b1 }\n")
        let result = try pair.validate()
        #expect(result.findings.contains { $0.rule == "coherence.disagree" })
        #expect(!result.findings.contains { "\($0)".contains("canary-") })
    }

    @Test func `of three the one that differs is reported`() throws {
        var pair = Pair()
        for word in ["A", "B", "C"] { pair.api.variables.append(text("\(word)_URL", agreesOn: "broker")) }
        pair.dev += "variables: { A_URL: \"redis://q1:1\", B_URL: \"redis://q2:1\", C_URL: \"redis://q1:1\" }\n"
        let found = try pair.validate().findings.filter { $0.rule == "coherence.disagree" }.map(\.name)
        #expect(found == ["B_URL"])
    }
}

@Suite(.timeLimit(.minutes(5)))
struct AddressTests {
    private func found(
        _ value: String, name: String = "API_URL", pointsAt: String? = "api", encrypted: Bool = false
    ) throws -> [String] {
        var pair = Pair()
        pair.worker.variables.append(text(name, kind: .url, pointsAt: pointsAt))
        pair.dev += "variables: { \(name): \"\(value)\" }\n"
        if encrypted { pair.dev += "router: { tls: { certificate: /etc/tidegate/dev.pem } }\n" }
        return try pair.findings().filter { $0.hasPrefix("coherence") }
    }

    @Test(arguments: [
        "http://api:8000", "http://127.0.0.1:8000/path", "http://localhost:8000", "http://[::1]:8000",
        "https://documents.tidegate.dev", "ws://api:8000/live", "http://api:8000/ready", "http://api:8000/health/db",
    ])
    func `addresses that lead to the service are fine`(address: String) throws {
        #expect(try found(address).isEmpty)
    }

    @Test(arguments: [
        ("http://api:8001", "coherence.port", "Write `http://api:8000`."),
        ("http://api", "coherence.port", "Write `http://api:8000`."),
        ("http://127.0.0.1:9999/v1", "coherence.port", "Write `http://127.0.0.1:8000/v1`."),
        ("http://[::1]:9999", "coherence.port", "Write `http://[::1]:8000`."),
        ("http://apii:8000", "coherence.service", "Write `api`."),
        ("https://api:8000", "coherence.scheme", "Write `http://api:8000`."),
        ("http://worker:8000", "coherence.service", "Write `http://api:8000`."),
        ("http://api:8000/healthz", "coherence.health-path", "Write `/ready`"),
        ("http://api:8000/livez", "coherence.health-path", "Write `/live`"),
    ])
    func `others are told the address to write`(address: String, rule: String, fix: String) throws {
        let findings = try found(address)
        #expect(findings.count == 1 && findings[0].hasPrefix(rule) && findings[0].contains(fix), "\(findings)")
    }

    @Test func `behind a certificate the scheme is https`() throws {
        #expect(try found("https://api:8000", encrypted: true).isEmpty)
        #expect(try found("http://api:8000", encrypted: true).first?.contains("`https://api:8000`") == true)
    }

    @Test func `a loopback port that is nobody's is reported where a service was meant, and only there`() throws {
        #expect(try found("http://127.0.0.1:8001", name: "BACKEND", pointsAt: nil).first?.contains("8000") == true)
        #expect(try found("http://127.0.0.1:9000", name: "API_URL", pointsAt: nil).first?.contains("8000") == true)
        #expect(try found("http://127.0.0.1:4318", name: "TELEMETRY_URL", pointsAt: nil).isEmpty)
        #expect(try found("https://api.openai.com/v1", name: "OPENAI_URL", pointsAt: nil).isEmpty)
    }

    @Test func `a provider's stand-in listens where it likes`() throws {
        var pair = Pair()
        pair.worker.variables.append(text("API_PARSER_URL", kind: .url))
        pair.worker.providers = [ProviderContract(name: "parser", addressVariable: "API_PARSER_URL")]
        pair.dev += "variables: { API_PARSER_URL: \"http://127.0.0.1:8001\" }\n"
        #expect(try pair.findings().isEmpty)
    }

    @Test func `a contract that points at what is not there is told so`() throws {
        #expect(try found("http://127.0.0.1:8000", pointsAt: "apu").first?.contains("Say `api`") == true)
        #expect(try found("http://worker:9000", pointsAt: "worker").first?.contains("services.worker.port") == true)
    }

    @Test func `incident 12: a health path or port that is repeated elsewhere says the same`() throws {
        var pair = Pair()
        pair.worker.variables += [text("API_HEALTH_PATH"), text("API_PORT", kind: .integer)]
        pair.dev += "variables: { API_HEALTH_PATH: /healthz, API_PORT: 8080 }\n"
        let findings = try pair.findings()
        #expect(findings.count == 2)
        #expect(findings[0].hasPrefix("coherence.health-path") && findings[0].contains("Write `/ready`"))
        #expect(findings[1].hasPrefix("coherence.port") && findings[1].contains("Write 8000."))
        pair.dev.replace("/healthz, API_PORT: 8080", with: "/ready, API_PORT: 8000")
        #expect(try pair.findings().isEmpty)
    }

    @Test(arguments: [
        ("0.0.0.0", Finding.Severity.warning), ("::", .warning), ("10.0.0.4", .error),
    ])
    func `a service listens where the platform reaches it and nobody else`(
        address: String, severity: Finding.Severity
    ) throws {
        var pair = Pair()
        pair.api.bindAddress = address
        let findings = try pair.validate().findings
        #expect(findings.map(\.rule) == ["service.bind-address"] && findings.first?.severity == severity)
        #expect(findings.first?.fix.contains("127.0.0.1") == true)
    }

    @Test func `incident 11: one path for liveness and readiness is reported`() throws {
        var pair = Pair()
        pair.api.paths.liveness = "/ready"
        #expect(try pair.validate().findings.map(\.rule) == ["service.health"])
    }
}

extension String {
    mutating func replace(_ old: String, with new: String) {
        precondition(contains(old), "\(old) is not there")
        self = replacing(old, with: new, maxReplacements: 1)
    }
}
