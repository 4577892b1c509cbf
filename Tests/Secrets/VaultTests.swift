import Definitions
import Foundation
import Secrets
import Synchronization
import TestSupport
import Testing

/// Answers as Vault's HTTP API is documented to.
private final class VaultStandIn: Sendable {
    struct State {
        var versions: [[String: String]] = [["jwt": "first", "other": "kept"], ["jwt": "second", "other": "kept"]]
        var requests: [ReceivedRequest] = []
        var script: (status: String, body: String)?
    }

    let state = Mutex(State())
    private let box: Mutex<ScriptedServer?> = Mutex(nil)

    var url: String { box.withLock { $0?.url ?? "" } }
    var requests: [ReceivedRequest] { state.withLock { $0.requests } }

    init() throws {
        let server = try ScriptedServer { [weak self] connection in
            while let request = connection.readRequest() {
                guard let self else { return }
                let (status, body) = self.answer(request)
                if status == "hang" { return connection.waitForEnd() }
                connection.respond(status, headers: ["Content-Type: application/json"], body: body)
            }
        }
        box.withLock { $0 = server }
    }

    private func answer(_ request: ReceivedRequest) -> (String, String) {
        state.withLock { state in
            state.requests.append(request)
            if let script = state.script { return script }
            if request.line.hasPrefix("POST /v1/auth/approle/login ") {
                return ("200 OK", #"{"auth":{"client_token":"from-role"}}"#)
            }
            guard ["root-token", "from-role"].contains(request.headers["x-vault-token"] ?? "") else {
                return ("403 Forbidden", #"{"errors":["permission denied"]}"#)
            }
            if request.line.hasPrefix("POST ") { return write(request.body, &state) }
            let version = request.line.firstMatch(of: /version=(\d+)/).flatMap { Int($0.1) } ?? state.versions.count
            let data = String(decoding: try! JSONEncoder().encode(state.versions[version - 1]), as: UTF8.self)
            return ("200 OK", #"{"data":{"data":\#(data),"metadata":{"version":\#(version),"destroyed":false}}}"#)
        }
    }

    private func write(_ body: [UInt8], _ state: inout State) -> (String, String) {
        struct Write: Decodable {
            struct Options: Decodable { var cas: Int }
            var data: [String: String]
            var options: Options
        }
        let write = try! JSONDecoder().decode(Write.self, from: Data(body))
        guard write.options.cas == state.versions.count else {
            return ("400 Bad Request", #"{"errors":["check-and-set parameter did not match the current version"]}"#)
        }
        state.versions.append(write.data)
        return ("200 OK", #"{"data":{"version":\#(state.versions.count)}}"#)
    }
}

@Suite(.timeLimit(.minutes(1))) struct `Secrets in Vault` {
    private static let source = SecretDefinition.Source.vault(path: "kv/staging/api", key: "jwt", version: nil)

    private func place(_ vault: VaultStandIn, _ more: [String: String] = ["VAULT_TOKEN": "root-token"]) throws
        -> Workplace
    {
        var place = try Workplace()
        place.variables = ["VAULT_ADDR": vault.url, "HOME": place.folder.path].merging(more) { $1 }
        return place
    }

    @Test func `are read, the newest or the version that is named`() async throws {
        let vault = try VaultStandIn()
        let place = try place(vault, ["VAULT_TOKEN": "root-token", "VAULT_NAMESPACE": "team/a"])
        #expect(try await place.value(Self.source) == "second")
        #expect(try await place.value(.vault(path: "kv/staging/api", key: "jwt", version: 1)) == "first")
        let request = try #require(vault.requests.first)
        #expect(request.line == "GET /v1/kv/data/staging/api HTTP/1.1")
        #expect(request.headers["x-vault-namespace"] == "team/a")
    }

    @Test func `of one path are asked for once`() async throws {
        let vault = try VaultStandIn()
        let secrets = ["jwt", "other"].map {
            Workplace.secret($0, .vault(path: "kv/staging/api", key: $0, version: nil))
        }
        let values = try await place(vault).resolver.resolve(secrets, environment: "dev", given: [:])
        #expect(values["other"]?.reveal() == "kept")
        #expect(vault.requests.count == 1)
    }

    @Test func `are asked for with the file that vault login leaves, or as a role`() async throws {
        let vault = try VaultStandIn()
        let filed = try place(vault, [:])
        try filed.folder.write(".vault-token", "root-token\n")
        #expect(try await filed.value(Self.source) == "second")
        let role = try place(vault, ["VAULT_ROLE_ID": "r", "VAULT_SECRET_ID": "s"])
        #expect(try await role.value(Self.source) == "second")
        #expect(vault.requests.contains { String(decoding: $0.body, as: UTF8.self).contains(#""secret_id":"s""#) })
    }

    @Test(arguments: [
        ("403 Forbidden", #"{"errors":["permission denied"]}"#, "may not read it"),
        ("404 Not Found", #"{"errors":[]}"#, "nothing there"),
        (
            "404 Not Found",
            #"{"data":{"data":null,"metadata":{"version":3,"deletion_time":"2026-11-20T01:02:03Z","destroyed":false}}}"#,
            "version 3 was deleted at 2026-11-20T01:02:03Z"
        ),
        (
            "404 Not Found", #"{"data":{"data":null,"metadata":{"version":3,"deletion_time":"","destroyed":true}}}"#,
            "version 3 was destroyed"
        ),
        ("503 Service Unavailable", #"{"errors":["Vault is sealed"]}"#, "sealed"),
        ("473 Standby", "", "standby"), ("307 Temporary Redirect", "", "leads to another"),
        ("500 Internal Server Error", "", "answers 500"), ("200 OK", #"{"data":{"jwt":"x"}}"#, "version 1"),
        ("200 OK", "<html>", "no data.data"),
        ("200 OK", #"{"data":{"data":{"jwt":7},"metadata":{"version":1}}}"#, "no text under jwt"),
        ("200 OK", #"{"data":{"data":{"jwt":""},"metadata":{"version":1}}}"#, "is empty"), ("hang", "", "longer than"),
    ])
    func `say what Vault has against it`(status: String, body: String, words: String) async throws {
        let vault = try VaultStandIn()
        vault.state.withLock { $0.script = (status, body) }
        let failures = try await place(vault).failures(Self.source, within: status == "hang" ? .milliseconds(300) : nil)
        #expect(failures.count == 1 && failures[0].contains(words), "\(failures)")
    }

    @Test func `need an address, somebody who asks, and TLS`() async throws {
        let vault = try VaultStandIn()
        #expect(try await place(vault, [:]).failures(Self.source).first?.contains("nobody is logged in") == true)
        var away = try place(vault)
        away.variables["VAULT_ADDR"] = nil
        #expect(await away.failures(Self.source).first?.contains("VAULT_ADDR is not set") == true)
        away.variables["VAULT_ADDR"] = "http://vault.internal:8200"
        #expect(await away.failures(Self.source).first?.contains("no https:// address") == true)
        away.variables["VAULT_ADDR"] = "http://127.0.0.1:\(try freePort())"
        #expect(await away.failures(Self.source).first?.contains("No connection") == true)
    }

    @Test func `are written as a new version that keeps the other keys`() async throws {
        let vault = try VaultStandIn()
        let place = try place(vault)
        try await SecretWriter(place.resolver).write(
            Secret("third"), to: Workplace.secret("S", Self.source), environment: "dev", given: [:])
        #expect(try await place.value(Self.source) == "third")
        #expect(vault.state.withLock { $0.versions.last } == ["jwt": "third", "other": "kept"])
    }

    @Test func `that hold more than texts are not written`() async throws {
        let vault = try VaultStandIn()
        let body = #"{"data":{"data":{"jwt":"a","n":7},"metadata":{"version":1}}}"#
        vault.state.withLock { $0.script = ("200 OK", body) }
        let place = try place(vault)
        let error = await #expect(throws: SecretError.self) {
            try await SecretWriter(place.resolver).write(
                Secret("b"), to: Workplace.secret("S", Self.source), environment: "dev", given: [:])
        }
        #expect("\(try #require(error))".contains("more than texts"))
    }
}
