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
    /// that are complete.
    /// - Parameters:
    ///   - model: which made `vector`; vectors of other models cannot be compared with it.
    ///   - limit: clamped to 1…50.
    package static func nearest(
        to vector: [Float], model: String, user: String, limit: Int, on connection: any Connection
    ) throws -> [SearchHit] {
        let found = try connection.nearest(
            table: "chunks", idColumn: "id", vectorColumn: "vector",
            where: """
                user_id = ? AND vector IS NOT NULL AND model = ?
                AND document_id IN (SELECT document_id FROM jobs WHERE user_id = ? AND status = 'complete')
                """,
            arguments: [user, model, user], to: vector, limit: min(max(limit, 1), maximumResults))
        return try found.compactMap { hit in
            let rows = try connection.query(
                """
                SELECT c.id, c.document_id, c.ordinal, c.text, c.line_count, d.filename FROM chunks c
                JOIN documents d ON d.id = c.document_id WHERE c.id = ?
                """, [hit.id])
            return try rows.first.map { row in
                SearchHit(chunk: try StoredChunk(row: row), filename: try row.get("filename"), distance: hit.distance)
            }
        }
    }
}
