import Documents
import Hummingbird
import Storage

/// The caller's chunks that are nearest to a question.
struct SearchRoutes: Sendable {
    static let queryLength = 1...2000

    let database: any Database
    let embedder: PaidEmbedder
    let identity: InstanceIdentity

    var endpoints: [Endpoint] {
        [
            Endpoint(
                .post, "/api/v2/search", "Find one's text that is nearest to a question", .caller(.reader),
                takes: Question.self, gives: SearchResults.self
            ) { body, request, context in
                // Rollouts prove themselves also when the budget is used up: a part of it is set aside for that.
                try await search(
                    body, context, isProof: identity.isControl(request.headers[HeaderNames.controlToken]))
            }
        ]
    }

    private func search(_ question: Question, _ context: APIContext, isProof: Bool) async throws -> SearchResults {
        let caller = try context.requireCaller()
        guard Self.queryLength.contains(question.query.unicodeScalars.count),
            question.query.contains(where: { !$0.isWhitespace })
        else { throw APIError.invalid("query", "must have 1 to \(Self.queryLength.upperBound) characters") }
        let limit = min(max(question.limit ?? 10, 1), ChunkSearch.maximumResults)
        let answer = try await embedder.embed(
            question.query, user: caller.id, correlationID: context.correlationID, usesReserve: isProof)
        guard let vector = answer.vectors.first else { throw APIError.internalFailure }
        let hits = try await database.read { connection in
            try ChunkSearch.nearest(to: vector, model: answer.model, user: caller.id, limit: limit, on: connection)
        }
        return SearchResults(
            results: hits.map { hit in
                .init(
                    chunkId: hit.chunk.id, documentId: hit.chunk.documentID, filename: hit.filename,
                    ord: hit.chunk.ordinal, text: hit.chunk.text, distance: hit.distance)
            }, model: answer.model)
    }
}

struct Question: Described {
    var query: String
    var limit: Int?

    static let example = Question(query: "Which floods are covered?", limit: 10)
    static let rules: [String: FieldRule] = [
        "query": .text("Not blank", length: SearchRoutes.queryLength, pattern: #"\S"#),
        "limit": .integer("How many; what is out of 1…\(ChunkSearch.maximumResults) is clamped"),
    ]
}

struct SearchResults: Described {
    struct Result: Described {
        var chunkId: String
        var documentId: String
        var filename: String
        var ord: Int
        var text: String
        var distance: Double

        static let example = Result(
            chunkId: "a", documentId: "b", filename: "policy.pdf", ord: 0, text: "c", distance: 0.1)
        static let rules: [String: FieldRule] = [
            "chunkId": .uuid, "documentId": .uuid, "distance": FieldRule(summary: "Cosine distance, 0…2"),
        ]
    }
    var results: [Result]
    var model: String
    static let example = SearchResults(results: [.example], model: "text-embedding-3-small")
}
