import Contract
import FoundationEssentials
import HTTPClient

/// HashiCorp Vault's KV secrets engine, version 2, over its HTTP API
/// (https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2). The environment says where it is and who asks, as
/// for Vault's own program: VAULT_ADDR, VAULT_TOKEN, VAULT_NAMESPACE, VAULT_CACERT; or VAULT_ROLE_ID with
/// VAULT_SECRET_ID (AppRole), or the file `~/.vault-token`.
struct VaultStore: Sendable {
    /// The variables that it reads, of the caller's shell or the engine's.
    static let variables = [
        "VAULT_ADDR", "VAULT_TOKEN", "VAULT_NAMESPACE", "VAULT_CACERT", "VAULT_ROLE_ID", "VAULT_SECRET_ID",
    ]

    /// One version of a secret: its texts by key.
    struct Document: Sendable {
        var values: [String: Secret]
        var version: Int
        /// It holds numbers, lists or the like as well, which would be lost if it were written again.
        var hasOthers: Bool
    }

    var secret: String
    /// The mount and the secret's path in it.
    var path: String
    var http: any HTTPSending
    var limit: Duration
    var home: String
    /// A variable of the caller's shell, or of the engine's environment.
    var variable: @Sendable (String) -> Secret?

    func read(version: Int?) async throws(SecretError) -> Document {
        let (status, body) = try await ask("GET", "data", query: version.map { "?version=\($0)" } ?? "")
        guard status == 200 else { throw refusal(status, body) }
        guard let document = body.document else {
            throw failed(
                "what it answers has no data.data: \(mount) is perhaps a KV engine of version 1, which has none")
        }
        return document
    }

    /// Writes a new version with this key changed, if nobody has written one since `document` was read.
    func write(_ key: String, _ value: Secret, over document: Document) async throws(SecretError) {
        struct Body: Encodable {
            struct Options: Encodable { var cas: Int }
            var data: [String: String]
            var options: Options
        }
        guard !document.hasOthers else {
            throw failed(
                "it holds more than texts, which writing it from here would lose: change it with vault kv patch")
        }
        var data = document.values.mapValues { $0.reveal() }
        data[key] = value.reveal()
        let bytes: [UInt8]
        do {
            bytes = Array(try JSONEncoder().encode(Body(data: data, options: .init(cas: document.version))))
        } catch { throw failed("its values cannot be written as JSON") }
        let (status, body) = try await ask("POST", "data", body: bytes)
        if status == 400 {
            throw failed("it was changed by somebody else meanwhile (or Vault refuses the write); try again")
        }
        guard status == 200 || status == 204 else { throw refusal(status, body, writing: true) }
    }

    // MARK: Requests

    private var mount: Substring { path.prefix { $0 != "/" } }
    private var rest: Substring { path.dropFirst(mount.count + 1) }

    private func ask(
        _ method: String, _ operation: String, query: String = "", body: [UInt8]? = nil
    ) async throws(SecretError) -> (Int, VaultAnswer) {
        let token = try await token()
        let place =
            "/v1/\(mount.percentEncoded(keeping: "/"))/\(operation)/\(rest.percentEncoded(keeping: "/"))\(query)"
        return try await send(method, place, token: token, body: body)
    }

    private func send(
        _ method: String, _ place: String, token: Secret?, body: [UInt8]?
    ) async throws(SecretError) -> (Int, VaultAnswer) {
        var request = HTTPRequest(method, try address() + place, timeout: limit, connectTimeout: limit)
        request.maximumBodyBytes = 1 << 20
        request.headers.append((name: "X-Vault-Request", value: "true"))
        if let token { request.headers.append((name: "X-Vault-Token", value: token.reveal())) }
        if let namespace = filled("VAULT_NAMESPACE") {
            request.headers.append((name: "X-Vault-Namespace", value: namespace.reveal()))
        }
        if let body {
            request.headers.append((name: "Content-Type", value: "application/json"))
            request.body = .bytes(body)
        }
        request.certificateAuthorities = filled("VAULT_CACERT")?.reveal()
        do {
            let response = try await http.send(request)
            return (response.status, VaultAnswer(response.body))
        } catch .timedOut {
            throw .timedOut(secret: secret, source: "Vault's \(path)", after: limit)
        } catch .invalidRequest {
            throw failed("VAULT_ADDR, the token or the namespace holds what no request may (a line end?)")
        } catch {
            // Such an error names the address and what went wrong, never a header.
            throw failed("\(error)")
        }
    }

    private func address() throws(SecretError) -> String {
        guard let text = filled("VAULT_ADDR")?.reveal() else {
            throw failed("VAULT_ADDR is not set; set it where you run tidegate, such as https://vault.internal:8200")
        }
        let isLocal = ["http://127.0.0.1", "http://localhost", "http://[::1]"].contains { start in
            text.hasPrefix(start) && [nil, ":", "/"].contains(text.dropFirst(start.count).first)
        }
        guard text.hasPrefix("https://") || isLocal else {
            throw failed("VAULT_ADDR is no https:// address: the token would cross the network in the open")
        }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }

    private func filled(_ name: String) -> Secret? { variable(name).flatMap { $0.isEmpty ? nil : $0 } }

    private func token() async throws(SecretError) -> Secret {
        if let token = filled("VAULT_TOKEN") { return token }
        if let role = filled("VAULT_ROLE_ID"), let id = filled("VAULT_SECRET_ID") { return try await login(role, id) }
        if let bytes = try PrivateFile.read("\(home)/.vault-token") {
            let text = String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
            if !text.isEmpty { return Secret(text) }
        }
        throw failed(
            "nobody is logged in: set VAULT_TOKEN, or VAULT_ROLE_ID and VAULT_SECRET_ID, or run vault login")
    }

    private func login(_ role: Secret, _ id: Secret) async throws(SecretError) -> Secret {
        let body: [UInt8]
        do {
            body = Array(try JSONEncoder().encode(["role_id": role.reveal(), "secret_id": id.reveal()]))
        } catch { throw failed("the role cannot be written as JSON") }
        let (status, answer) = try await send("POST", "/v1/auth/approle/login", token: nil, body: body)
        guard status == 200, let token = answer.token else {
            if status == 503 { throw refusal(status, answer) }
            throw failed(
                "it refuses the role of VAULT_ROLE_ID (\(status)): check VAULT_SECRET_ID, which may have expired")
        }
        return token
    }

    // MARK: Refusals

    private func refusal(_ status: Int, _ body: VaultAnswer, writing: Bool = false) -> SecretError {
        switch status {
        case 403:
            failed(
                "the token may not \(writing ? "write" : "read") it, or has expired (403): its policy needs "
                    + "\(writing ? "create and update" : "read") on \(mount)/data/\(rest)")
        case 404:
            failed(
                body.gone.map { "its version \($0.version) was \($0.how): restore it, or name another with version:" }
                    ?? "there is nothing there (404): check the mount \(mount), the path \(rest) and the version")
        case 429, 472, 473: failed("this node is on standby (\(status)): set VAULT_ADDR to the active one")
        case 301, 302, 307, 308: failed("this node leads to another (\(status)): set VAULT_ADDR to the active one")
        case 503: failed("Vault is sealed, or in maintenance (503): unseal it, or wait")
        case 500...: failed("Vault answers \(status): look at its log")
        default: failed("Vault answers \(status): check VAULT_ADDR and VAULT_NAMESPACE")
        }
    }

    private func failed(_ reason: String) -> SecretError { .vault(secret: secret, path: path, reason: reason) }
}

/// What Vault answers, as far as it is asked for here.
struct VaultAnswer: Sendable {
    var document: VaultStore.Document?
    /// Why a version has no data.
    var gone: (version: Int, how: String)?
    var token: Secret?

    private struct Wire: Decodable {
        struct Outer: Decodable {
            var data: [String: Value]?
            var metadata: Metadata?
        }
        struct Metadata: Decodable {
            var version: Int?
            var deletion_time: String?
            var destroyed: Bool?
        }
        struct Login: Decodable { var client_token: String }
        var data: Outer?
        var auth: Login?
    }

    /// Texts are values; anything else that a secret holds is left alone, and cannot be used.
    private enum Value: Decodable {
        case text(String)
        case other

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            self = (try? container.decode(String.self)).map(Value.text) ?? .other
        }
    }

    init(_ body: [UInt8]) {
        guard let wire = try? JSONDecoder().decode(Wire.self, from: Data(body)) else { return }
        token = wire.auth.map { Secret($0.client_token) }
        let version = wire.data?.metadata?.version
        if let data = wire.data?.data, let version {
            let texts = data.compactMapValues { if case .text(let text) = $0 { Secret(text) } else { nil } }
            document = VaultStore.Document(values: texts, version: version, hasOthers: texts.count < data.count)
        } else if let metadata = wire.data?.metadata, let version {
            let time = metadata.deletion_time.map { $0.isEmpty ? "" : " at \($0)" } ?? ""
            gone = (version, metadata.destroyed == true ? "destroyed" : "deleted\(time)")
        }
    }
}
