import GRDB

/// A SQLite database in memory, which answers before a call returns: for simulations, where whoever calls decides when.
/// Transactions are those of a file.
package final class SQLiteMemory: Sendable {
    private static let name = "memory"
    private let queue: DatabaseQueue

    /// - Throws: `DatabaseError`.
    package init() throws(DatabaseError) {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = true
        do { queue = try DatabaseQueue(configuration: configuration) } catch {
            throw DatabaseError(sqlite: error, path: Self.name, sql: "")
        }
    }

    /// Runs `body` in one transaction; commits when it returns, rolls back when it throws.
    /// - Throws: what `body` threw, or `DatabaseError`.
    package func write<T>(_ body: (any Connection) throws -> T) throws -> T {
        try queue.writeWithoutTransaction { try SQLiteDatabase.transaction($0, path: Self.name, body) }
    }

    /// Runs `body`, which only reads. Nobody else comes between, for every call is done when it returns.
    /// - Throws: what `body` threw, or `DatabaseError`.
    package func read<T>(_ body: (any Connection) throws -> T) throws -> T {
        try queue.unsafeRead { try body(SQLiteConnection(database: $0, path: Self.name)) }
    }
}
