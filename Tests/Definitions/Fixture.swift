import Contract
import Definitions
import TestSupport

/// A small project that is valid, for tests to break in one place.
struct Fixture {
    var files: [String: String]
    /// Files that are no text; they go before `files`.
    var bytes: [String: [UInt8]] = [:]

    static let dev = """
        environment: dev
        services:
          api:
            replicas: 2
            strategy: canary
            port: 8000
        strategies:
          canary:
            - smoke
            - weight: 100%
        variables:
          MODE: real
          STORAGE: disk:/data
        secrets:
          TOKEN: { from: generated, bytes: 32 }
        smoke: [smoke/health.yaml]

        """

    static let production = """
        environment: production
        promotes-from: dev
        services:
          api: { replicas: 2, strategy: canary }
        strategies:
          canary:
            - weight: 100%
        variables:
          MODE: real
          STORAGE: disk:/data
        secrets:
          TOKEN: { from: environment, name: TOKEN }
        thresholds:
          health: { failures: { more-than: 3 } }
          error-rate: { above: 5% }
          latency: { above: 2x baseline }
        alerts: { receivers: { us: { webhook: { url: "https://alerts.tidegate.dev" } } } }

        """

    init() throws {
        files = [
            "environments/dev.yaml": Self.dev, "environments/production.yaml": Self.production,
            "contracts/api.json": String(decoding: try Self.contract.json(), as: UTF8.self),
            "smoke/health.yaml": "suite: health\n",
        ]
    }

    static let contract = ArtifactContract(
        service: "api",
        variables: [
            VariableDeclaration(name: "PORT", kind: .integer, summary: "where to listen", formerNames: ["API_PORT"]),
            VariableDeclaration(
                name: "MODE", kind: .string, summary: "who answers", required: true,
                allowed: ["real", "mock", "hybrid"], formerNames: ["SERVICE_MODE"],
                forbidden: ["production": ["mock"]]),
            VariableDeclaration(
                name: "STORAGE", kind: .string, summary: "where files are", required: true,
                pattern: "(disk:.+|supabase)"),
            VariableDeclaration(
                name: "SUPABASE_URL", kind: .url, summary: "the project", required: true,
                readWhen: VariableCondition(variable: "STORAGE", values: ["supabase"])),
            VariableDeclaration(
                name: "PAGES", kind: .integer, summary: "pages", defaultValue: "5", minimum: 1, maximum: 10),
            VariableDeclaration(name: "TTL", kind: .duration, summary: "time", minimum: 1, maximum: 60),
            VariableDeclaration(name: "SHARE", kind: .number, summary: "share"),
            VariableDeclaration(name: "RATE", kind: .number, summary: "rate"),
            VariableDeclaration(name: "DEBUG", kind: .boolean, summary: "talkative"),
            VariableDeclaration(name: "NOTE", kind: .string, summary: "any text"),
            VariableDeclaration(name: "SWITCH", kind: .string, summary: "a switch", allowed: ["on", "off"]),
            VariableDeclaration(name: "UPSTREAM_URL", kind: .url, summary: "upstream"),
            VariableDeclaration(
                name: "ORIGINS", kind: .list, summary: "origins", forbidden: ["production": ["*"]]),
            VariableDeclaration(
                name: "TOKEN", kind: .string, summary: "the key", required: true, secret: true),
        ],
        portVariable: "PORT", paths: ContractPaths(liveness: "/live", readiness: "/ready"),
        startBudgetSeconds: 10, drainSeconds: 5)

    /// Replaces a text that must be there.
    mutating func replace(_ old: String, _ new: String, in file: String = "environments/dev.yaml") {
        let text = files[file] ?? ""
        guard text.contains(old) else { return files[file] = "# the fixture has no \(old)" }
        files[file] = text.replacing(old, with: new, maxReplacements: 1)
    }

    /// - Parameter now: seconds since 1970; in the middle of 2026 when nothing else is said.
    func validate(_ names: [String] = [], now: Int = 1_783_000_000) throws -> ValidationResult {
        let sources = ProjectSources(
            project: "/project", files: files.mapValues { Array($0.utf8) }.merging(bytes) { $1 })
        return try ProjectValidation(sources).validate(names, now: now)
    }

    var sources: ProjectSources {
        ProjectSources(project: "/project", files: files.mapValues { Array($0.utf8) })
    }

    /// What a person or a program reads of the fixture as it is.
    func report(
        _ format: ReportFormat, _ names: [String] = [], style: TextStyle = TextStyle(), prefix: String = ""
    ) throws -> String {
        try validate(names).report(format, ReportContext(sources: sources, style: style, prefix: prefix))
    }
}

extension ExampleProject {
    /// What is said of it with another `dev`.
    static func validated(dev text: String) throws -> ValidationResult {
        var files = try ExampleProject().files
        files["environments/dev.yaml"] = Array(text.utf8)
        return try ProjectValidation(ProjectSources(project: "/project", files: files)).validate(now: 0)
    }
}
