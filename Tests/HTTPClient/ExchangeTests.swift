import Foundation
import HTTPClient
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ExchangeTests {
    @Test func `an answer comes back whole, with its timings`() async throws {
        let server = try ScriptedServer { connection in
            guard let request = connection.readRequest() else { return }
            connection.respond(
                "201 Created", headers: ["X-Echo: \(request.headers["x-ask"] ?? "")", "Empty:"], body: request.line)
        }
        let response = try await HTTPClient().send(
            HTTPRequest("GET", server.url + "/a?b=c", headers: [("X-Ask", "why"), ("X-None", "")]))
        #expect(response.status == 201)
        #expect(response.header("x-echo") == "why")
        #expect(response.header("empty") == "")
        #expect(response.text == "GET /a?b=c HTTP/1.1")
        #expect(response.timings.connect > 0)
        #expect(response.timings.firstByte >= response.timings.connect)
        #expect(response.timings.total >= response.timings.firstByte)
        #expect(response.timings.tls == 0)
    }

    @Test(arguments: ["POST", "PUT", "PATCH", "DELETE"])
    func `bytes are sent as they are, with no header that nobody asked for`(method: String) async throws {
        let server = try ScriptedServer { connection in
            guard let request = connection.readRequest() else { return }
            let names = request.headers.keys.sorted().joined(separator: ",")
            connection.respond(
                headers: ["X-Names: \(names)", "X-Line: \(request.line)"], body: "\(request.body.count)")
        }
        let body = [UInt8](repeating: 0, count: 3_000_000)
        let response = try await HTTPClient().send(HTTPRequest(method, server.url + "/", body: .bytes(body)))
        #expect(response.text == "3000000")
        #expect(response.header("X-Line") == "\(method) / HTTP/1.1")
        #expect(response.header("X-Names") == "accept,content-length,host")
    }

    @Test func `an empty body has a length of zero`() async throws {
        let server = try ScriptedServer { connection in
            let request = connection.readRequest()
            connection.respond(body: request?.headers["content-length"] ?? "none")
        }
        let client = HTTPClient()
        for method in ["POST", "PUT"] {
            let response = try await client.send(HTTPRequest(method, server.url + "/", freshConnection: true))
            #expect(response.text == "0")
        }
    }

    @Test func `a file is sent from disk with its length`() async throws {
        let folder = try TemporaryFolder()
        let text = String(repeating: "tide ", count: 400_000)
        let path = try folder.write("body.txt", text)
        let server = try ScriptedServer { connection in
            guard let request = connection.readRequest() else { return }
            connection.respond(body: "\(request.line) \(request.body == Array(text.utf8))")
        }
        let response = try await HTTPClient().send(
            HTTPRequest("PUT", server.url + "/f", body: .file(path: path), maximumBodyBytes: 100))
        #expect(response.text == "PUT /f HTTP/1.1 true")
    }

    @Test func `HEAD has no body, whatever length it names`() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n")
            connection.waitForEnd()
        }
        let response = try await HTTPClient().send(
            HTTPRequest("HEAD", server.url + "/", maximumBodyBytes: 10, freshConnection: true))
        #expect(response.body.isEmpty)
        #expect(response.header("content-length") == "99999999")
    }

    @Test func `a unix socket serves as well as a host`() async throws {
        let folder = try TemporaryFolder()
        let server = try ScriptedServer(unixSocket: folder.file("s.sock")) { connection in
            connection.respond(body: connection.readRequest()?.headers["host"] ?? "")
        }
        let response = try await HTTPClient().send(
            HTTPRequest("GET", "http://control/status", unixSocket: server.unixSocket))
        #expect(response.text == "control")
    }

    @Test func `connections are used again, unless a fresh one is asked for`() async throws {
        let server = try ScriptedServer { connection in
            while connection.readRequest() != nil { connection.respond(body: "ok") }
        }
        let client = HTTPClient()
        for _ in 0..<20 { _ = try await client.send(HTTPRequest("GET", server.url + "/")) }
        #expect(server.accepted == 1)
        for _ in 0..<3 { _ = try await client.send(HTTPRequest("GET", server.url + "/", freshConnection: true)) }
        #expect(server.accepted == 4)
    }

    @Test func `a thousand requests at once are all answered, over no more connections than allowed`() async throws {
        let busiest = Mutex((now: 0, most: 0))
        let server = try ScriptedServer { connection in
            busiest.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
            while let request = connection.readRequest() { connection.respond(body: request.line) }
            busiest.withLock { $0.now -= 1 }
        }
        let client = HTTPClient(maximumConnections: 50)
        let url = server.url
        let answers = try await withThrowingTaskGroup(of: String.self) { group in
            for number in 0..<1_000 {
                group.addTask {
                    try await client.send(HTTPRequest("GET", "\(url)/\(number)", timeout: .seconds(40))).text
                }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(answers.count == 1_000)
        #expect(busiest.withLock { $0.most } <= 50)
        #expect(server.accepted <= 50)
    }

    @Test func `a redirect is an answer unless following is allowed`() async throws {
        let server = try ScriptedServer { connection in
            while let request = connection.readRequest() {
                if request.line.hasPrefix("GET /end") {
                    connection.respond(body: "arrived")
                } else {
                    connection.respond("302 Found", headers: ["Location: /end", "X-First: yes"], body: "moved")
                }
            }
        }
        let client = HTTPClient()
        let plain = try await client.send(HTTPRequest("GET", server.url + "/start"))
        #expect(plain.status == 302)
        #expect(plain.text == "moved")
        let followed = try await client.send(HTTPRequest("GET", server.url + "/start", maximumRedirects: 1))
        #expect(followed.status == 200)
        #expect(followed.text == "arrived")
        #expect(followed.header("x-first") == nil)
    }

    @Test func `a kept connection that the server has closed costs no request`() async throws {
        let server = try ScriptedServer { connection in
            guard let request = connection.readRequest() else { return }
            // Promises to stay open, and closes.
            connection.respond(body: "\(request.body.count)")
        }
        let client = HTTPClient()
        for number in 1...20 {
            let response = try await client.send(
                HTTPRequest("POST", server.url + "/", body: .bytes(Array(repeating: 1, count: number))))
            #expect(response.text == "\(number)")
            #expect(await eventually { server.open == 0 })
        }
        #expect(server.accepted == 20)
    }

    @Test func `a redirect to another host does not take the authorization along`() async throws {
        let other = try ScriptedServer { connection in
            connection.respond(body: connection.readRequest()?.headers["authorization"] ?? "none")
        }
        let target = other.url.replacing("127.0.0.1", with: "localhost")
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.respond("302 Found", headers: ["Location: \(target)/"])
        }
        let response = try await HTTPClient().send(
            HTTPRequest("GET", server.url + "/", headers: [("Authorization", "Bearer t")], maximumRedirects: 1))
        #expect(response.text == "none")
    }
}
