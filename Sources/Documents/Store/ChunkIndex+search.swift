import Storage

/// When a search goes through the graph (HNSW), and when it looks at each of the user's vectors.
///
/// The graph holds every user's vectors, and a search walks it until it has met enough of one user's: the smaller the
/// user's part, the longer it walks, and the likelier it misses some. Looking at each is exact, and costs what the user
/// has. So the graph is for those who have much, in number and as a part of the whole.
package struct GraphRule: Sendable, Equatable {
    /// Up to so many vectors of a user, each is looked at.
    package var exactWithin = 10_000
    /// A step in the graph costs about as much as so many distances: it reads the neighbours of a vector.
    package var stepCost = 20

    package init() {}

    /// - Parameters:
    ///   - own: how many vectors the user has in the index.
    ///   - all: how many the index has, as far as one knows.
    func usesGraph(own: Int, of all: Int, limit: Int) -> Bool {
        guard own > exactWithin, own > 0 else { return false }
        let steps = limit * max(all, own) / own
        return steps * stepCost < own
    }
}

extension ChunkIndex {
    /// The user's indexed chunks nearest to `vector`: exactly those, unless the rule sends the search through the graph.
    /// Never fewer than there are, up to `limit`.
    static func nearest(
        to vector: [Float], model: String, user: String, limit: Int, rule: GraphRule, _ vectors: VectorExtension,
        on connection: any Connection
    ) throws -> [(id: String, distance: Double)] {
        let row = try connection.first(
            """
            SELECT COUNT(*) AS own, (SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(?)) AS all_vectors
            FROM \(table) WHERE user_id = ? AND model = ?
            """, [table, user, model])
        let own = try row?.get("own", as: Int.self) ?? 0
        guard own > 0 else { return [] }
        let literal = Vector.literal(vector)
        if rule.usesGraph(own: own, of: try row?.get("all_vectors", as: Int.self) ?? 0, limit: limit) {
            let found = try walk(to: literal, model, user, limit, vectors, on: connection)
            if found.count == min(limit, own) { return found }
        }
        return try lookAtEach(literal, model, user, limit, vectors, on: connection)
    }

    /// `MATERIALIZED` keeps the planner from the graph.
    private static func lookAtEach(
        _ literal: String, _ model: String, _ user: String, _ limit: Int, _ vectors: VectorExtension,
        on connection: any Connection
    ) throws -> [(id: String, distance: Double)] {
        try pairs(
            connection.query(
                """
                WITH own AS MATERIALIZED (
                    SELECT chunk_id AS id, embedding \(vectors.cosineDistance) ?::\(vectors.type) AS distance
                    FROM \(table) WHERE user_id = ? AND model = ?)
                SELECT id, distance FROM own ORDER BY distance, id LIMIT ?
                """, [literal, user, model, limit]))
    }

    /// Walks on until enough of the user's are found (pgvector's iterative scan); more than are asked for, because those
    /// found first need not be the nearest.
    private static func walk(
        to literal: String, _ model: String, _ user: String, _ limit: Int, _ vectors: VectorExtension,
        on connection: any Connection
    ) throws -> [(id: String, distance: Double)] {
        for (name, value) in graphSettings {
            _ = try connection.query("SELECT set_config(?, ?, true)", [name, value])
        }
        let distance = "embedding \(vectors.cosineDistance) ?::\(vectors.type)"
        return try pairs(
            connection.query(
                """
                WITH near AS MATERIALIZED (
                    SELECT chunk_id AS id, \(distance) AS distance FROM \(table) WHERE user_id = ? AND model = ?
                    ORDER BY \(distance) LIMIT ?)
                SELECT id, distance FROM near ORDER BY distance, id LIMIT ?
                """, [literal, user, model, literal, limit * 2, limit]))
    }

    /// For the transaction only. Without `enable_sort` the planner takes the graph, whatever it knows of the table, as long
    /// as it knows the limit: a prepared statement's general plan does not.
    private static let graphSettings = [
        ("hnsw.iterative_scan", "relaxed_order"), ("hnsw.ef_search", "200"), ("hnsw.max_scan_tuples", "200000"),
        ("hnsw.scan_mem_multiplier", "8"), ("enable_sort", "off"),
        ("plan_cache_mode", "force_custom_plan"),
    ]

    private static func pairs(_ rows: [Row]) throws -> [(id: String, distance: Double)] {
        try rows.map { row in (try row.get("id"), try row.get("distance")) }
    }
}
