import Foundation
import HTTPClient
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct TimeLimitTests {
    private let client = HTTPClient(maximumConnections: 4)
    private let limit = Duration.milliseconds(300)

    private func phase(_ request: HTTPRequest) async -> String? {
        do throws(HTTPError) {
            _ = try await client.send(request)
            return nil
        } catch {
            guard case .timedOut(_, let phase, let after) = error else { return "\(error)" }
            #expect(after == limit)
            return phase
        }
    }

    @Test func `waiting for a connection`() async throws {
        // A full queue that nobody accepts from: further connections are neither made nor refused.
        let (listener, port) = try listenOnTCP(backlog: 0)
        defer { close(listener) }
        let fillers = (0..<4).map { _ in
            Task {
                let fill = HTTPRequest(
                    "GET", "http://127.0.0.1:\(port)/", timeout: .seconds(30), connectTimeout: .seconds(30))
                _ = try await HTTPClient().send(fill)
            }
        }
        defer { for filler in fillers { filler.cancel() } }
        let url = "http://127.0.0.1:\(port)/"
        let expected = HTTPError.timedOut(url: url, phase: "connect", after: limit)
        let isStuck = await eventually {
            do throws(HTTPError) {
                _ = try await client.send(HTTPRequest("GET", url, timeout: .seconds(1), connectTimeout: limit))
                return false
            } catch {
                return error == expected
            }
        }
        #expect(isStuck)
    }

    @Test func `waiting for the TLS handshake`() async throws {
        let server = try ScriptedServer { $0.waitForEnd() }
        let url = "https://127.0.0.1:\(server.port)/"
        #expect(await phase(HTTPRequest("GET", url, timeout: limit)) == "tls")
        #expect(await phase(HTTPRequest("GET", url, connectTimeout: limit)) == "tls")
    }

    @Test func `waiting for the first byte`() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.waitForEnd()
        }
        #expect(await phase(HTTPRequest("GET", server.url + "/", timeout: limit)) == "first byte")
        #expect(await phase(HTTPRequest("POST", server.url + "/", body: .bytes([1]), timeout: limit)) == "first byte")
    }

    @Test func `waiting for the rest of the body`() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
            connection.waitForEnd()
        }
        #expect(await phase(HTTPRequest("GET", server.url + "/", timeout: limit)) == "body")
    }

    @Test func `waiting on a kept connection`() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.respond(body: "ok")
            connection.waitForEnd()
        }
        #expect(try await client.send(HTTPRequest("GET", server.url + "/")).text == "ok")
        #expect(await phase(HTTPRequest("GET", server.url + "/", timeout: limit)) == "first byte")
        #expect(server.accepted == 1)
    }

    @Test func `waiting for a turn`() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.waitForEnd()
        }
        let url = server.url
        let client = client
        let holders = (0..<4).map { _ in
            Task { _ = try await client.send(HTTPRequest("GET", url + "/", timeout: .seconds(50))) }
        }
        #expect(await eventually { server.open == 4 })
        #expect(await phase(HTTPRequest("GET", url + "/", timeout: limit)) == "queue")
        for holder in holders { holder.cancel() }
    }

    @Test func `the error says what it waited for`() {
        let error = HTTPError.timedOut(url: "http://a/", phase: "tls", after: .seconds(5))
        #expect("\(error)" == "http://a/ did not answer within 5.0 seconds, waiting for the TLS handshake (tls).")
    }
}
