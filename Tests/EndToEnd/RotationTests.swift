import Foundation
import HTTPClient
import Synchronization
import TestSupport
import Testing

extension EndToEnd {
    @Suite struct `Rotating a secret` {
        private static let old = "first:5f0c1e7d9b3a48261f7e0d5c9a8b4e3d2c1f6a7b8e9d0c4f5a6b7c8d9e0f1a2b"
        private static let name = "UPLOAD_PIPELINE_JWT_SECRET"

        /// Signing keys from a file, declared as such.
        private func prepare(_ stack: Stack) throws {
            try stack.hasten()
            try stack.folder.write("jwt.keys", Self.old + "\n")
            try stack.rewrite("environments/dev.yaml") { text in
                text.replacing(
                    "\(Self.name): { from: generated, bytes: 32 }", with: "\(Self.name): { from: file, path: jwt.keys }"
                )
            }
            for file in ["contracts/api.json", "artifacts/api/artifact.json"] {
                try stack.rewrite(file) { text in
                    if text.contains("signing-keys") { return text }
                    let range = try #require(text.firstRange(of: #""name" : "\#(Self.name)","#))
                    return text.replacingCharacters(in: range, with: #""format" : "signing-keys", \#(text[range])"#)
                }
            }
        }

        private func keys(_ stack: Stack) throws -> [String] {
            try String(contentsOfFile: stack.folder.file("jwt.keys"), encoding: .utf8)
                .trimmingCharacters(in: .newlines).split(separator: ",").map { String($0.prefix { $0 != ":" }) }
        }

        @Test func `incident 4: tokens of the old key and the new are accepted until the old one is retired`()
            async throws
        {
            try await Stack.with(prepare: prepare) { stack in
                try await stack.lightlySteady()
                let visitors = Visitors(stack.api)
                try await visitors.register()
                let load = Task { try await visitors.visit() }

                let rotating = try stack.start(["secrets", "rotate", "dev", Self.name, "--keep-old", "1h"])
                // The engine is killed in the middle; the command starts it again, and it goes on.
                let isSecond = await eventually(within: .seconds(120)) {
                    (try? rotating.output.contains("step 2 of 3")) == true || !rotating.isRunning
                }
                #expect(isSecond && rotating.isRunning)
                #expect(await stack.killEngine())
                let rotated = try await rotating.result()
                #expect(rotated.exit == 0, "\(rotated.output)\(rotated.errors)\(stack.engineLog().suffix(2000))")
                #expect(rotated.output.contains("both keys are accepted"), "\(rotated.output)")

                let both = try keys(stack)
                #expect(both.count == 2 && both.last == "first", "\(both)")
                try await visitors.register()
                visitors.stop()
                try await load.value
                let seen = visitors.seen
                #expect(seen.refused == [], "of \(seen.requests)")
                #expect(seen.requests > 20 && seen.tokens.count > 2)
                #expect(Set(seen.tokens.compactMap(kid)) == Set(both))

                let listed = try await stack.tidegate("secrets", "list", "dev")
                #expect(listed.output.contains("--retire"), "\(listed.output)")
                let retired = try await stack.tidegate("secrets", "rotate", "dev", Self.name, "--retire")
                #expect(retired.exit == 0, "\(retired.output)\(retired.errors)")
                #expect(try keys(stack) == [both[0]])
                for token in seen.tokens {
                    #expect(try await visitors.status(token) == (kid(token) == "first" ? 401 : 200))
                }
            }
        }

        @Test func `that cannot be rolled out is taken back: the source holds the old value again`() async throws {
            func prepare(_ stack: Stack) throws {
                try stack.hasten()
                try stack.folder.write("database", "sqlite:\(stack.state)/dev/pipeline.sqlite\n")
                try stack.rewrite("environments/dev.yaml") { text in
                    text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
                        line.hasPrefix("  UPLOAD_PIPELINE_DATABASE_URL:")
                            ? "  UPLOAD_PIPELINE_DATABASE_URL: { from: file, path: database }" : String(line)
                    }.joined(separator: "\n")
                }
            }
            try await Stack.with(prepare: prepare) { stack in
                try await stack.lightlySteady()
                let before = try String(contentsOfFile: stack.folder.file("database"), encoding: .utf8)
                let wrong = "sqlite:/proc/nowhere/pipeline.sqlite"
                let rotated = try await stack.tidegate(
                    ["secrets", "rotate", "dev", "UPLOAD_PIPELINE_DATABASE_URL", "--stdin"], input: wrong)
                #expect(rotated.exit == 5, "\(rotated.output)\(rotated.errors)")
                #expect(try String(contentsOfFile: stack.folder.file("database"), encoding: .utf8) == before)
                #expect(try await stack.status().state != "rolling")
                let check = try await stack.tidegate("secrets", "check", "dev")
                #expect(check.exit == 0, "\(check.output)\(check.errors)")
            }
        }

        private func kid(_ token: String) -> String? {
            struct Header: Decodable { var kid: String }
            var text = String(token.prefix { $0 != "." }).replacing("-", with: "+").replacing("_", with: "/")
            while text.count % 4 != 0 { text += "=" }
            return Data(base64Encoded: text).flatMap { try? JSONDecoder().decode(Header.self, from: $0).kid }
        }
    }
}

/// People who register now and then, and ask for their jobs all the time, each with the token that they were given.
private final class Visitors: Sendable {
    struct Seen {
        var tokens: [String] = []
        var requests = 0
        var refused: [String] = []
        var isOver = false
    }

    private struct Session: Decodable {
        var accessToken: String
        enum CodingKeys: String, CodingKey { case accessToken = "access_token" }
    }

    private let api: String
    private let http = HTTPClient(maximumConnections: 8, name: "visitors")
    private let state = Mutex(Seen())

    init(_ api: String) { self.api = api }
    deinit { http.close() }

    var seen: Seen { state.withLock { $0 } }
    func stop() { state.withLock { $0.isOver = true } }

    func register() async throws {
        var request = HTTPRequest("POST", "\(api)/api/v2/auth/register", timeout: .seconds(60))
        request.headers = [(name: "Content-Type", value: "application/json")]
        let body = #"{"email":"\#(UUID().uuidString.lowercased())@visitors.test","password":"\#(UUID().uuidString)"}"#
        request.body = .bytes(Array(body.utf8))
        let response = try await http.send(request)
        try #require(response.status == 201, "\(response.status) \(response.text)")
        let token = try JSONDecoder().decode(Session.self, from: Data(response.body)).accessToken
        state.withLock { $0.tokens.append(token) }
    }

    func status(_ token: String) async throws -> Int {
        let request = HTTPRequest(
            "GET", "\(api)/api/v2/jobs", headers: [(name: "Authorization", value: "Bearer \(token)")],
            timeout: .seconds(60))
        return try await http.send(request).status
    }

    /// Every token in turn; after each round somebody new.
    func visit() async throws {
        while !seen.isOver {
            for token in seen.tokens {
                let status = try await status(token)
                state.withLock { state in
                    state.requests += 1
                    if status != 200 { state.refused.append("\(status)") }
                }
            }
            if seen.tokens.count < 40 { try await register() }
        }
    }
}
