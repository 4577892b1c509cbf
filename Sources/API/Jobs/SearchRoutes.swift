import Documents
import Hummingbird
import Storage

/// The caller's chunks that are nearest to a question.
struct SearchRoutes: Sendable {
    static let maximumQuery = 2000

    let database: any Database
    let embedder: PaidEmbedder

    private struct Question: Decodable {
        var query: String
        var limit: Int?
    }

    private struct Results: Encodable {
        struct Result: Encodable {
            var chunkId: String
            var documentId: String
            var filename: String
            var ord: Int
            var text: String
            var distance: Double
        }
        var results: [Result]
        var model: String
    }

    func add(guarded: RouterGroup<APIContext>) {
        guarded.post("/search") { request, context in try await search(request, context) }
    }

    private func search(_ request: Request, _ context: APIContext) async throws -> Response {
        let caller = try context.requireCaller()
        let question = try await Answer.decode(Question.self, from: request)
        guard (1...Self.maximumQuery).contains(question.query.count),
            question.query.contains(where: { !$0.isWhitespace })
        else { throw APIError.invalid("query", "must have 1 to \(Self.maximumQuery) characters") }
        let limit = min(max(question.limit ?? 10, 1), ChunkSearch.maximumResults)
        let answer = try await embedder.embed(question.query, correlationID: context.correlationID)
        guard let vector = answer.vectors.first else { throw APIError.internalFailure }
        let hits = try await database.read { connection in
            try ChunkSearch.nearest(to: vector, model: answer.model, user: caller.id, limit: limit, on: connection)
        }
        return try Answer.json(
            Results(
                results: hits.map { hit in
                    .init(
                        chunkId: hit.chunk.id, documentId: hit.chunk.documentID, filename: hit.filename,
                        ord: hit.chunk.ordinal, text: hit.chunk.text, distance: hit.distance)
                }, model: answer.model))
    }
}
