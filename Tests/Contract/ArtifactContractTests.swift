import Foundation
import Testing

@testable import Contract

struct ArtifactContractTests {
    private static let contract = ArtifactContract(
        service: "api",
        variables: [
            VariableDeclaration(name: "PORT", kind: .integer, summary: "where to listen", minimum: 1, maximum: 65535),
            VariableDeclaration(
                name: "MODE", kind: .string, summary: "who answers", required: true, formerNames: ["SERVICE_MODE"],
                forbidden: ["production": ["mock"]]),
            VariableDeclaration(name: "OPENAI_URL", kind: .url, summary: "where OpenAI is"),
            VariableDeclaration(
                name: "KEY", kind: .string, summary: "the key", secret: true,
                readWhen: VariableCondition(variable: "MODE", values: ["real"])),
        ],
        portVariable: "PORT", paths: ContractPaths(liveness: "/live", readiness: "/ready", share: "/share"),
        migrations: MigrationContract(arguments: ["migrate"], tables: ["jobs"]), startBudgetSeconds: 10,
        drainSeconds: 5, providers: [ProviderContract(name: "openai", addressVariable: "OPENAI_URL")],
        smokeSuites: ["health"])

    @Test func `a contract survives its JSON form`() throws {
        let json = try Self.contract.json()
        #expect(try ArtifactContract.decode(json) == Self.contract)
        #expect(try ArtifactContract.decode(json).json() == json)
    }

    @Test func `a contract is read out of an artifact`() throws {
        let json = String(decoding: try Self.contract.json(), as: UTF8.self)
        let artifact = Array("{\"command\": [\"./api\"], \"contract\": \(json)}".utf8)
        #expect(try ArtifactContract.decode(inArtifact: artifact) == Self.contract)
    }

    /// What is changed in the JSON form, and the error that must follow.
    struct Broken: Sendable {
        var change: @Sendable (inout [String: Any]) -> Void
        var kind: ContractError.Kind
        var path: String
    }

    @Test(arguments: [
        Broken(change: { $0["contract"] = 2 }, kind: .formatVersion(2), path: "contract"),
        Broken(change: { $0["service"] = nil }, kind: .missing, path: "service"),
        Broken(change: { $0["drain_seconds"] = "5" }, kind: .wrongType, path: "drain_seconds"),
        Broken(change: { $0["paths"] = ["liveness": "/a"] }, kind: .missing, path: "paths.readiness"),
        Broken(
            change: { $0["paths"] = ["liveness": "a", "readiness": "/b"] }, kind: .contradiction, path: "paths.liveness"
        ),
        Broken(change: { $0["port_variable"] = "P" }, kind: .contradiction, path: "port_variable"),
        Broken(change: { $0["start_budget_seconds"] = 0 }, kind: .contradiction, path: "start_budget_seconds"),
        Broken(
            change: { $0["variables"] = [["name": "A", "summary": "a"]] }, kind: .missing, path: "variables[0].kind"),
        Broken(
            change: { $0["variables"] = [["name": "A", "summary": "a", "kind": "colour"]] }, kind: .wrongType,
            path: "variables[0].kind"),
        Broken(
            change: { $0["variables"] = [["name": "TIDEGATE_A", "summary": "a", "kind": "string"]] },
            kind: .contradiction, path: "variables[0]"),
        Broken(
            change: { $0["variables"] = [["name": "A", "summary": "a", "kind": "string", "pattern": "("]] },
            kind: .contradiction, path: "variables[0]"),
        Broken(
            change: {
                $0["variables"] = [["name": "A", "summary": "a", "kind": "string", "required": true, "default": "x"]]
            },
            kind: .contradiction, path: "variables[0]"),
        Broken(
            change: {
                let port: [String: Any] = ["name": "PORT", "summary": "a", "kind": "integer"]
                $0["variables"] = [port, port]
            }, kind: .contradiction, path: "variables[1]"),
    ])
    func `a contract that is not one is refused with the place of the fault`(broken: Broken) throws {
        let data = Data(try Self.contract.json())
        var object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        broken.change(&object)
        let changed = Array(try JSONSerialization.data(withJSONObject: object))
        let error = try #require(throws: ContractError.self) { try ArtifactContract.decode(changed) }
        #expect(error.kind == broken.kind)
        #expect(error.path == broken.path)
    }

    @Test(arguments: ["", "{", "[]", "null", "{\"contract\": \"one\"}", "\u{0}"])
    func `what is no contract at all is refused`(text: String) {
        #expect(throws: ContractError.self) { try ArtifactContract.decode(Array(text.utf8)) }
    }

    @Test func `the schema names every key of the JSON form`() throws {
        let schema = try #require(
            try JSONSerialization.jsonObject(with: Data(ArtifactContract.jsonSchema.utf8)) as? [String: Any])
        let properties = try #require(schema["properties"] as? [String: Any])
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(Self.contract.json())) as? [String: Any])
        let optional: Set = ["queues", "check_arguments", "bind_address", "databases"]
        #expect(Set(properties.keys) == Set(object.keys).union(optional))
        #expect(Set(properties.keys) == Set(ArtifactContract.CodingKeys.allCases.map(\.rawValue)))
    }

    @Test func `the canonical bytes tell every two maps apart and leave the port out`() {
        func bytes(_ values: [String: String]) -> [UInt8] {
            ConfigurationDigest.canonicalBytes(contract: Self.contract, values: values)
        }
        #expect(String(decoding: bytes(["MODE": "real", "KEY": "é"]), as: UTF8.self) == "3:KEY2:é4:MODE4:real")
        #expect(bytes(["MODE": "a", "PORT": "1"]) == bytes(["MODE": "a", "PORT": "2", "OTHER": "x"]))
        #expect(bytes(["KEY": ""]) != bytes([:]))
    }
}
