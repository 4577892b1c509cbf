import Crypto

/// What the two databases do differently, but for `VectorExtension`. Above this file, SQL is the same on both.

/// Where SQLite keeps how often each topic was announced.
enum HintTable {
    static let name = "storage_hints"
}

extension Dialect {
    /// Ends a `SELECT` that claims rows: other transactions pass over them instead of waiting. SQLite has one writer at
    /// a time, so a claim needs nothing there.
    package var forUpdateSkipLocked: String {
        switch self {
        case .sqlite: ""
        case .postgresql: " FOR UPDATE SKIP LOCKED"
        }
    }

    /// Ends a `SELECT` whose rows nobody else may change until this transaction ends. SQLite has one writer at a time.
    package var forUpdate: String {
        switch self {
        case .sqlite: ""
        case .postgresql: " FOR UPDATE"
        }
    }

    /// How many connections a process has at most: PostgreSQL's pool; SQLite's readers and its one writer.
    package var connections: Int {
        switch self {
        case .sqlite: 6
        case .postgresql: 8
        }
    }

    /// The column type for bytes, in migrations.
    package var blob: String {
        switch self {
        case .sqlite: "BLOB"
        case .postgresql: "BYTEA"
        }
    }
}

extension Connection {
    /// Until this transaction ends, no other one, in whatever process, gets past here with one of the same names: a lock for
    /// things that have no row of their own. At read committed, the statements after it see what the others did. SQLite has
    /// one writer at a time, who needs none.
    /// - Parameter names: each for one kind of thing, such as `uploads:` with a user's id.
    package func takeTurns(_ names: [String]) throws(DatabaseError) {
        guard dialect == .postgresql else { return }
        // In one order, so that two never wait for each other.
        let keys = Set(names.map(Self.turn)).sorted()
        guard !keys.isEmpty else { return }
        let places = Placeholders.rows(keys.count, of: 1)
        _ = try query("SELECT pg_advisory_xact_lock(column1) FROM (VALUES \(places)) AS turns", keys)
    }

    /// Names that come to the same key wait for each other without need, which is rare among 2⁶⁴.
    private static func turn(_ name: String) -> Int64 {
        SHA256.hash(data: Array(name.utf8)).prefix(8).reduce(0) { $0 << 8 | Int64($1) }
    }

    /// Tells everybody who listens to `topic`, in any process, once this transaction has committed.
    package func announce(_ topic: String) throws(DatabaseError) {
        switch dialect {
        case .postgresql:
            _ = try query("SELECT pg_notify('\(PostgresHints.channel)', ?)", [topic])
        case .sqlite:
            let table = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '\(HintTable.name)'"
            if try query(table, []).isEmpty {
                try execute("CREATE TABLE \(HintTable.name) (topic TEXT PRIMARY KEY, version INTEGER NOT NULL)", [])
            }
            try execute(
                """
                INSERT INTO \(HintTable.name) (topic, version) VALUES (?, 1)
                ON CONFLICT (topic) DO UPDATE SET version = version + 1
                """, [topic])
        }
    }

    /// The rows whose vectors point most nearly where `vector` does, nearest first, at most `limit`.
    ///
    /// Vectors are stored as little-endian Float32 bytes (`Vector.bytes`) in `vectorColumn`; those of another length, and
    /// those that are zero, are left out. `condition` is SQL with `?` for `arguments`. The scan is exact: its cost grows
    /// with the rows that `condition` selects. `idColumn` is text and unique.
    /// - Returns: ids with their cosine distance, from 0 (same direction) to 2 (opposite).
    package func nearest(
        table: String, idColumn: String, vectorColumn: String, where condition: String,
        arguments: [any SQLConvertible], to vector: [Float], limit: Int
    ) throws(DatabaseError) -> [(id: String, distance: Double)] {
        switch dialect {
        case .sqlite:
            let rows = try query(
                """
                SELECT id, distance FROM (
                    SELECT \(idColumn) AS id, cosine_distance(\(vectorColumn), ?) AS distance
                    FROM \(table) WHERE \(condition)) AS candidates
                WHERE distance IS NOT NULL ORDER BY distance, id LIMIT ?
                """, [Vector.bytes(vector)] + arguments + [limit])
            return try rows.map { row throws(DatabaseError) in (try row.get("id"), try row.get("distance")) }
        case .postgresql:
            return try nearestOfPages(
                "SELECT \(idColumn) AS id, \(vectorColumn) AS vector FROM \(table) WHERE (\(condition))",
                idColumn: idColumn, arguments, to: Vector.bytes(vector), limit: max(0, limit))
        }
    }

    /// The vectors come in pages, so that memory stays small however many there are.
    private func nearestOfPages(
        _ select: String, idColumn: String, _ arguments: [any SQLConvertible], to wanted: [UInt8], limit: Int
    ) throws(DatabaseError) -> [(id: String, distance: Double)] {
        let page = 500
        var found: [(id: String, distance: Double)] = []
        var last: String?
        while true {
            let rows = try query(
                "\(select)\(last == nil ? "" : " AND \(idColumn) > ?") ORDER BY \(idColumn) LIMIT \(page)",
                arguments + (last.map { [$0] } ?? []))
            for row in rows {
                let id = try row.get("id", as: String.self)
                last = id
                guard let distance = Vector.cosineDistance(try row.get("vector"), wanted) else { continue }
                found.append((id, distance))
            }
            found = Array(found.sorted { ($0.distance, $0.id) < ($1.distance, $1.id) }.prefix(limit))
            if rows.count < page { return found }
        }
    }
}
