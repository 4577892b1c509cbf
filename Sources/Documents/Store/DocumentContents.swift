import Storage

/// What a parser made of a document.
package struct StoredParse: Sendable, Equatable {
    package var markdown: String
    package var pages: Int

    package init(markdown: String, pages: Int) {
        self.markdown = markdown
        self.pages = pages
    }
}

/// A chunk as the database has it.
package struct StoredChunk: Sendable, Equatable {
    package var id: String
    package var documentID: String
    package var ordinal: Int
    package var text: String
    package var lineCount: Int

    init(row: Row) throws(DatabaseError) {
        id = try row.get("id")
        documentID = try row.get("document_id")
        ordinal = try row.get("ordinal")
        text = try row.get("text")
        lineCount = try row.get("line_count")
    }
}

/// What stages produce. Writing it twice is writing it once.
package enum DocumentContents {
    package static func store(
        _ parse: StoredParse, document: String, now: Int64, on connection: any Connection
    ) throws {
        try connection.execute(
            """
            INSERT INTO parses (document_id, markdown, pages, created_at) VALUES (?, ?, ?, ?)
            ON CONFLICT (document_id) DO UPDATE
            SET markdown = excluded.markdown, pages = excluded.pages, created_at = excluded.created_at
            """,
            // PostgreSQL's text cannot hold a NUL, and no Markdown needs one.
            [document, parse.markdown.filter { $0 != "\0" }, parse.pages, now])
    }

    package static func parse(of document: String, on connection: any Connection) throws -> StoredParse? {
        try connection.query("SELECT markdown, pages FROM parses WHERE document_id = ?", [document]).first.map { row in
            StoredParse(markdown: try row.get("markdown"), pages: try row.get("pages"))
        }
    }

    /// Replaces the document's chunks.
    package static func store(
        _ chunks: [TextChunk], of job: JobRecord, now: Int64, on connection: any Connection
    ) throws {
        try connection.execute("DELETE FROM chunks WHERE document_id = ?", [job.documentID])
        for (ordinal, chunk) in chunks.enumerated() {
            let id = DocumentIdentity.chunk(
                document: job.documentID, chunker: MarkdownChunker.name, version: MarkdownChunker.version,
                ordinal: ordinal)
            try connection.execute(
                """
                INSERT INTO chunks (id, document_id, user_id, ordinal, chunker, version, text, line_count, created_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    id, job.documentID, job.userID, ordinal, MarkdownChunker.name, MarkdownChunker.version,
                    chunk.text, chunk.lineCount, now,
                ])
        }
    }

    /// A document's chunks in order.
    package static func chunks(of document: String, on connection: any Connection) throws -> [StoredChunk] {
        try connection.query("SELECT * FROM chunks WHERE document_id = ? ORDER BY ordinal", [document])
            .map { row in try StoredChunk(row: row) }
    }

    /// The chunks that have no vector yet, in order: what an interrupted embedding has left to do.
    package static func unembedded(of document: String, on connection: any Connection) throws -> [StoredChunk] {
        try connection.query(
            """
            SELECT id, document_id, ordinal, text, line_count FROM chunks
            WHERE document_id = ? AND vector IS NULL ORDER BY ordinal
            """, [document]
        ).map { row in try StoredChunk(row: row) }
    }

    /// Stores one request's vectors; `chunks` and `vectors` belong together by position.
    package static func store(
        vectors: [[Float]], for chunks: [StoredChunk], model: String, on connection: any Connection
    ) throws {
        for (chunk, vector) in zip(chunks, vectors) {
            try connection.execute(
                "UPDATE chunks SET vector = ?, model = ? WHERE id = ?",
                [Vector.bytes(vector), model, chunk.id])
        }
    }

    /// Removes a user's document with its jobs, parse and chunks; events and ledger entries stay.
    /// - Returns: whether there was such a document. Its file is on record for removal; the caller may remove it at once,
    ///   after the commit.
    package static func delete(
        document: String, user: String, now: Int64, on connection: any Connection
    ) throws -> Bool {
        let found = try connection.query("SELECT id FROM documents WHERE id = ? AND user_id = ?", [document, user])
        guard !found.isEmpty else { return false }
        // A worker may be fetching its text at this moment, and pays for it out of what was set aside.
        for row in try connection.query("SELECT id FROM jobs WHERE document_id = ?", [document]) {
            try ParseRequests.remove(job: try row.get("id"), on: connection)
        }
        for table in ["chunks", "parses", "jobs"] {
            try connection.execute("DELETE FROM \(table) WHERE document_id = ?", [document])
        }
        try connection.execute("DELETE FROM documents WHERE id = ?", [document])
        let key = DocumentIdentity.objectKey(user: user, document: document)
        try FileRemovals.request(key, document: document, now: now, on: connection)
        return true
    }
}
