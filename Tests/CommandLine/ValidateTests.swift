import Foundation
import TestSupport
import Testing

/// `tidegate validate` as a person, a script and a workflow of GitHub run it, over a copy of this project's files.
@Suite(.timeLimit(.minutes(3)))
struct ValidateTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        try FileManager.default.createDirectory(
            atPath: folder.file("deploy"), withIntermediateDirectories: true)
        for name in ["environments", "contracts", "smoke", "runbooks", "alerts", "docs"] {
            try FileManager.default.copyItem(
                atPath: root.appendingPathComponent(name).path, toPath: folder.file("deploy/\(name)"))
        }
    }

    /// The project lies below the root of what a workflow checked out.
    private var project: String { folder.file("deploy") }

    private func replace(_ old: String, _ new: String, in file: String = "shared.yaml") throws {
        let path = "\(project)/environments/\(file)"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try #require(text.contains(old), "\(file) has no \(old)")
        try folder.write("deploy/environments/\(file)", text.replacing(old, with: new))
    }

    private func validate(_ arguments: String..., environment: [String: String] = [:]) async throws -> CommandResult {
        // What a workflow of GitHub has set for the tests themselves.
        let nothing = [
            "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE", "GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_SHA",
        ].map { ($0, "") }
        let run = try RunningCommand(
            try BuildProducts.path("tidegate"), ["validate"] + arguments + ["--project", project], directory: "/",
            environment: Dictionary(uniqueKeysWithValues: nothing).merging(environment) { $1 })
        return try await run.result()
    }

    private func members(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test func `what is valid ends with 0 and a line for each environment`() async throws {
        let result = try await validate()
        #expect(result.exit == 0)
        #expect(result.output == "✓ dev         valid\n✓ production  valid\n✓ staging     valid\n")
        #expect(result.errors.isEmpty)
    }

    @Test func `what is not valid ends with 2, and without colour where no terminal is`() async throws {
        try replace("replicas: 2", "replcias: 2")
        let result = try await validate("dev")
        #expect(result.exit == 2)
        #expect(result.output.contains(" │     replcias: 2\n"))
        #expect(result.output.contains("fix: Write `replicas`."))
        #expect(!result.output.contains("\u{1B}") && result.errors.isEmpty)
    }

    @Test func `warnings end with 0, and with 2 when --strict is given`() async throws {
        try replace("SERVICE_MODE: real", "SERVICE_MODE: &mode real")
        let result = try await validate("dev")
        #expect(result.exit == 0 && result.output.contains("Valid: 1 warning."))
        #expect(try await validate("dev", "--strict").exit == 2)
    }

    @Test func `an environment that is not there, a format, a rule: wrong usage ends with 1 and a sentence`()
        async throws
    {
        let unknown = try await validate("prodution")
        #expect(unknown.exit == 1)
        #expect(unknown.errors.contains("production"))
        #expect(try await validate("--format", "xml").exit == 1)
        let rule = try await validate("--explain", "secret.placeholdr")
        #expect(rule.exit == 1)
        #expect(rule.errors.contains("Did you mean secret.placeholder?"))
        #expect(try await validate("--explain", "key.unknown", "--format", "sarif").exit == 1)
    }

    @Test func `a rule, a family and all of them are explained`() async throws {
        let rule = try await validate("--explain", "key.unknown")
        #expect(rule.exit == 0)
        #expect(rule.output.hasPrefix("key.unknown  error\n\n"))
        #expect(rule.output.contains("\nwrong  ") && rule.output.contains("\nright  "))
        let family = try await validate("--explain", "secret").output.split(separator: "\n")
        #expect(family.count > 3 && family.allSatisfy { $0.hasPrefix("secret.") })
        let list = try await validate("--explain", "list").output.split(separator: "\n")
        #expect(list.count > 80)
        let page = try await validate("--explain", "all", "--format", "markdown").output
        #expect(page.hasPrefix("# Rules\n") && page.contains("\n### key.unknown\n"))
    }

    @Test func `JSON is one document, whatever is found`() async throws {
        let valid = try members(try await validate("--json").output)
        #expect(valid["valid"] as? Bool == true)
        try replace("replicas: 2", "replcias: 2")
        let result = try await validate("--format", "json")
        let invalid = try members(result.output)
        #expect(result.exit == 2 && invalid["valid"] as? Bool == false)
        let findings = try #require(invalid["findings"] as? [[String: Any]])
        let first = try #require(findings.first { $0["rule"] as? String == "key.unknown" })
        #expect(first["file"] as? String == "environments/shared.yaml" && first["line"] as? Int != nil)
        #expect(first["environments"] as? [String] == ["dev", "production", "staging"])
    }

    @Test func `GitHub gets annotations below the repository's root, and a page for the job's summary`() async throws {
        try replace("replicas: 2", "replcias: 2")
        let summary = try folder.write("summary.md", "Before.\n\n")
        let environment = ["GITHUB_WORKSPACE": folder.path, "GITHUB_STEP_SUMMARY": summary]
        let result = try await validate("--format", "github", environment: environment)
        #expect(result.exit == 2)
        #expect(result.output.hasPrefix("::error file=deploy/environments/shared.yaml,line="))
        let page = try String(contentsOfFile: summary, encoding: .utf8)
        #expect(page.hasPrefix("Before.\n\n### ✕ Not valid: 2 errors"))
        #expect(page.contains("| `environments/shared.yaml:"))
    }

    @Test func `a summary that cannot be written is said, and hides no finding`() async throws {
        try replace("replicas: 2", "replcias: 2")
        let nowhere = ["GITHUB_STEP_SUMMARY": folder.file("none/summary.md")]
        let result = try await validate("dev", "--format", "github", environment: nowhere)
        #expect(result.exit == 2)
        #expect(result.output.contains("::error ") && result.errors.contains("none/summary.md"))
    }

    @Test func `SARIF links rules to the page of the commit that a workflow runs for`() async throws {
        try replace("replicas: 2", "replcias: 2")
        let environment = [
            "GITHUB_WORKSPACE": folder.path, "GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "o/r",
            "GITHUB_SHA": "abc",
        ]
        let text = try await validate("--format", "sarif", environment: environment).output
        #expect(try members(text)["version"] as? String == "2.1.0")
        #expect(text.contains(#""uri": "deploy/environments/shared.yaml""#))
        #expect(text.contains(#""helpUri": "https://github.com/o/r/blob/abc/deploy/docs/rules.md#keyunknown""#))
    }

    @Test func `the schema is that of the project's own contracts`() async throws {
        let run = try RunningCommand(
            try BuildProducts.path("tidegate"), ["schema", "--project", project], directory: "/")
        let result = try await run.result()
        #expect(result.exit == 0)
        #expect(try members(result.output)["$schema"] as? String == "http://json-schema.org/draft-07/schema#")
        #expect(try result.output == String(contentsOfFile: "\(project)/environments/schema.json", encoding: .utf8))
    }
}
