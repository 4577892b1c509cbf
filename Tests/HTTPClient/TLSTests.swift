import Foundation
import HTTPClient
import Subprocess
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct TLSTests {
    private let folder: TemporaryFolder
    private var certificate: String { folder.file("cert.pem") }

    init() async throws {
        folder = try TemporaryFolder()
        let made = try await run(
            .name("openssl"),
            arguments: [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-keyout", folder.file("key.pem"), "-out", folder.file("cert.pem"), "-subj", "/CN=tide",
                "-addext", "subjectAltName=DNS:localhost",
            ], output: .discarded, error: .string(limit: 10_000))
        try #require(made.terminationStatus.isSuccess, "\(made.standardError)")
    }

    /// Serves the certificate while `body` runs; `openssl s_server` answers each GET with its state.
    private func serving(_ body: @Sendable (Int) async throws -> Void) async throws {
        let port = try freePort()
        _ = try await run(
            .name("openssl"),
            arguments: [
                "s_server", "-accept", "127.0.0.1:\(port)", "-key", folder.file("key.pem"), "-cert", certificate,
                "-www",
                "-quiet",
            ], input: .none, output: .discarded, error: .discarded
        ) { execution in
            let plain = HTTPClient()
            let listens = await eventually {
                do throws(HTTPError) {
                    _ = try await plain.send(HTTPRequest("GET", "https://127.0.0.1:\(port)/"))
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

    @Test func `a certificate is accepted from its authority, refused from anybody else and for another name`()
        async throws
    {
        let authority = certificate
        try await serving { port in
            let client = HTTPClient()
            let trusted = HTTPRequest("GET", "https://localhost:\(port)/", certificateAuthorities: authority)
            let response = try await client.send(trusted)
            #expect(response.status == 200)
            #expect(response.timings.tls > response.timings.connect)

            for request in [
                HTTPRequest("GET", "https://localhost:\(port)/"),
                HTTPRequest("GET", "https://127.0.0.1:\(port)/", certificateAuthorities: authority),
            ] {
                let failure = await #expect(throws: HTTPError.self) { try await client.send(request) }
                guard case .badCertificate(request.url, _, let detail) = failure else {
                    Issue.record("\(String(describing: failure))")
                    continue
                }
                #expect(!detail.isEmpty)
            }
        }
    }

    @Test func `a server that does not speak TLS is no TLS connection`() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.read(atMost: 100)
            connection.write("HTTP/1.1 400 Bad Request\r\n\r\n")
        }
        let failure = await #expect(throws: HTTPError.self) {
            try await HTTPClient().send(HTTPRequest("GET", "https://127.0.0.1:\(server.port)/"))
        }
        guard case .tlsFailed = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
    }
}
