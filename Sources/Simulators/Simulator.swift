import Foundation
import HTTPClient
import HTTPTypes
import Hummingbird
import Logging
import ServiceLifecycle

/// Stand-ins for LlamaParse and OpenAI in one program, which do real work: text from PDFs, vectors from words. Beside them
/// it keeps the alerts that are sent to `/_alerts`.
package struct Simulator: Service {
    private let port: Int
    private let jobs: ParseJobs
    private let objects: String
    private let board = FaultBoard()
    private let inbox = AlertInbox()
    private let logger: Logger
    private let onRunning: @Sendable (Int) -> Void

    /// - Parameters:
    ///   - port: on 127.0.0.1; 0 for any.
    ///   - folder: where documents wait for parsing and results are kept.
    ///   - onRunning: called with the port once it listens.
    package init(
        port: Int, folder: String, logger: Logger, onRunning: @escaping @Sendable (Int) -> Void = { _ in }
    ) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        self.port = port
        self.logger = logger
        objects = "\(folder)/objects"
        self.onRunning = onRunning
        let webhooks = ParseWebhooks(board: board, http: HTTPClient(name: "webhooks"), logger: logger)
        jobs = ParseJobs(folder: folder, webhooks: webhooks, logger: logger)
    }

    package func run() async throws {
        let application = Application(
            router: router(), configuration: .init(address: .hostname("127.0.0.1", port: port)),
            onServerRunning: { [onRunning] in onRunning($0.localAddress?.port ?? 0) }, logger: logger)
        try await application.run()
    }

    private func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.get("/health") { _, _ in JSONAnswer.make(#"{"status":"ok"}"#) }
        router.get("/_faults") { [board] _, _ in try Self.json(board.all) }
        router.put("/_faults") { [board] request, _ in
            struct Target: Decodable { var provider: Provider? }
            let body = Data(buffer: try await request.body.collect(upTo: 1 << 16))
            do {
                board.set(
                    try JSONDecoder().decode(Faults.self, from: body),
                    for: try JSONDecoder().decode(Target.self, from: body).provider)
            } catch { return JSONAnswer.error(.unprocessableContent, "These are no faults that are known here.") }
            return try Self.json(board.all)
        }
        inbox.add(to: router)
        LlamaParseRoutes(jobs: jobs).add(
            to: router.group("/api").add(middleware: FaultMiddleware(provider: .llamaparse, board: board)))
        SupabaseRoutes(folder: objects).add(
            to: router.group("/storage/v1").add(middleware: FaultMiddleware(provider: .supabase, board: board)))
        OpenAIRoutes(board: board).add(
            to: router.group("/v1").add(middleware: FaultMiddleware(provider: .openai, board: board)))
        return router
    }

    private static func json(_ value: some Encodable) throws -> Response {
        JSONAnswer.make(String(decoding: try JSONEncoder().encode(value), as: UTF8.self))
    }
}

extension Data {
    init(buffer: ByteBuffer) { self.init(buffer.readableBytesView) }
}
