import Documents
import Storage
import Testing

extension StoreDriver {
    static let model = EmbeddingRules.model

    /// A document whose chunks have these vectors.
    /// - Returns: its job.
    @discardableResult
    func embed(
        _ number: Int, user: String = "ada", vectors: [[Float]], complete: Bool = true
    ) async throws -> JobRecord {
        let job = try await queue(number, user: user)
        let lease = try #require(try await claim(at: 10)).lease
        try await database.write { connection throws in
            let texts = vectors.indices.map { TextChunk(text: "\(user) \(number) \($0)", lineCount: 1) }
            try DocumentContents.store(texts, of: job, now: 10, on: connection)
            let chunks = try DocumentContents.unembedded(of: job.documentID, on: connection)
            try DocumentContents.store(vectors: vectors, for: chunks, model: Self.model, on: connection)
            #expect(try DocumentContents.unembedded(of: job.documentID, on: connection).isEmpty)
            let end: JobStatus = complete ? .complete : .embeddingInProgress
            _ = try JobCommits.advance(lease, to: end, now: 11, on: connection)
        }
        return job
    }

    /// How many chunks are marked as in the index.
    func indexed() async throws -> Int {
        try await database.read { connection in
            try connection.query("SELECT COUNT(*) AS n FROM chunks WHERE indexed_at IS NOT NULL")[0].get("n")
        }
    }

    /// The texts of the nearest, in order.
    func search(
        _ vector: [Float], user: String = "ada", limit: Int = 10, rule: GraphRule = GraphRule()
    ) async throws -> [String] {
        try await database.read { connection in
            try ChunkSearch.nearest(
                to: vector, model: Self.model, user: user, limit: limit, rule: rule, on: connection
            ).map(\.chunk.text)
        }
    }
}

extension [Float] {
    /// A whole embedding that has only these two values.
    static func pointing(_ x: Float, _ y: Float) -> [Float] {
        [x, y] + [Float](repeating: 0, count: EmbeddingRules.dimensions - 2)
    }
}
