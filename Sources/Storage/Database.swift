/// A value that both databases store: text, 64-bit integers, doubles, bytes and null. Times are integer microseconds
/// since 1970, ids are text.
package enum SQLValue: Sendable, Equatable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])
}

/// What can be bound to a `?` and read from a column.
package protocol SQLConvertible: Sendable {
    var sqlValue: SQLValue { get }
    init(sqlValue: SQLValue) throws(DatabaseError)
}

/// One row, by column name.
package struct Row: Sendable {
    package let columns: [String]
    package let values: [SQLValue]

    package init(columns: [String], values: [SQLValue]) {
        self.columns = columns
        self.values = values
    }

    /// The column's value as `T` (`Int64`, `Int`, `Double`, `String`, `Bool`, `[UInt8]`, or an optional of those).
    /// - Throws: `DatabaseError.unexpectedColumn` when there is no such column, or its value is of another type.
    package func get<T: SQLConvertible>(_ column: String, as type: T.Type = T.self) throws(DatabaseError) -> T {
        guard let index = columns.firstIndex(of: column) else {
            throw .unexpectedColumn(name: column, reason: "not among \(columns.joined(separator: ", "))")
        }
        do {
            return try T(sqlValue: values[index])
        } catch .unexpectedColumn(_, let reason) {
            throw .unexpectedColumn(name: column, reason: reason)
        }
    }
}

/// One transaction's view of the database. It is synchronous, and must not leave the closure that it was given to. Once
/// a statement failed, the transaction can only be rolled back: every later statement, and the commit, fail the same way.
package protocol Connection {
    var dialect: Dialect { get }

    /// Runs a query with `?` placeholders.
    func query(_ sql: String, _ arguments: [any SQLConvertible]) throws(DatabaseError) -> [Row]

    /// Runs a statement with `?` placeholders.
    /// - Returns: how many rows it changed.
    @discardableResult
    func execute(_ sql: String, _ arguments: [any SQLConvertible]) throws(DatabaseError) -> Int
}

/// The database in use, for the three seams that differ (`Connection+Seams`).
package enum Dialect: String, Sendable {
    case sqlite, postgresql
}

/// What a transaction's statements may see of others' commits.
package enum WriteIsolation: Sendable {
    /// As if it ran alone.
    case serializable
    /// Each statement sees what was committed before it; a row that somebody else changes is waited for and looked at
    /// again. For transactions whose statements check all that they depend on in the rows that they change. (SQLite has
    /// one writer at a time, so it is serializable there.)
    case readCommitted
}

/// What a reading body's statements may see of others' commits.
package enum ReadIsolation: Sendable {
    /// All of them see the same.
    case snapshot
    /// Each sees what was committed before it. For a body of one statement, or whose statements need not agree: without a
    /// transaction around it, it costs one way to the server and back instead of three. (SQLite gives the snapshot.)
    case eachStatement
}

/// A database. Transactions are synchronous closures: no I/O and no await inside, and a body may run again
/// (serialization failure, busy), so it has no effects but its own statements.
package protocol Database: Sendable {
    var dialect: Dialect { get }

    /// Runs `body` in one serializable read-write transaction; commits when it returns, rolls back when it throws.
    /// A task that is cancelled before its turn gets `CancellationError`, and nothing runs; a transaction that has begun
    /// runs to its end.
    /// - Throws: what `body` threw, or `DatabaseError`.
    func write<T: Sendable>(_ body: @Sendable @escaping (any Connection) throws -> T) async throws -> T

    /// The same in the isolation that `body` needs.
    func write<T: Sendable>(
        _ isolation: WriteIsolation, _ body: @Sendable @escaping (any Connection) throws -> T
    ) async throws -> T

    /// Runs `body` on a consistent snapshot.
    func read<T: Sendable>(_ body: @Sendable @escaping (any Connection) throws -> T) async throws -> T

    /// The same in the isolation that `body` needs.
    func read<T: Sendable>(
        _ isolation: ReadIsolation, _ body: @Sendable @escaping (any Connection) throws -> T
    ) async throws -> T

    /// Emits once when it begins to watch, and after somebody, in any process, has committed to `topic`; hints may be
    /// lost or doubled, so a reader polls as well. Announce with `Connection.announce(_:)` inside the transaction. Ends
    /// when the database is closed.
    func hints(topic: String) -> AsyncStream<Void>

    func close() async
}

extension Database {
    package func write<T: Sendable>(
        _ isolation: WriteIsolation, _ body: @Sendable @escaping (any Connection) throws -> T
    ) async throws -> T {
        try await write(body)
    }

    package func read<T: Sendable>(
        _ isolation: ReadIsolation, _ body: @Sendable @escaping (any Connection) throws -> T
    ) async throws -> T {
        try await read(body)
    }
}

extension Connection {
    /// Runs a query that answers with at most one row.
    package func first(_ sql: String, _ arguments: [any SQLConvertible] = []) throws(DatabaseError) -> Row? {
        try query(sql, arguments).first
    }

    package func query(_ sql: String) throws(DatabaseError) -> [Row] { try query(sql, []) }

    @discardableResult
    package func execute(_ sql: String) throws(DatabaseError) -> Int { try execute(sql, []) }
}
