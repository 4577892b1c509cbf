import Foundation
import HTTPClient
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct FailureTests {
    private let client = HTTPClient()

    private func failure(_ request: HTTPRequest) async -> HTTPError? {
        do throws(HTTPError) {
            let response = try await client.send(request)
            Issue.record("answered with \(response.status)")
            return nil
        } catch {
            return error
        }
    }

    private func failure(of script: @escaping @Sendable (ScriptedConnection) -> Void) async throws -> HTTPError? {
        let server = try ScriptedServer(script)
        return await failure(HTTPRequest("GET", server.url + "/", timeout: .seconds(20), maximumBodyBytes: 1_000))
    }

    @Test func `nobody listens`() async throws {
        let url = "http://127.0.0.1:\(try freePort())/"
        guard case .connectionRefused(url, _) = await failure(HTTPRequest("GET", url)) else {
            Issue.record("not refused")
            return
        }
    }

    @Test func `the unix socket is not there`() async throws {
        let folder = try TemporaryFolder()
        let request = HTTPRequest("GET", "http://control/", unixSocket: folder.file("none.sock"))
        guard case .connectionRefused("http://control/ over \(folder.file("none.sock"))", _) = await failure(request)
        else {
            Issue.record("not refused")
            return
        }
    }

    @Test func `a name that cannot exist is not found`() async {
        #expect(
            await failure(HTTPRequest("GET", "http://no.such.host.invalid/"))
                == .hostNotFound(url: "http://no.such.host.invalid/"))
    }

    @Test(arguments: [
        "this is not HTTP\r\n\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnot a length\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: minus one\r\n\r\n",
    ])
    func `what is not HTTP is malformed`(answer: String) async throws {
        let error = try await failure { connection in
            _ = connection.readRequest()
            connection.write(answer)
        }
        guard case .malformedResponse = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test(arguments: [
        "", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    ])
    func `an answer that breaks off is a lost connection`(answer: String) async throws {
        let error = try await failure { connection in
            _ = connection.readRequest()
            connection.write(answer)
        }
        guard case .connectionLost = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `a reset is a lost connection`() async throws {
        let error = try await failure { connection in
            _ = connection.readRequest()
            connection.reset()
        }
        guard case .connectionLost = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test(arguments: ["Content-Length: 1001\r\n\r\n", "Connection: close\r\n\r\n"])
    func `too large, whether announced or not`(head: String) async throws {
        let error = try await failure { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\n\(head)" + String(repeating: "x", count: 1_001))
        }
        guard case .tooLarge(_, limit: 1_000) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `an answer of exactly the limit is fine`() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.respond(body: String(repeating: "x", count: 1_000))
        }
        let response = try await client.send(HTTPRequest("GET", server.url + "/", maximumBodyBytes: 1_000))
        #expect(response.body.count == 1_000)
    }

    @Test func `headers without end are too large`() async throws {
        let error = try await failure { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\n")
            while connection.write("X: " + String(repeating: "y", count: 10_000) + "\r\n") {}
        }
        guard case .tooLarge = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `a redirect without end is refused`() async throws {
        let server = try ScriptedServer { connection in
            while connection.readRequest() != nil { connection.respond("302 Found", headers: ["Location: /"]) }
        }
        let error = await failure(HTTPRequest("GET", server.url + "/", maximumRedirects: 3))
        #expect(error == .tooManyRedirects(url: server.url + "/", limit: 3))
    }

    @Test func `a file that cannot be read is named`() async throws {
        let folder = try TemporaryFolder()
        let missing = folder.file("none.pdf")
        let error = await failure(HTTPRequest("PUT", "http://127.0.0.1:9/", body: .file(path: missing)))
        #expect(error == .unreadableBody(path: missing, reason: "No such file or directory"))
        let notAFile = await failure(HTTPRequest("PUT", "http://127.0.0.1:9/", body: .file(path: folder.path)))
        #expect(notAFile == .unreadableBody(path: folder.path, reason: "not a regular file"))
    }

    @Test(arguments: [
        HTTPRequest("GET", "ftp://host/"), HTTPRequest("GET", "http:///path"), HTTPRequest("GET", "http://a/b c"),
        HTTPRequest("GET /", "http://a/"), HTTPRequest("GET", "http://a/", headers: [("X Y", "1")]),
        HTTPRequest("GET", "http://a/", headers: [("X", "1\r\nY: 2")]),
        HTTPRequest("GET", "http://a/", timeout: .zero),
        HTTPRequest("GET", "http://a/", unixSocket: String(repeating: "s", count: 200)),
    ])
    func `what cannot be sent as it stands is refused`(request: HTTPRequest) async {
        guard case .invalidRequest = await failure(request) else {
            Issue.record("sent")
            return
        }
    }

    @Test func `errors show neither passwords, nor signatures, nor header values`() async throws {
        let url = "http://me:hunter2@127.0.0.1:\(try freePort())/signed?signature=hunter2#hunter2"
        let error = try #require(await failure(HTTPRequest("GET", url, headers: [("Authorization", "hunter2")])))
        #expect(!"\(error)".contains("hunter2"))
        #expect(!String(reflecting: error).contains("hunter2"))
        #expect("\(error)".contains("/signed?…"))
        let broken = try #require(await failure(HTTPRequest("GET", "http://a/", headers: [("X", "hunter2\n")])))
        #expect(!"\(broken)".contains("hunter2"))
    }

    @Test func `printing a request or an answer shows no header, body or signature`() {
        let request = HTTPRequest(
            "POST", "http://a/b?sig=hunter2", headers: [("Authorization", "hunter2")],
            body: .bytes(Array("hunter2".utf8)))
        let response = HTTPResponse(
            status: 200, headers: [("Set-Cookie", "hunter2")], body: Array("hunter2".utf8), timings: HTTPTimings())
        var dumped = ""
        dump(request, to: &dumped)
        dump(response, to: &dumped)
        let shown = "\(request) \(response) \(String(reflecting: request)) \(String(reflecting: response)) \(dumped)"
        #expect(!shown.contains("hunter2"))
        #expect(shown.hasPrefix("POST http://a/b?… 200, 7 bytes"))
    }
}
