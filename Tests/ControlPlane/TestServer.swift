import ControlPlane
import HTTPClient
import Logging
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

/// Both doors of a control plane, on a socket and a port of their own.
struct TestServer: Sendable {
    let folder: TemporaryFolder
    let port: Int
    let http: HTTPClient
    let group: ServiceGroup

    var socket: String { folder.file("control.sock") }

    var client: ControlClient { ControlClient(endpoint: .socket(socket), http: http, caller: "ada") }

    /// Over TCP, as a browser asks.
    func get(_ path: String, headers: [(name: String, value: String)] = []) async throws -> HTTPResponse {
        try await http.send(HTTPRequest("GET", "http://127.0.0.1:\(port)\(path)", headers: headers))
    }

    func page(_ path: String) async throws -> HTTPResponse {
        try await get(path, headers: [(name: "accept", value: "text/html")])
    }

    /// The page at `path` says `text`.
    func expect(_ text: String, at path: String) async throws {
        let page = try await page(path)
        #expect(page.text.contains(text))
    }

    static func run(_ control: any Control, _ body: @Sendable @escaping (TestServer) async throws -> Void) async throws
    {
        let folder = try TemporaryFolder()
        let (ports, listening) = AsyncStream.makeStream(of: Int?.self)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let hosts: Set<String> = ["127.0.0.1", "localhost"]
        let servers = [
            PlaneServer(
                control: control, door: .socket, address: .socket(path: folder.file("control.sock")),
                logger: logger, listening: { _ in listening.yield(nil) }),
            PlaneServer(
                control: control, door: .network(hosts: hosts), address: .network(try ListenAddress("127.0.0.1:0")),
                logger: logger, listening: { listening.yield($0) }),
        ]
        let group = ServiceGroup(services: servers, logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var port = 0
            var count = 0
            for await listened in ports {
                port = listened ?? port
                count += 1
                if count == 2 { break }
            }
            let http = HTTPClient(maximumConnections: 16)
            let server = TestServer(folder: folder, port: port, http: http, group: group)
            do { try await body(server) } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
            http.close()
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}
