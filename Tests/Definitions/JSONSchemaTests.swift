import Definitions
import Foundation
import TestSupport
import Testing

/// The schema as an editor applies it: by a validator that is not ours.
@Suite(.timeLimit(.minutes(2)))
struct JSONSchemaTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// One line of output for each document: its faults, or nothing.
    private static let program = """
        import json, sys
        from jsonschema import Draft7Validator
        schema, documents = json.load(sys.stdin)
        Draft7Validator.check_schema(schema)
        validator = Draft7Validator(schema)
        for document in documents:
            errors = sorted(validator.iter_errors(document), key=lambda error: list(map(str, error.absolute_path)))
            print(json.dumps(["/".join(map(str, error.absolute_path)) + ": " + error.message for error in errors]))

        """

    private func text(_ path: String) throws -> String {
        try String(contentsOf: Self.root.appendingPathComponent(path), encoding: .utf8)
    }

    private func schema() throws -> JSONText {
        var files: [String: [UInt8]] = [:]
        for service in ["api", "worker"] {
            files["contracts/\(service).json"] = Array(try text("contracts/\(service).json").utf8)
        }
        return try Reference.builtIn().jsonSchema(suggesting: ProjectSources(project: "/p", files: files))
    }

    /// What the schema has against each of the documents.
    private func faults(_ documents: [String]) async throws -> [[String]] {
        let values = try documents.map { text in
            json(try #require(YAMLDocument.parse(Array(text.utf8), file: "x.yaml").root, "\(text)"))
        }
        let input = JSONText.array([try schema(), .array(values)]).text()
        let check = try RunningCommand("/usr/bin/python3", ["-c", Self.program], directory: "/", input: input)
        let result = try await check.result()
        try #require(result.exit == 0, "\(result.errors)")
        return try result.output.split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String])
        }
    }

    /// The values of the core schema of YAML 1.2, which editors read.
    private func json(_ node: YAMLNode) -> JSONText {
        if let entries = node.entries { return .object(entries.map { ($0.key, json($0.value)) }) }
        if let elements = node.elements { return .array(elements.map(json)) }
        guard let scalar = node.scalar, !scalar.isNull else { return .null }
        guard scalar.style == .plain else { return .string(scalar.text) }
        if scalar.text == "true" || scalar.text == "false" { return .boolean(scalar.text == "true") }
        if let number = Int(scalar.text) { return .integer(number) }
        return Double(scalar.text).map { .number($0) } ?? .string(scalar.text)
    }

    @Test func `the environments of this project are right`() async throws {
        let names = ["dev", "production", "shared", "staging"]
        let faults = try await faults(names.map { try text("environments/\($0).yaml") })
        #expect(faults == Array(repeating: [], count: names.count))
    }

    @Test func `the small project of the tests is right`() async throws {
        let documents = try Fixture().files.filter { $0.key.hasPrefix("environments/") }.map(\.value)
        #expect(try await faults(documents) == [[], []])
    }

    @Test func `what extends another file may say little, and take away`() async throws {
        let documents = [
            "{}", "extends: shared.yaml", "services: { api: { replicas: ~ } }", "migrations: { }",
            "budgets: { total: { per: day } }", "variables: ~", "secrets: { UPLOAD_PIPELINE_JWT_SECRET: ~ }",
            "services: { other: { variables: { ANYTHING: [1, a] }, secrets: { MINE: { from: stored } } } }",
            "variables: { UPLOAD_PIPELINE_STORAGE: \"${project}/x\", UPLOAD_PIPELINE_SERVICE_MODE: \"${environment}\" }",
            "variables: { UPLOAD_PIPELINE_MAX_PAGES: \"7\", UPLOAD_PIPELINE_DRILL_NOT_READY: true }",
        ]
        #expect(try await faults(documents) == Array(repeating: [], count: documents.count))
    }

    /// Each with the place that must be pointed at.
    static let wrong = [
        ("enviroment: dev", ""), ("environment: Dev", "environment"), ("kind: prodution", "kind"),
        ("soak: 10", "soak"), ("soak: 10 minutes", "soak"), ("extends: ../x.yaml", "extends"),
        ("services: { api: { replcias: 2 } }", "services/api"), ("services: { Api: {} }", "services"),
        ("services: { api: { replicas: 0 } }", "services/api/replicas"),
        ("services: { api: { replicas: \"2\" } }", "services/api/replicas"),
        ("services: { api: { port: 65536 } }", "services/api/port"),
        ("strategies: { canary: [{ weight: 5 }] }", "strategies/canary/0"),
        ("strategies: { canary: [{ bake: { requests: 1 } }] }", "strategies/canary/0"),
        ("variables: { UPLOAD_PIPELINE_SERVICE_MODE: fake }", "variables/UPLOAD_PIPELINE_SERVICE_MODE"),
        ("variables: { UPLOAD_PIPELINE_MAX_PAGES: 5001 }", "variables/UPLOAD_PIPELINE_MAX_PAGES"),
        ("variables: { UPLOAD_PIPELINE_MAX_PAGES: many }", "variables/UPLOAD_PIPELINE_MAX_PAGES"),
        ("variables: { UPLOAD_PIPELINE_STORAGE: tape }", "variables/UPLOAD_PIPELINE_STORAGE"),
        ("variables: { UPLOAD_PIPELINE_ACCESS_TOKEN_TTL: 15 }", "variables/UPLOAD_PIPELINE_ACCESS_TOKEN_TTL"),
        ("services: { api: { variables: { UPLOAD_PIPELINE_LOG_LEVEL: loud } } }", "services/api/variables/"),
        ("variables: { 1A: x }", "variables"), ("secrets: { TOKEN: { from: literl } }", "secrets/TOKEN/from"),
        ("secrets: { TOKEN: plain }", "secrets/TOKEN"), ("secrets: { TOKEN: { value: x } }", "secrets/TOKEN"),
        ("services: { api: { secrets: { A: { from: valt } } } }", "services/api/secrets/A/from"),
        ("thresholds: { error-rate: { above: 0.05 } }", "thresholds/error-rate/above"),
        ("budgets: { total: { limit: 25 } }", "budgets/total/limit"),
        ("rules: [{ rule: variable.unraed, severity: ignore, reason: x }]", "rules/0/rule"),
        ("rules: [{ rule: variable.unread, severity: error, reason: x }]", "rules/0/severity"),
        ("rules: [{ rule: variable.unread, severity: ignore }]", "rules/0"),
    ]

    @Test func `what is wrong is pointed at`() async throws {
        let faults = try await faults(Self.wrong.map(\.0))
        try #require(faults.count == Self.wrong.count)
        for ((document, place), found) in zip(Self.wrong, faults) {
            #expect(found.contains { $0.hasPrefix(place.isEmpty ? ": " : place) }, "\(document): \(found)")
        }
    }

    @Test func `editors are told what keys mean, and offered the contracts' names`() throws {
        let text = try schema().text()
        #expect(text.contains(#""UPLOAD_PIPELINE_LOG_LEVEL":{"description":"#))
        #expect(text.contains(#"Read by api and worker."#))
        #expect(text.contains(#""services":{"type":["object","null"],"properties":{"api":"#))
        #expect(text.contains(#""default":"30s""#))
    }
}
