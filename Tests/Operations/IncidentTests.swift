import Definitions
import Foundation
import Operations
import Testing

/// The definitions that the project ships, with one mistake in them.
private struct ShippedProject {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private var files: [String: [UInt8]] = [:]

    init() throws {
        for folder in ProjectSources.folders + [ProjectSources.runbooks] {
            let place = Self.root.appendingPathComponent(folder)
            for name in try FileManager.default.contentsOfDirectory(atPath: place.path) where name.contains(".") {
                files["\(folder)/\(name)"] = Array(try Data(contentsOf: place.appendingPathComponent(name)))
            }
        }
    }

    /// Writes `new` in place of `old`, which must be there.
    mutating func mistake(_ file: String, _ old: String, _ new: String) throws {
        let text = String(decoding: try #require(files[file]), as: UTF8.self)
        try #require(text.contains(old), "\(file) has no \(old)")
        files[file] = Array(text.replacing(old, with: new).utf8)
    }

    /// Changes a service's contract.
    mutating func contract(_ service: String, _ change: (inout [String: Any]) throws -> Void) throws {
        let path = "contracts/\(service).json"
        let object = try JSONSerialization.jsonObject(with: Data(try #require(files[path])))
        var contract = try #require(object as? [String: Any])
        try change(&contract)
        files[path] = Array(try JSONSerialization.data(withJSONObject: contract))
    }

    func findings() throws -> [Finding] {
        try ProjectValidation.complete(ProjectSources(project: "/project", files: files))
            .validate(now: 1_783_000_000).findings
    }

    /// The finding of this rule about this name. Its fix is one line, and says what it is asked to say.
    func finding(_ rule: String, _ name: String, in environment: String? = nil, fix words: String...) throws -> Finding
    {
        let findings = try findings()
        let found = try #require(
            findings.first {
                $0.rule == rule && $0.name == name && (environment == nil || $0.environment == environment)
            }, "\(findings)")
        #expect(!found.fix.contains("\n") && !found.message.contains("\n"))
        for word in words { #expect(found.fix.contains(word), "\(found.fix)") }
        return found
    }
}

/// What went wrong in the systems that this project learns from, done again in the definitions that it ships. Each mistake
/// is found by its rule, at its line, with what to write instead.
@Suite(.timeLimit(.minutes(1)))
struct IncidentTests {
    private static let shared = "environments/shared.yaml"
    private static let staging = "environments/staging.yaml"
    private static let production = "environments/production.yaml"

    private func project(_ file: String, _ old: String, _ new: String) throws -> ShippedProject {
        var project = try ShippedProject()
        try project.mistake(file, old, new)
        return project
    }

    @Test func `what is shipped has nothing wrong`() throws {
        let findings = try ShippedProject().findings()
        #expect(findings.isEmpty, "\(findings)")
    }

    @Test func `incident 2: a former name is set, and the service would fall back to its default`() throws {
        let project = try project(Self.shared, "  UPLOAD_PIPELINE_SERVICE_MODE:", "  SERVICE_MODE:")
        let found = try project.finding(
            "variable.former-name", "SERVICE_MODE", fix: "Write `UPLOAD_PIPELINE_SERVICE_MODE`.")
        #expect(found.place.file == Self.shared && found.severity == .error)
    }

    @Test func `incident 2: a name that nobody reads, and the missing one that was meant`() throws {
        let project = try project(
            Self.shared, "UPLOAD_PIPELINE_MAX_FILE_SIZE_BYTES:", "UPLOAD_PIPELINE_MAX_FILESIZE_BYTES:")
        _ = try project.finding(
            "variable.unread", "UPLOAD_PIPELINE_MAX_FILESIZE_BYTES", fix: "`UPLOAD_PIPELINE_MAX_FILE_SIZE_BYTES`")
    }

    @Test func `incident 2: a test key in production`() throws {
        let project = try project(
            Self.production, "{ from: environment, name: PRODUCTION_OPENAI_API_KEY }",
            "{ from: literal, value: test-key }")
        _ = try project.finding("secret.placeholder", "UPLOAD_PIPELINE_OPENAI_API_KEY", in: "production")
        _ = try project.finding("secret.source", "UPLOAD_PIPELINE_OPENAI_API_KEY", fix: "`from: environment`")
    }

    @Test func `incident 4: two services hold different secrets where they must agree`() throws {
        let project = try project(
            Self.shared, "after: [api]\n",
            "after: [api]\n    secrets: { UPLOAD_PIPELINE_DATABASE_URL: { from: environment, name: WORKER_DATABASE } }\n"
        )
        let found = try project.finding("coherence.disagree", "UPLOAD_PIPELINE_DATABASE_URL")
        #expect(found.message.contains("`api`") && found.message.contains("`worker`"), "\(found.message)")
    }

    @Test(arguments: ["hybrid", "mock"])
    func `incident 5: stand-ins may not answer in production, nor when the real provider fails`(mode: String) throws {
        let project = try project(Self.shared, "SERVICE_MODE: real", "SERVICE_MODE: \(mode)")
        _ = try project.finding(
            "environment.forbidden-value", "UPLOAD_PIPELINE_SERVICE_MODE", in: "production", fix: "`real`")
    }

    @Test(arguments: ["http://127.0.0.1:7190", "http://localhost:7190", "http://10.0.12.7:8080", "http://[::1]:80"])
    func `incident 6: addresses of this machine and of private networks outside development`(url: String) throws {
        for (file, name) in [(Self.staging, "staging"), (Self.production, "production")] {
            let project = try project(file, "variables:\n", "variables:\n  UPLOAD_PIPELINE_OPENAI_URL: \"\(url)\"\n")
            let found = try project.findings().filter { $0.name == "UPLOAD_PIPELINE_OPENAI_URL" }
            #expect(found.contains { $0.severity == .error && $0.environment == name }, "\(found)")
        }
    }

    @Test func `incident 7: a key is missing, and the process would die on the first request`() throws {
        let project = try project(
            Self.production,
            "  UPLOAD_PIPELINE_JWT_SECRET: { from: environment, name: PRODUCTION_JWT_SECRET }\n", "")
        let found = try project.finding(
            "variable.missing", "UPLOAD_PIPELINE_JWT_SECRET", in: "production", fix: "`secrets:`")
        #expect(found.message.contains("`api`"))
    }

    @Test func `incident 12: a probe asks another health path than the contract's`() throws {
        let project = try project("smoke/health.yaml", "get: ${readiness}", "get: /healthz")
        _ = try project.finding("smoke.health-path", "/healthz", fix: "`${readiness}`")
    }

    @Test func `incident 13: only one secret is set, and each of the others is named`() throws {
        var project = try ShippedProject()
        let names = ["DATABASE_URL", "LLAMAPARSE_API_KEY", "OPENAI_API_KEY"]
        for name in names {
            let line = "  UPLOAD_PIPELINE_\(name): { from: environment, name: PRODUCTION_\(name) }\n"
            try project.mistake(Self.production, line, "")
        }
        for name in names {
            _ = try project.finding("variable.missing", "UPLOAD_PIPELINE_\(name)", in: "production", fix: "`secrets:`")
        }
    }

    @Test func `incident 14: a worker consumes what nobody produces`() throws {
        var project = try ShippedProject()
        for (service, key, queue) in [("api", "produces", "documents.new"), ("worker", "consumes", "document.new")] {
            try project.contract(service) { contract in
                contract["queues"] = ["variable": "UPLOAD_PIPELINE_DATABASE_URL", key: [queue]]
            }
        }
        _ = try project.finding("queue.no-producer", "document.new", fix: "`documents.new`")
    }

    @Test func `incident 16: two services own one table`() throws {
        var project = try ShippedProject()
        try project.contract("api") { contract in
            contract["migrations"] = ["arguments": ["migrate"], "tables": ["jobs"]]
        }
        let found = try project.findings().filter { $0.rule == "migrations.two-owners" }
        #expect(found.contains { $0.message.contains("`jobs`") && $0.severity == .error }, "\(found)")
    }

    @Test(arguments: ["<production_key>", "changeme", "your-key", "your_api_key_here", "xxx", "TODO"])
    func `incident 19: a placeholder is no secret`(text: String) throws {
        let project = try project(
            Self.production, "{ from: environment, name: PRODUCTION_JWT_SECRET }",
            "{ from: literal, value: \"\(text)\" }")
        let found = try project.finding("secret.placeholder", "UPLOAD_PIPELINE_JWT_SECRET", in: "production")
        #expect(!found.message.contains(text) && !found.fix.contains(text))
    }

    @Test func `incident 19: production takes its key from where staging takes it`() throws {
        let project = try project(Self.production, "name: PRODUCTION_OPENAI_API_KEY", "name: STAGING_OPENAI_API_KEY")
        let found = try project.findings().filter { $0.name == "UPLOAD_PIPELINE_OPENAI_API_KEY" }
        #expect(found.contains { $0.environment == "production" && $0.severity == .error }, "\(found)")
    }
}
