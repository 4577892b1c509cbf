import Foundation
import HTTPClient
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct StreamTests {
    @Test func `the head and the first bytes arrive before the answer ends`() async throws {
        let headSeen = DispatchSemaphore(value: 0)
        let firstSeen = DispatchSemaphore(value: 0)
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            guard headSeen.wait(timeout: .now() + 20) == .success else { return }
            connection.write("5\r\nfirst\r\n")
            guard firstSeen.wait(timeout: .now() + 20) == .success else { return }
            connection.write("4\r\nlast\r\n0\r\n\r\n")
        }
        let response = try await HTTPClient().stream(HTTPRequest("GET", server.url + "/"))
        #expect(response.status == 200)
        headSeen.signal()
        var body = response.body.makeAsyncIterator()
        #expect(try await body.next() == Array("first".utf8))
        firstSeen.signal()
        #expect(try await body.next() == Array("last".utf8))
        #expect(try await body.next() == nil)
    }

    @Test func `the time limit ends with the head`() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n")
            Thread.sleep(forTimeInterval: 0.6)
            connection.write("late")
        }
        let response = try await HTTPClient().stream(
            HTTPRequest("GET", server.url + "/", timeout: .milliseconds(400), maximumBodyBytes: 1))
        #expect(try await text(response) == "late")
    }

    @Test func `no head within the time limit is an error`() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.waitForEnd()
        }
        let expected = HTTPError.timedOut(url: server.url + "/", phase: "first byte", after: .milliseconds(200))
        await #expect(throws: expected) {
            try await HTTPClient().stream(HTTPRequest("GET", server.url + "/", timeout: .milliseconds(200)))
        }
    }

    @Test func `a slow reader holds the sender back, and still gets every byte`() async throws {
        let sent = Mutex(0)
        let total = 32 << 20
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n")
            let piece = [UInt8](repeating: 7, count: 1 << 20)
            while sent.withLock({ $0 }) < total, connection.write(piece) { sent.withLock { $0 += piece.count } }
        }
        let response = try await HTTPClient().stream(HTTPRequest("GET", server.url + "/"))
        // Nobody reads yet: the sender gets stuck once the buffers between are full.
        var before = -1
        while before != sent.withLock({ $0 }) {
            before = sent.withLock { $0 }
            try await Task.sleep(for: .milliseconds(200))
        }
        #expect(before < total / 2)
        var received = 0
        for try await bytes in response.body { received += bytes.count }
        #expect(received == total)
    }

    @Test func `letting go of a stream ends its transfer`() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n")
            connection.waitForEnd()
        }
        let client = HTTPClient()
        do {
            let response = try await client.stream(HTTPRequest("GET", server.url + "/"))
            var body = response.body.makeAsyncIterator()
            _ = try await body.next()
        }
        #expect(await eventually { server.open == 0 })
    }

    @Test func `a stream that breaks off throws after what arrived`() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        }
        let response = try await HTTPClient().stream(HTTPRequest("GET", server.url + "/"))
        var seen: [UInt8] = []
        let failure = await #expect(throws: HTTPError.self) {
            for try await bytes in response.body { seen += bytes }
        }
        #expect(seen == Array("half".utf8))
        guard case .connectionLost = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
    }

    private func text(_ response: HTTPStreamedResponse) async throws -> String {
        var bytes: [UInt8] = []
        for try await more in response.body { bytes += more }
        return String(decoding: bytes, as: UTF8.self)
    }
}
