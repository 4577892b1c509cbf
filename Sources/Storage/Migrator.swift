import Crypto
import Foundation

/// One step of a schema's history. It never changes once it was applied anywhere.
package struct Migration: Sendable {
    package let id: String
    /// The statements for a database, each complete by itself. Use `dialect.blob` for bytes, `BIGINT` for integers and
    /// times, `DOUBLE PRECISION` for numbers, `TEXT` for the rest; those need no difference.
    package let statements: @Sendable (Dialect) -> [String]

    package init(_ id: String, _ statements: @Sendable @escaping (Dialect) -> [String]) {
        self.id = id
        self.statements = statements
    }

    /// SHA-256 of the statements, in hexadecimal.
    package func checksum(_ dialect: Dialect) -> String {
        let text = statements(dialect).joined(separator: "\u{0}")
        return SHA256.hash(data: Data(text.utf8)).map { String(format: "%02x", $0) }.joined()
    }
}

/// Brings one owner's tables up to date. Several owners share a database, each with its own history in the table
/// `schema_migrations`.
package struct Migrator: Sendable {
    package static let table = "schema_migrations"

    package let owner: String
    package let migrations: [Migration]

    package init(owner: String, migrations: [Migration]) {
        self.owner = owner
        self.migrations = migrations
    }

    /// Applies what is missing, all of it or nothing, under a lock, so that two processes at once are safe.
    /// - Parameter now: microseconds since 1970, for the record.
    /// - Returns: the ids that were applied, in order.
    /// - Throws: `DatabaseError.migrationMismatch` when the database's history is not the beginning of this one.
    @discardableResult
    package func migrate(_ database: any Database, now: Int64) async throws -> [String] {
        try await createTable(in: database)
        return try await database.write { connection in
            if connection.dialect == .postgresql {
                // As the first statement it comes before the snapshot, which so shows what the last holder did.
                try connection.execute("LOCK TABLE \(Self.table) IN ACCESS EXCLUSIVE MODE")
            }
            let missing = try missing(connection)
            for migration in missing {
                for statement in migration.statements(connection.dialect) { try connection.execute(statement) }
                try connection.execute(
                    "INSERT INTO \(Self.table) (owner, id, checksum, applied_at) VALUES (?, ?, ?, ?)",
                    [owner, migration.id, migration.checksum(connection.dialect), now])
            }
            return missing.map(\.id)
        }
    }

    /// What this history has and the database lacks. It changes nothing. What a later release has added beyond the whole of
    /// this history is no matter: an earlier release goes on working beside it, or a rollback could not.
    /// - Throws: `DatabaseError.migrationMismatch` when the histories have parted.
    package func pending(_ database: any Database) async throws -> [String] {
        try await database.read { connection in try pending(connection) }
    }

    /// The same, as this connection sees it.
    package func pending(_ connection: any Connection) throws(DatabaseError) -> [String] {
        try tableExists(connection) ? try missing(connection, besideLater: true).map(\.id) : migrations.map(\.id)
    }

    private func missing(
        _ connection: any Connection, besideLater: Bool = false
    ) throws(DatabaseError) -> ArraySlice<Migration> {
        var applied: [String: String] = [:]
        for row in try connection.query("SELECT id, checksum FROM \(Self.table) WHERE owner = ?", [owner]) {
            applied[try row.get("id")] = try row.get("checksum", as: String.self)
        }
        let done = migrations.prefix { applied[$0.id] != nil }
        for migration in done where applied[migration.id] != migration.checksum(connection.dialect) {
            throw .migrationMismatch(id: migration.id, reason: "its statements changed since it was applied")
        }
        let known = Set(done.map(\.id))
        let isWhole = done.count == migrations.count
        if !(besideLater && isWhole), let stranger = applied.keys.sorted().first(where: { !known.contains($0) }) {
            let late = migrations.contains { $0.id == stranger }
            throw .migrationMismatch(
                id: stranger,
                reason: late
                    ? "it was applied before one that comes earlier here" : "it was applied, but is not known here")
        }
        return migrations.dropFirst(done.count)
    }

    /// In a transaction of its own: PostgreSQL answers two creations at once with an error for one of them, after which
    /// the table is there.
    private func createTable(in database: any Database) async throws {
        if try await database.read({ try tableExists($0) }) { return }
        do {
            _ = try await database.write { connection in
                try connection.execute(
                    """
                    CREATE TABLE IF NOT EXISTS \(Self.table) (
                        owner TEXT NOT NULL, id TEXT NOT NULL, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL,
                        PRIMARY KEY (owner, id))
                    """)
            }
        } catch let error as DatabaseError {
            if try await database.read({ try tableExists($0) }) { return }
            throw error
        }
    }

    private func tableExists(_ connection: any Connection) throws(DatabaseError) -> Bool {
        switch connection.dialect {
        case .sqlite:
            try !connection.query("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", [Self.table]).isEmpty
        case .postgresql:
            try !connection.query("SELECT 1 WHERE to_regclass(?) IS NOT NULL", [Self.table]).isEmpty
        }
    }
}
