/// PostgreSQL's extension `vector` (pgvector) in one database, from version 0.8 on: earlier ones stop searching before a
/// filtered search has found enough.
package struct VectorExtension: Sendable, Equatable {
    /// Whether the extension can be used, and what to do when it cannot.
    package enum Availability: Sendable, Equatable {
        case ready(VectorExtension)
        /// The database is no PostgreSQL.
        case otherDatabase
        /// The server has no files of it.
        case notOnServer
        /// The server has it, this database does not.
        case notInstalled
        case tooOld(version: String)
    }

    static let name = "vector"
    static let oldest = [0, 8]

    /// Where its types and operators are, which is not on the search path everywhere; quoted.
    private let schema: String

    package var type: String { "\(schema).vector" }
    package var cosineDistance: String { "OPERATOR(\(schema).<=>)" }
    package var cosineOperators: String { "\(schema).vector_cosine_ops" }

    package static func availability(on connection: any Connection) throws(DatabaseError) -> Availability {
        guard connection.dialect == .postgresql else { return .otherDatabase }
        let installed = try connection.first(
            """
            SELECT quote_ident(n.nspname) AS place, e.extversion AS version FROM pg_extension e
            JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = ?
            """, [name])
        if let installed {
            let version = try installed.get("version", as: String.self)
            guard isRecent(version) else { return .tooOld(version: version) }
            return .ready(VectorExtension(schema: try installed.get("place")))
        }
        let offered = try connection.first(
            "SELECT default_version AS version FROM pg_available_extensions WHERE name = ?", [name])
        guard let version = try offered?.get("version", as: String?.self) else { return .notOnServer }
        return isRecent(version) ? .notInstalled : .tooOld(version: version)
    }

    /// Installs it where the server has it and this user may.
    /// - Returns: nothing when it is there now; otherwise a sentence for the operator.
    package static func install(in database: any Database) async throws -> String? {
        guard case .notInstalled = try await database.read({ try availability(on: $0) }) else {
            return try await database.read { try availability(on: $0).obstacle }
        }
        do {
            _ = try await database.write { connection in
                try connection.execute("CREATE EXTENSION IF NOT EXISTS \(name)")
            }
        } catch DatabaseError.accessDenied, DatabaseError.constraint {
            // A constraint: somebody else installs it at this moment.
        }
        return try await database.read { try availability(on: $0).obstacle }
    }

    static func isRecent(_ version: String) -> Bool {
        let numbers = version.split(separator: ".").map { Int($0) ?? 0 }
        return !numbers.lexicographicallyPrecedes(oldest)
    }
}

extension VectorExtension.Availability {
    /// Why it cannot be used, and what to do; nil when it can.
    package var obstacle: String? {
        switch self {
        case .ready: nil
        case .otherDatabase: "the database is not PostgreSQL"
        case .notOnServer: "the server does not have pgvector; install its package, for example postgresql-17-pgvector"
        case .notInstalled: "this user may not install pgvector; have a superuser run CREATE EXTENSION vector here"
        case .tooOld(let version):
            "pgvector \(version) is older than 0.8; install a newer one and run ALTER EXTENSION vector UPDATE"
        }
    }
}
