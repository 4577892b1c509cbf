import Storage

/// One chunk that was found.
package struct SearchHit: Sendable, Equatable {
    package var chunk: StoredChunk
    package var filename: String
    /// Cosine distance: 0 is the same direction, 2 the opposite.
    package var distance: Double
}

package enum ChunkSearch {
    package static let maximumResults = 50

    /// The user's chunks that are nearest to `vector`, nearest first. Nobody else's are looked at, and only documents
    /// that are complete. Those that are not in the index (yet) are looked at one by one.
    /// - Parameters:
    ///   - model: which made `vector`; vectors of other models cannot be compared with it.
    ///   - limit: clamped to 1…50.
    package static func nearest(
        to vector: [Float], model: String, user: String, limit: Int, rule: GraphRule = GraphRule(),
        on connection: any Connection
    ) throws -> [SearchHit] {
        let limit = min(max(limit, 1), maximumResults)
        let isIndexed = vector.count == EmbeddingRules.dimensions && Vector.hasDirection(vector)
        let vectors = isIndexed ? try ChunkIndex.opened(on: connection) : nil
        var found = try connection.nearest(
            table: "chunks", idColumn: "id", vectorColumn: "vector",
            where: """
                user_id = ? AND vector IS NOT NULL\(vectors == nil ? "" : " AND indexed_at IS NULL") AND model = ?
                AND document_id IN (SELECT document_id FROM jobs WHERE user_id = ? AND status = 'complete')
                """,
            arguments: [user, model, user], to: vector, limit: limit)
        if let vectors {
            found += try ChunkIndex.nearest(
                to: vector, model: model, user: user, limit: limit, rule: rule, vectors, on: connection)
            found.sort { ($0.distance, $0.id) < ($1.distance, $1.id) }
        }
        return try hits(found.prefix(limit), on: connection)
    }

    private static func hits(
        _ found: ArraySlice<(id: String, distance: Double)>, on connection: any Connection
    ) throws -> [SearchHit] {
        guard !found.isEmpty else { return [] }
        let places = found.map { _ in "?" }.joined(separator: ", ")
        let rows = try connection.query(
            """
            SELECT c.id, c.document_id, c.ordinal, c.text, c.line_count, d.filename FROM chunks c
            JOIN documents d ON d.id = c.document_id WHERE c.id IN (\(places))
            """, found.map(\.id))
        var rowByID: [String: Row] = [:]
        for row in rows { rowByID[try row.get("id")] = row }
        return try found.compactMap { hit in
            try rowByID[hit.id].map { row in
                SearchHit(chunk: try StoredChunk(row: row), filename: try row.get("filename"), distance: hit.distance)
            }
        }
    }
}
