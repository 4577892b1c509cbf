import Foundation
import GRDB

/// One GRDB transaction, seen as ours. Once a statement failed, those after it fail the same way.
final class SQLiteConnection: Connection {
    private let database: GRDB.Database
    private let path: String
    private(set) var failure: DatabaseError?

    init(database: GRDB.Database, path: String) {
        self.database = database
        self.path = path
    }

    var dialect: Dialect { .sqlite }

    func query(_ sql: String, _ arguments: [any SQLConvertible]) throws(DatabaseError) -> [Row] {
        try run(sql) {
            let statement = try database.cachedStatement(sql: sql)
            let columns = statement.columnNames
            let cursor = try GRDB.Row.fetchCursor(statement, arguments: bound(arguments))
            var rows: [Row] = []
            while let row = try cursor.next() {
                rows.append(Row(columns: columns, values: row.databaseValues.map(\.sqlValue)))
            }
            return rows
        }
    }

    func execute(_ sql: String, _ arguments: [any SQLConvertible]) throws(DatabaseError) -> Int {
        try run(sql) {
            let statement = try database.cachedStatement(sql: sql)
            let before = database.totalChangesCount
            try statement.execute(arguments: bound(arguments))
            // `changesCount` keeps the number of the statement before, when this one was not a change.
            return database.totalChangesCount == before ? 0 : database.changesCount
        }
    }

    private func run<T>(_ sql: String, _ work: () throws -> T) throws(DatabaseError) -> T {
        if let failure { throw failure }
        do {
            return try work()
        } catch {
            let error = DatabaseError(sqlite: error, path: path, sql: sql)
            failure = error
            throw error
        }
    }

    private func bound(_ arguments: [any SQLConvertible]) -> StatementArguments {
        StatementArguments(arguments.map { $0.sqlValue.databaseValue })
    }
}

extension SQLValue {
    var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let value): value.databaseValue
        case .real(let value): value.databaseValue
        case .text(let value): value.databaseValue
        case .blob(let value): Data(value).databaseValue
        }
    }
}

extension DatabaseValue {
    var sqlValue: SQLValue {
        switch storage {
        case .null: .null
        case .int64(let value): .integer(value)
        case .double(let value): .real(value)
        case .string(let value): .text(value)
        case .blob(let value): .blob([UInt8](value))
        }
    }
}
