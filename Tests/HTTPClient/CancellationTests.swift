import Foundation
import HTTPClient
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct CancellationTests {
    /// Answers nothing, and notices when the client hangs up.
    private func silentServer() throws -> ScriptedServer {
        try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.waitForEnd()
        }
    }

    @Test func `cancelling the task ends the transfer`() async throws {
        let server = try silentServer()
        let client = HTTPClient()
        let task = Task { try await client.send(HTTPRequest("GET", server.url + "/", timeout: .seconds(50))) }
        #expect(await eventually { server.open == 1 })
        task.cancel()
        await #expect(throws: HTTPError.cancelled(url: server.url + "/")) { try await task.value }
        #expect(await eventually { server.open == 0 })
    }

    @Test func `a task that was cancelled before sends nothing`() async throws {
        let server = try silentServer()
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await HTTPClient().send(HTTPRequest("GET", server.url + "/"))
        }
        await #expect(throws: HTTPError.cancelled(url: server.url + "/")) { try await task.value }
        #expect(server.accepted == 0)
    }

    @Test func `cancelling ends a request that waits for its turn`() async throws {
        let server = try silentServer()
        let client = HTTPClient(maximumConnections: 1)
        let first = Task { try await client.send(HTTPRequest("GET", server.url + "/1", timeout: .seconds(50))) }
        #expect(await eventually { server.open == 1 })
        let second = Task { try await client.send(HTTPRequest("GET", server.url + "/2", timeout: .seconds(50))) }
        second.cancel()
        await #expect(throws: HTTPError.cancelled(url: server.url + "/2")) { try await second.value }
        #expect(server.accepted == 1)
        first.cancel()
        _ = await first.result
    }

    @Test func `cancelling the reader of a stream ends it`() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            connection.waitForEnd()
        }
        let response = try await HTTPClient().stream(HTTPRequest("GET", server.url + "/"))
        let reader = Task { for try await _ in response.body {} }
        reader.cancel()
        // It ends as any cancelled sequence does: with the error, or simply with no more elements.
        _ = await reader.result
        #expect(await eventually { server.open == 0 })
    }

    @Test func `closing ends what is under way, and the thread`() async throws {
        let server = try silentServer()
        let client = HTTPClient(name: "closing-test")
        #expect(try await eventually { try threads(named: "closing-test") == 1 })
        let task = Task { try await client.send(HTTPRequest("GET", server.url + "/", timeout: .seconds(50))) }
        #expect(await eventually { server.open == 1 })
        client.close()
        await #expect(throws: HTTPError.cancelled(url: server.url + "/")) { try await task.value }
        await #expect(throws: HTTPError.cancelled(url: server.url + "/")) {
            try await client.send(HTTPRequest("GET", server.url + "/"))
        }
        #expect(try await eventually { try threads(named: "closing-test") == 0 })
    }

    @Test func `the thread ends with the last reference`() async throws {
        do {
            let client = HTTPClient(name: "deinit-test")
            #expect(try await eventually { try threads(named: "deinit-test") == 1 })
            withExtendedLifetime(client) {}
        }
        #expect(try await eventually { try threads(named: "deinit-test") == 0 })
    }

    private func threads(named name: String) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count { task in
            // A thread may end between listing and reading.
            (try? String(contentsOfFile: "/proc/self/task/\(task)/comm", encoding: .utf8)) == name + "\n"
        }
    }
}
