import Foundation
import Testing

@testable import Contract

/// What is wrong with a contract's text, and where.
struct ContractFaultTests {
    private static let text = """
        {
          "contract": 1,
          "service": "api",
          "variables": [
            { "name": "PORT", "kind": "integer", "summary": "where to listen" },
            { "name": "MODE", "kind": "string", "summary": "who answers" }
          ],
          "port_variable": "PORT",
          "paths": { "liveness": "/live", "readiness": "/ready" },
          "start_budget_seconds": 10,
          "drain_seconds": 5
        }

        """

    private func fault(_ old: String, _ new: String) throws -> ContractError {
        #expect(Self.text.contains(old))
        let text = Self.text.replacing(old, with: new, maxReplacements: 1)
        return try #require(throws: ContractError.self) { try ArtifactContract.decode(Array(text.utf8)) }
    }

    @Test func `the text is a contract before it is broken`() throws {
        #expect(try ArtifactContract.decode(Array(Self.text.utf8)).variables.count == 2)
    }

    @Test(arguments: [
        ("\"port_variable\"", "\"port-variable\"", "port-variable", "Write `port_variable`.", "8:3"),
        ("\"kind\": \"string\"", "\"kindd\": \"string\"", "variables[1].kindd", "Write `kind`.", "6:23"),
        ("\"liveness\"", "\"livenes\"", "paths.livenes", "Write `liveness`.", "9:14"),
        ("\"drain_seconds\"", "\"drainSeconds\"", "drainSeconds", "Write `drain_seconds`.", "11:3"),
        ("\"drain_seconds\"", "\"colour\"", "colour", "Known there are", "11:3"),
        (
            "\"service\": \"api\"", "\"service\": \"api\", \"providers\": [{ \"nam\": \"x\" }]", "providers[0].nam",
            "`name`", "3:37"
        ),
    ])
    func `a key that nobody knows is refused with the one that was meant`(
        old: String, new: String, path: String, hint: String, place: String
    ) throws {
        let error = try fault(old, new)
        #expect(error.kind == .unknownKey && error.path == path)
        #expect(error.hint?.contains(hint) == true, "\(error)")
        #expect("\(error.line):\(error.column)" == place)
    }

    @Test func `a key that stands twice is refused`() throws {
        let error = try fault("\"service\": \"api\",", "\"service\": \"api\",\n  \"service\": \"worker\",")
        #expect(error.kind == .duplicateKey && error.line == 4)
    }

    /// What is written for `MODE`, and where in the contract the contradiction is.
    @Test(arguments: [
        ("\"role\": \"anon\"", "role"), ("\"format\": \"signing-keys\"", "format"),
        ("\"required_in\": [\"dev\"], \"default\": \"x\"", "required_in"), ("\"allowed\": []", "allowed"),
        ("\"allowed\": [\"a\"], \"default\": \"b\"", "default"),
        ("\"read_when\": { \"variable\": \"MODE\", \"values\": [\"a\"] }", "read_when"),
        ("\"read_when\": { \"variable\": \"NONE\", \"values\": [\"a\"] }", "read_when"),
        ("\"read_when\": { \"variable\": \"PORT\" }", "read_when"),
    ])
    func `fields that contradict each other are refused at their place`(field: String, key: String) throws {
        let error = try fault("\"summary\": \"who answers\"", "\"summary\": \"m\",\n  \(field)")
        #expect(error.kind == .contradiction && error.path == "variables[1].\(key)", "\(error)")
        #expect(error.line == 7)
    }

    @Test func `an integer's default is one`() throws {
        for text in ["70000", "many"] {
            let error = try fault(
                "\"where to listen\"", "\"where\", \"default\": \"\(text)\", \"maximum\": 65535")
            #expect(error.kind == .contradiction && error.path == "variables[0].default")
        }
    }

    @Test(arguments: [
        ("\"providers\": [{ \"name\": \"x\", \"address_variable\": \"X_URL\" }]", "providers[0].address_variable"),
        (
            "\"providers\": [{ \"name\": \"x\", \"address_variable\": \"MODE\", \"key_variable\": \"X\" }]",
            "providers[0].key_variable"
        ),
        ("\"databases\": [{ \"variable\": \"DATABASE_URL\" }]", "databases[0].variable"),
        ("\"queues\": { \"variable\": \"BROKER_URL\" }", "queues.variable"),
    ])
    func `what names a variable names one that is declared`(field: String, path: String) throws {
        let error = try fault("\"drain_seconds\": 5", "\"drain_seconds\": 5,\n  \(field)")
        #expect(error.kind == .contradiction && error.path == path && error.line == 12)
    }

    @Test func `in an artifact the place is the artifact's`() throws {
        let artifact = "{\n\"command\": [\"./api\"],\n\"contract\": "
        let wrong = [
            (Self.text.replacing("\"drain_seconds\"", with: "\"drain\""), ContractError.Kind.unknownKey),
            (Self.text.replacing("\"drain_seconds\": 5", with: "\"drain_seconds\": -5"), .contradiction),
        ]
        for (text, kind) in wrong {
            let error = try #require(throws: ContractError.self) {
                try ArtifactContract.decode(inArtifact: Array("\(artifact)\(text)}".utf8))
            }
            #expect(error.kind == kind && error.line == 13 && error.column == 3, "\(error)")
        }
    }

    @Test(arguments: ["{\n  \"contract\": 1,\n  }", "{\n  \"contract\": 1\n  \"service\": 2}"])
    func `what is no JSON is refused where that shows`(text: String) throws {
        let error = try #require(throws: ContractError.self) { try ArtifactContract.decode(Array(text.utf8)) }
        #expect(error.kind == .notJSON && error.line == 3 && error.column == 3, "\(error.line):\(error.column)")
    }

    @Test(arguments: [
        ("{\"command\": [\"x\"],\n\"contract\": null}", ContractError.Kind.wrongType, "contract"),
        ("{\"command\": [\"x\"],\n\"contract\": \"x\"}", .wrongType, "contract"),
        ("{\"contract\": 1,\n\"contract\": {}}", .duplicateKey, "contract"), ("{}", .missing, "contract"),
        ("[]", .wrongType, ""),
    ])
    func `an artifact without a contract is told so`(text: String, kind: ContractError.Kind, path: String) throws {
        let error = try #require(throws: ContractError.self) {
            try ArtifactContract.decode(inArtifact: Array(text.utf8))
        }
        #expect(error.kind == kind && error.path == path, "\(error)")
        // Of two keys, the second is one too many.
        #expect(error.line == (path.isEmpty || kind == .missing ? 1 : 2))
    }

    @Test func `null where something must stand is the wrong type`() throws {
        let error = try fault("\"service\": \"api\"", "\"service\": null")
        #expect(error.kind == .wrongType && error.path == "service" && error.line == 3)
    }

    @Test func `a ban that stands twice is refused`() throws {
        let error = try fault(
            "\"summary\": \"who answers\"",
            "\"summary\": \"m\", \"forbidden\": { \"production\": [\"mock\"], \"production\": [\"x\"] }")
        #expect(error.kind == .duplicateKey && error.path == "variables[1].forbidden.production")
    }

    @Test func `what a terminal obeys does not reach it`() throws {
        let error = try fault("\"drain_seconds\"", "\"\\u001b[2Jok\"")
        #expect(error.message.contains("\\u{1b}[2Jok"), "\(error)")
        #expect(!"\(error)".unicodeScalars.contains("\u{1B}"))
    }

    @Test func `deep and broken texts end in an error`() {
        for text in [String(repeating: "[", count: 100_000), "{\"a\":\"\\", "{\"a", "\"", "{\"a\":}", "[1,"] {
            #expect(throws: ContractError.self) { try ArtifactContract.decode(Array(text.utf8)) }
        }
    }

    @Test func `what a reader puts in by itself is not written`() throws {
        let contract = try ArtifactContract.decode(Array(Self.text.utf8))
        let written = try JSONSerialization.jsonObject(with: Data(contract.json())) as? NSDictionary
        let given = try JSONSerialization.jsonObject(with: Data(Self.text.utf8)) as? NSDictionary
        #expect(written == given)
    }

    @Test func `the schema is closed and knows the keys that the reader knows`() throws {
        let schema = try #require(
            try JSONSerialization.jsonObject(with: Data(ArtifactContract.jsonSchema.utf8)) as? [String: Any])
        let definitions = try #require(schema["$defs"] as? [String: [String: Any]])
        func properties(_ object: Any?) -> Set<String> {
            Set(((object as? [String: Any])?["properties"] as? [String: Any])?.keys.map { $0 } ?? [])
        }
        func names<Key: CodingKey & CaseIterable>(_ keys: Key.Type) -> Set<String> {
            Set(keys.allCases.map(\.stringValue))
        }
        #expect(properties(definitions["variable"]) == names(VariableDeclaration.CodingKeys.self))
        #expect(properties(definitions["provider"]) == names(ProviderContract.CodingKeys.self))
        #expect(properties(definitions["database"]) == names(DatabaseContract.CodingKeys.self))
        #expect(properties(definitions["migration"]) == names(MigrationEntry.CodingKeys.self))
        let top = try #require(schema["properties"] as? [String: Any])
        #expect(properties(top["queues"]) == names(QueueContract.CodingKeys.self))
        #expect(properties(top["paths"]) == names(ContractPaths.CodingKeys.self))
        let objects = [schema] + definitions.values.filter { $0["properties"] != nil }
        #expect(objects.allSatisfy { $0["additionalProperties"] as? Bool == false })
        for format in ValueFormat.allCases { #expect(ArtifactContract.jsonSchema.contains("\"\(format.rawValue)\"")) }
    }
}
