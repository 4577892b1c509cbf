import Storage

/// What is done with, and goes. Everything here may be done by several workers at once, and again.
package enum Retention {
    /// An upload that was begun in time may still be on its way.
    static let grace: Int64 = 3_600_000_000
    static let batch = 100
    /// Windows of request counts are an hour or a day.
    static let countWindow: Int64 = 2 * 86_400_000_000

    /// Removes announced uploads whose bytes never came. They stay in the count of a day's uploads.
    /// - Returns: the jobs' ids.
    package static func removeAbandonedUploads(now: Int64, on connection: any Connection) throws -> [String] {
        let rows = try connection.query(
            """
            SELECT id, document_id, user_id FROM jobs
            WHERE state = 'queued' AND status = 'uploaded' AND upload_expires_at < ?
            ORDER BY upload_expires_at LIMIT ?\(connection.dialect.forUpdateSkipLocked)
            """, [now - grace, batch])
        return try rows.map { row in
            _ = try DocumentContents.delete(
                document: try row.get("document_id"), user: try row.get("user_id"), now: now, on: connection)
            return try row.get("id")
        }
    }

    /// Gives up the files of documents whose jobs ended before `limit`; what was made of them stays.
    /// - Returns: how many.
    @discardableResult
    package static func expireFiles(endedBefore limit: Int64, now: Int64, on connection: any Connection) throws -> Int {
        let rows = try connection.query(
            """
            SELECT id, user_id FROM documents d WHERE created_at < ? AND file_removed_at IS NULL
            AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.document_id = d.id
                AND (j.state NOT IN ('done', 'deadletter') OR j.updated_at >= ?))
            ORDER BY created_at LIMIT ?\(connection.dialect.forUpdateSkipLocked)
            """, [limit, limit, batch])
        for row in rows {
            let document = try row.get("id", as: String.self)
            let key = DocumentIdentity.objectKey(user: try row.get("user_id"), document: document)
            try connection.execute("UPDATE documents SET file_removed_at = ? WHERE id = ?", [now, document])
            try FileRemovals.request(key, document: document, now: now, on: connection)
        }
        return rows.count
    }

    /// The ids of some of the events that were written before `limit`. Looked up apart from the removal, because looking
    /// takes long and locks nothing.
    package static func oldEvents(before limit: Int64, on connection: any Connection) throws -> [String] {
        try connection.query("SELECT id FROM job_events WHERE created_at < ? LIMIT 500", [limit])
            .map { row in try row.get("id") }
    }

    package static func removeEvents(_ ids: [String], on connection: any Connection) throws {
        guard !ids.isEmpty else { return }
        let places = ids.map { _ in "?" }.joined(separator: ", ")
        try connection.execute("DELETE FROM job_events WHERE id IN (\(places))", ids)
    }

    /// Removes records of deliveries from before `limit`, and counts and sessions that are over.
    package static func prune(before limit: Int64, now: Int64, on connection: any Connection) throws {
        try connection.execute("DELETE FROM event_streams WHERE updated_at < ?", [limit])
        try connection.execute("DELETE FROM event_dead_letters WHERE died_at < ?", [limit])
        try connection.execute("DELETE FROM webhook_deliveries WHERE received_at < ?", [limit])
        try connection.execute("DELETE FROM upload_log WHERE created_at < ?", [now - countWindow])
        try RequestLimits.prune(before: now - countWindow, on: connection)
        try RefreshTokens.prune(before: now - countWindow, on: connection)
    }
}

/// Files that are to go, on record before they do, so that a process that is killed in between leaves none behind.
package enum FileRemovals {
    package static func request(_ key: String, document: String, now: Int64, on connection: any Connection) throws {
        try connection.execute(
            """
            INSERT INTO file_removals (object_key, document_id, requested_at) VALUES (?, ?, ?)
            ON CONFLICT (object_key) DO NOTHING
            """, [key, document, now])
    }

    /// The keys of files to remove now, oldest first. A document that was uploaded anew in the meantime keeps its file.
    package static func due(limit: Int = 100, on connection: any Connection) throws -> [String] {
        try connection.execute(
            """
            DELETE FROM file_removals WHERE document_id IN (SELECT id FROM documents WHERE file_removed_at IS NULL)
            """)
        return try connection.query("SELECT object_key FROM file_removals ORDER BY requested_at LIMIT ?", [limit])
            .map { row in try row.get("object_key") }
    }

    package static func done(_ keys: [String], on connection: any Connection) throws {
        for key in keys { try connection.execute("DELETE FROM file_removals WHERE object_key = ?", [key]) }
    }
}
