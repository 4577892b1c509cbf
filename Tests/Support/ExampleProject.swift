import Contract
import Definitions
import Foundation

/// The small valid project that the examples of the rules are laid over. A rule that asks for more than it has is met here.
package struct ExampleProject {
    /// The contents by path; changed by `apply`.
    package private(set) var files: [String: [UInt8]]

    /// - Parameter pages: further files of the project, which hold a line of text.
    package init(pages: [String] = []) throws {
        files = [
            "environments/shared.yaml": Self.shared, "environments/live-staging.yaml": Self.live("staging"),
            "environments/live-production.yaml": Self.live("production"),
            "environments/dev.yaml": Self.header("dev"), "environments/staging.yaml": Self.header("staging"),
            "environments/production.yaml": Self.header("production"), "smoke/health.yaml": Self.suite,
        ].mapValues { Array($0.utf8) }
        for page in pages { files[page] = Array("What to do.\n".utf8) }
        for contract in [Self.api, Self.worker] {
            files["contracts/\(contract.service).json"] = Array(try contract.json())
        }
    }

    /// - Parameter validation: who validates.
    package func validate(
        by validation: (ProjectSources) throws -> ProjectValidation = { try ProjectValidation($0) }
    ) throws -> ValidationResult {
        try validation(ProjectSources(project: "/project", files: files)).validate(now: 1_783_000_000)
    }

    /// Lays an example over the project.
    package mutating func apply(_ example: RuleExample) throws {
        for part in example.parts {
            switch part.content {
            case .overlay(let text): files[part.path] = Array(Self.overlay(text, part.path).utf8)
            case .contract(let patch): try patchContract(part.path, patch)
            case .file(let text): files[part.path] = Array(text.utf8)
            case .bytes(let bytes, shown: _): files[part.path] = bytes
            case .absent: files = files.filter { !$0.key.hasPrefix(part.path) }
            case .words: break
            }
        }
    }

    private static func overlay(_ text: String, _ path: String) -> String {
        let name = String(path.dropFirst("environments/".count).dropLast(".yaml".count))
        let written = text.split(separator: "\n")
        let missing = header(name).split(separator: "\n").filter { line in
            !written.contains { $0.hasPrefix(line.prefix { $0 != ":" } + ":") }
        }
        return (missing + [text[...]]).joined(separator: "\n") + "\n"
    }

    private static func header(_ name: String) -> String {
        "environment: \(name)\nextends: \(name == "dev" ? "shared" : "live-\(name)").yaml\n"
            + (name == "dev" ? "" : "promotes-from: \(name == "staging" ? "dev" : "staging")\n")
    }

    private mutating func patchContract(_ path: String, _ patch: String) throws {
        let base = try files[path].map { try JSONSerialization.jsonObject(with: Data($0)) } ?? [String: Any]()
        let change = try JSONSerialization.jsonObject(with: Data(patch.utf8))
        files[path] = Array(try JSONSerialization.data(withJSONObject: Self.merge(base, change)))
    }

    private static func merge(_ base: Any, _ patch: Any) -> Any {
        if let patches = patch as? [[String: Any]], let elements = base as? [[String: Any]],
            patches.allSatisfy({ $0["name"] is String })
        {
            var result = elements
            for change in patches {
                let at = result.firstIndex { $0["name"] as? String == change["name"] as? String }
                if let at {
                    result[at] = merge(result[at], change) as? [String: Any] ?? change
                } else {
                    result.append(change)
                }
            }
            return result
        }
        guard let patch = patch as? [String: Any] else { return patch }
        var result = base as? [String: Any] ?? [:]
        for (key, value) in patch {
            result[key] = value is NSNull ? nil : merge(result[key] ?? [String: Any](), value)
        }
        return result
    }
}

extension ExampleProject {
    /// All that dev has.
    static let shared = """
        services:
          api: { replicas: 2, strategy: canary, port: 8000 }
          worker: { replicas: 2, strategy: canary, after: [api] }
        migrations: { service: worker }
        strategies:
          canary:
            - smoke
            - weight: 20%
            - bake: { for: 5m, requests: 100, otherwise: hold }
            - weight: 100%
            - bake: { for: 10m, requests: 200, otherwise: hold }
        variables:
          MODE: real
          STORAGE: "disk:${project}/files"
        secrets:
          DATABASE_URL: { from: literal, value: "sqlite:${project}/example.sqlite" }
          JWT_SECRET: { from: generated, bytes: 32 }
          OPENAI_API_KEY: { from: environment, name: "OPENAI_API_KEY" }
        thresholds:
          health: { failures: { more-than: 3 } }
          error-rate: { above: 5%, for: 5m }
          latency: { above: 2x baseline, for: 5m }
        ledger: { database: DATABASE_URL }
        budgets:
          total: { limit: 25 USD, per: day }
        smoke: [smoke/health.yaml]
        alerts:
          receivers:
            operations: { webhook: { url: "https://alerts.tidegate.dev/hook" } }

        """

    /// What staging and production have instead.
    static func live(_ name: String) -> String {
        """
        extends: shared.yaml
        router: { tls: { certificate: /etc/tidegate/certificate.pem } }
        secrets:
          DATABASE_URL: { from: command, run: [vault, kv, get, "\(name)/database"] }
          JWT_SECRET: { from: command, run: [vault, kv, get, "\(name)/jwt"] }
          OPENAI_API_KEY: { from: command, run: [vault, kv, get, "\(name)/openai"] }

        """
    }

    static let suite = """
        smoke: 1
        each: [api, worker]
        steps:
          - get: ${readiness}
            expect: { status: 200 }

        """

    static let api = contract(
        "api",
        [
            VariableDeclaration(
                name: "PUBLIC_URL", kind: .url, summary: "the address that users see"),
            VariableDeclaration(
                name: "ORIGINS", kind: .list, summary: "the origins that may call", forbidden: ["production": ["*"]]),
        ], migrations: nil)

    static let worker = contract(
        "worker",
        [
            VariableDeclaration(
                name: "MAX_PAGES", kind: .integer, summary: "the most pages of a document", defaultValue: "100",
                minimum: 1, maximum: 5000)
        ], migrations: MigrationContract(arguments: ["migrate"], tables: ["documents"]))

    private static func contract(
        _ service: String, _ own: [VariableDeclaration], migrations: MigrationContract?
    ) -> ArtifactContract {
        let common = [
            VariableDeclaration(name: "PORT", kind: .integer, summary: "where to listen"),
            VariableDeclaration(
                name: "MODE", kind: .string, summary: "who answers", required: true, allowed: ["real", "mock"],
                formerNames: ["SERVICE_MODE"], forbidden: ["production": ["mock"]]),
            VariableDeclaration(
                name: "LOG_LEVEL", kind: .string, summary: "what is logged", defaultValue: "info",
                allowed: ["debug", "info", "warning"]),
            VariableDeclaration(
                name: "STORAGE", kind: .string, summary: "where files are", required: true,
                pattern: "(disk:.+|supabase)"),
            VariableDeclaration(
                name: "DATABASE_URL", kind: .string, summary: "the database", required: true, secret: true,
                format: .databaseURL, agreesOn: "database"),
            VariableDeclaration(
                name: "JWT_SECRET", kind: .string, summary: "the key that signs tokens", required: true, secret: true,
                format: .signingKeys, agreesOn: "tokens"),
            VariableDeclaration(
                name: "OPENAI_API_KEY", kind: .string, summary: "OpenAI's key", required: true, secret: true,
                format: .apiKey),
        ]
        return ArtifactContract(
            service: service, variables: common + own, portVariable: "PORT",
            paths: ContractPaths(liveness: "/live", readiness: "/ready"), migrations: migrations,
            startBudgetSeconds: 15, drainSeconds: 20, smokeSuites: ["health"])
    }
}
