import Contract
import Foundation
import HTTPClient
import Subprocess
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import Operations

@Suite(.timeLimit(.minutes(2)))
struct PreflightProviderTests {
    static let key = "sk-canary-4471-not-to-be-seen"

    private func harness(_ url: String) -> PreflightHarness {
        var harness = PreflightHarness(["OPENAI_URL": url, "OPENAI_API_KEY": Self.key])
        harness.declarations = [
            VariableDeclaration(name: "OPENAI_API_KEY", kind: .string, summary: "key", secret: true)
        ]
        harness.providers = [
            ProviderContract(
                name: "openai", addressVariable: "OPENAI_URL", keyVariable: "OPENAI_API_KEY", probePath: "/v1/models")
        ]
        return harness
    }

    @Test(arguments: [
        ("200 OK", [String](), CheckOutcome.passed, "takes the key of OPENAI_API_KEY"),
        ("401 Unauthorized", [], .failed, "refuses the key of OPENAI_API_KEY (401)"),
        ("403 Forbidden", [], .failed, "refuses the key of OPENAI_API_KEY (403)"),
        ("404 Not Found", [], .failed, "Check OPENAI_URL"),
        ("429 Too Many", [], .warned, "answers 429; a rollout will wait"),
        ("503 Down", [], .warned, "answers 503; a rollout will wait"),
        ("302 Found", ["Location: /login"], .failed, "as a login page does"),
        ("200 OK", ["Content-Type: text/html; charset=utf-8"], .failed, "a web page"),
    ])
    func `a provider's answer to the real key is judged`(
        status: String, headers: [String], outcome: CheckOutcome, words: String
    ) async throws {
        let asked = Asked()
        let server = try ScriptedServer { connection in
            while let request = connection.readRequest() {
                asked.requests.withLock { $0.append(request) }
                connection.respond(status, headers: headers, body: "{}")
            }
        }
        let results = await harness(server.url).results()
        #expect(results.count == 1)
        #expect(results[0].report.outcome == outcome)
        #expect(results[0].subject == "OPENAI_API_KEY" && results[0].place == PreflightHarness.place)
        #expect([results[0].report].words.contains(words), "\([results[0].report].words)")
        #expect(!"\(results)".contains(Self.key))
        let requests = asked.requests.withLock { $0 }
        #expect(requests.map(\.line) == ["GET /v1/models HTTP/1.1"])
        #expect(requests[0].headers["authorization"] == "Bearer \(Self.key)")
    }

    @Test func `a provider that hangs ends with its limit, and nobody there is told from that`() async throws {
        let server = try ScriptedServer { $0.waitForEnd() }
        var hanging = harness(server.url)
        hanging.limit = .milliseconds(300)
        #expect(await hanging.said().outcome == .unreachable)
        let nobody = await harness("http://127.0.0.1:\(try freePort())").said()
        #expect(nobody.outcome == .unreachable)
        #expect(nobody.words.contains("check that it runs"))
        let unknown = await harness("http://no-such-host.invalid").said()
        #expect(unknown.outcome == .unreachable)
    }

    @Test(arguments: [
        (-3, CheckOutcome.failed, "has expired"), (12, .warned, "expires in 12 days"), (400, .passed, "takes the key"),
    ])
    func `a certificate's end is seen`(days: Int, outcome: CheckOutcome, words: String) async throws {
        let now = Date.now
        // An hour more, so that the whole days are what they are however long this takes.
        let authority = try await TLSAuthority(until: now.addingTimeInterval(Double(days) * 86_400 + 3600))
        try await authority.serving { port in
            var harness = harness("https://localhost:\(port)")
            harness.authorities = authority.certificate
            harness.now = Int64(now.timeIntervalSince1970)
            let said = await harness.said()
            #expect(said.outcome == outcome, "\(said.words)")
            #expect(said.words.contains(words), "\(said.words)")
        }
    }

    @Test func `a certificate of an unknown authority or for another name is refused`() async throws {
        let authority = try await TLSAuthority(until: Date.now.addingTimeInterval(400 * 86_400))
        try await authority.serving { port in
            let unknown = await harness("https://localhost:\(port)").said()
            #expect(unknown.outcome == .failed)
            #expect(unknown.words.contains("from an authority that is not trusted here"), "\(unknown.words)")
            var other = harness("https://127.0.0.1:\(port)")
            other.authorities = authority.certificate
            let said = await other.said()
            #expect(said.outcome == .failed)
            #expect(said.words.contains("is for another name"), "\(said.words)")
        }
    }

    final class Asked: Sendable { let requests = Mutex<[ReceivedRequest]>([]) }
}

/// A certificate for localhost of any years, and a server that shows it.
struct TLSAuthority {
    let folder: TemporaryFolder
    var certificate: String { folder.file("cert.pem") }

    init(until end: Date) async throws {
        folder = try TemporaryFolder()
        try folder.write("index.txt", "")
        try folder.write("serial", "01\n")
        try folder.write(
            "ca.cnf",
            """
            [ca]
            default_ca = d
            [d]
            database = index.txt
            new_certs_dir = .
            serial = serial
            default_md = sha256
            policy = p
            x509_extensions = x
            [p]
            commonName = supplied
            [x]
            subjectAltName = DNS:localhost
            basicConstraints = critical,CA:TRUE
            """)
        try await openssl([
            "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "key.pem",
            "-out", "request.pem", "-subj", "/CN=localhost",
        ])
        try await openssl([
            "ca", "-batch", "-notext", "-selfsign", "-config", "ca.cnf", "-keyfile", "key.pem", "-in", "request.pem",
            "-out", "cert.pem", "-startdate", "20200101000000Z", "-enddate", Self.text(end),
        ])
    }

    /// As ASN.1 has it: `20261121090807Z`.
    private static func text(_ date: Date) -> String {
        date.formatted(.iso8601).filter { $0.isNumber } + "Z"
    }

    private func openssl(_ arguments: [String]) async throws {
        let made = try await run(
            .name("openssl"), arguments: Arguments(arguments), workingDirectory: FilePath(folder.path),
            output: .discarded, error: .string(limit: 10_000))
        try #require(made.terminationStatus.isSuccess, "\(made.standardError)")
    }

    /// `openssl s_server` answers each GET with 200.
    func serving(_ body: @Sendable (Int) async throws -> Void) async throws {
        let port = try freePort()
        _ = try await run(
            .name("openssl"),
            arguments: [
                "s_server", "-accept", "127.0.0.1:\(port)", "-key", folder.file("key.pem"), "-cert", certificate,
                "-WWW", "-quiet",
            ], workingDirectory: FilePath(try site()), input: .none, output: .discarded, error: .discarded
        ) { execution in
            let listens = await eventually {
                do throws(HTTPError) {
                    _ = try await PreflightHarness.http.send(HTTPRequest("GET", "https://127.0.0.1:\(port)/"))
                } catch {
                    if case .connectionRefused = error { return false }
                }
                return true
            }
            #expect(listens)
            try await body(port)
            try execution.send(signal: .terminate)
        }
    }

    /// What `-WWW` serves: files, as they are.
    private func site() throws -> String {
        try folder.write("site/v1/models", "{}")
        return folder.file("site")
    }
}
