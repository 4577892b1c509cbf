import Documents
import HTTPClient
import Logging
import ServiceLifecycle
import Simulators
import Synchronization
import TestSupport

/// The stand-ins on a free port, and the real clients for them.
struct RunningSimulator: Sendable {
    let base: String
    let folder: TemporaryFolder
    let http: HTTPClient

    static func with(_ body: @Sendable (RunningSimulator) async throws -> Void) async throws {
        let folder = try TemporaryFolder()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let (started, announce) = AsyncStream<Int>.makeStream()
        let simulator = try Simulator(port: 0, folder: folder.file("state"), logger: logger) { announce.yield($0) }
        let group = ServiceGroup(configuration: .init(services: [.init(service: simulator)], logger: logger))
        let http = HTTPClient(name: "test")
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var iterator = started.makeAsyncIterator()
            let port = await iterator.next() ?? 0
            let outcome: Result<Void, any Error>
            do {
                outcome = .success(
                    try await body(RunningSimulator(base: "http://127.0.0.1:\(port)", folder: folder, http: http)))
            } catch { outcome = .failure(error) }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            try outcome.get()
        }
        http.close()
    }

    func endpoint(key: String = "key") -> ProviderEndpoint { ProviderEndpoint(url: base, key: Credential(key)) }

    var parser: LlamaParseClient {
        LlamaParseClient(endpoint: endpoint(), http: http, formFolder: folder.path)
    }

    var embedder: OpenAIClient { OpenAIClient(endpoint: endpoint(), http: http) }

    func setFaults(_ json: String) async throws {
        let reply = try await http.send(HTTPRequest("PUT", "\(base)/_faults", body: .bytes(Array(json.utf8))))
        guard reply.status == 200 else {
            throw ProviderError.rejected(provider: "faults", status: reply.status, message: "")
        }
    }
}

extension DocumentParser {
    /// Sends a document and waits for what becomes of it.
    func parse(
        path: String, filename: String, correlationID: String, mostPages: Int = 100, deadline: Duration
    ) async throws -> ParsedDocument {
        let ticket = try await submit(
            ParseOrder(path: path, filename: filename, correlationID: correlationID, mostPages: mostPages),
            limit: deadline)
        let found = Mutex<ParsedDocument?>(nil)
        let isDone = try await eventually(within: deadline) {
            let document = try await collect(ticket, correlationID: correlationID, limit: deadline)
            found.withLock { $0 = document }
            return document != nil
        }
        guard isDone, let document = found.withLock({ $0 }) else {
            throw ProviderError.timeout(provider: LlamaParseClient.provider, seconds: deadline.inSeconds)
        }
        return document
    }
}
