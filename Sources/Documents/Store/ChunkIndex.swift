import Storage

/// The search index over chunks' vectors, where PostgreSQL has pgvector.
///
/// `chunks.vector` stays the truth, on every database and in every release; the index is derived from it, behind the
/// stages' backs, and can be dropped and made anew at any time. `chunks.indexed_at` says which chunks are in it: search
/// looks through the others one by one, so that its results are complete at every moment. Chunks of documents that are
/// not complete are not searched, and so not indexed; a chunk that is removed takes its entry with it.
package enum ChunkIndex {
    static let table = "chunk_vectors"
    /// How many chunks enter the index in one transaction.
    package static let batch = 100

    static let marks = [
        "ALTER TABLE chunks ADD COLUMN indexed_at BIGINT",
        "CREATE INDEX chunks_unindexed ON chunks (user_id) WHERE vector IS NOT NULL AND indexed_at IS NULL",
    ]

    /// Makes the index where the extension is installed and the index is not there. It is empty then: `catchUp` fills it.
    /// - Returns: why there is none, for the operator; nil when there is.
    package static func prepare(_ database: any Database) async throws -> String? {
        let (availability, exists) = try await database.read { connection in
            (try VectorExtension.availability(on: connection), try opened(on: connection) != nil)
        }
        guard case .ready(let vectors) = availability, !exists else { return availability.obstacle }
        try await database.write { connection in
            // Of several that begin at once, one goes on at a time. The number is arbitrary.
            _ = try connection.query("SELECT pg_advisory_xact_lock(?)", [0x7469_6465_6368_756e])
            guard try opened(on: connection) == nil else { return }
            try make(vectors, on: connection)
        }
        return nil
    }

    /// Rows stay in one piece (`PLAIN`): fetched from elsewhere, a vector costs more than its distance.
    private static func make(_ vectors: VectorExtension, on connection: any Connection) throws {
        for statement in [
            "DROP TABLE IF EXISTS \(table)",
            """
            CREATE TABLE \(table) (
                chunk_id TEXT PRIMARY KEY REFERENCES chunks (id) ON DELETE CASCADE, user_id TEXT NOT NULL,
                model TEXT NOT NULL, embedding \(vectors.type)(\(EmbeddingRules.dimensions)) NOT NULL)
            """,
            "ALTER TABLE \(table) ALTER COLUMN embedding SET STORAGE PLAIN",
            "CREATE INDEX \(table)_by_user ON \(table) (user_id, model)",
            """
            CREATE INDEX \(table)_nearest ON \(table) USING hnsw (embedding \(vectors.cosineOperators))
            WITH (m = 16, ef_construction = 100)
            """,
            "UPDATE chunks SET indexed_at = NULL WHERE indexed_at IS NOT NULL",
        ] {
            try connection.execute(statement)
        }
    }

    /// The extension's words, when there is an index to use them on.
    static func opened(on connection: any Connection) throws -> VectorExtension? {
        guard connection.dialect == .postgresql else { return nil }
        let column = try connection.query(
            """
            SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass(?) AND attname = 'embedding' AND NOT attisdropped
            """, [table])
        guard !column.isEmpty, case .ready(let vectors) = try VectorExtension.availability(on: connection) else {
            return nil
        }
        return vectors
    }

    // MARK: Filling it

    /// Takes some of the chunks that are missing into the index. Several workers may do so at once.
    /// - Returns: how many; 0 when none is missing, or there is no index.
    package static func catchUp(_ database: any Database, now: Int64) async throws -> Int {
        let ids = try await database.read { connection in
            try opened(on: connection) == nil ? [] : try missing(on: connection)
        }
        guard !ids.isEmpty else { return 0 }
        return try await database.write { connection in
            guard let vectors = try opened(on: connection) else { return 0 }
            return try index(ids, vectors, now: now, on: connection)
        }
    }

    /// Vectors of another length stay out: they are searched one by one.
    private static func missing(on connection: any Connection) throws -> [String] {
        try connection.query(
            """
            SELECT c.id FROM chunks c WHERE c.vector IS NOT NULL AND c.indexed_at IS NULL AND c.model IS NOT NULL
            AND octet_length(c.vector) = ? AND EXISTS (
                SELECT 1 FROM jobs j WHERE j.document_id = c.document_id AND j.status = 'complete')
            LIMIT ?
            """, [EmbeddingRules.dimensions * 4, batch]
        ).map { row in try row.get("id") }
    }

    private static func index(
        _ ids: [String], _ vectors: VectorExtension, now: Int64, on connection: any Connection
    ) throws -> Int {
        let places = ids.map { _ in "?" }.joined(separator: ", ")
        let rows = try connection.query(
            """
            SELECT id, user_id, model, vector FROM chunks WHERE id IN (\(places)) AND indexed_at IS NULL
            AND vector IS NOT NULL\(connection.dialect.forUpdateSkipLocked)
            """, ids)
        guard !rows.isEmpty else { return 0 }
        var entries: [any SQLConvertible] = []
        for row in rows {
            // What points nowhere has no distance to anything, and no search finds it.
            guard let vector = Vector.values(try row.get("vector")), Vector.hasDirection(vector) else { continue }
            entries += [try row.get("id", as: String.self), try row.get("user_id", as: String.self)]
            entries += [try row.get("model", as: String.self), Vector.literal(vector)]
        }
        if !entries.isEmpty {
            let values = Array(repeating: "(?, ?, ?, ?::\(vectors.type))", count: entries.count / 4)
            try connection.execute(
                """
                INSERT INTO \(table) (chunk_id, user_id, model, embedding) VALUES \(values.joined(separator: ", "))
                ON CONFLICT (chunk_id) DO UPDATE SET user_id = excluded.user_id, model = excluded.model,
                    embedding = excluded.embedding
                """, entries)
        }
        let marked = try rows.map { row in try row.get("id", as: String.self) }
        try connection.execute(
            "UPDATE chunks SET indexed_at = ? WHERE id IN (\(marked.map { _ in "?" }.joined(separator: ", ")))",
            [now] + marked)
        return marked.count
    }
}
