import Foundation
import GRDB

/// One GRDB transaction, seen as ours.
struct SQLiteConnection: Connection {
    let database: GRDB.Database
    let path: String

    var dialect: Dialect { .sqlite }

    func query(_ sql: String, _ arguments: [any SQLConvertible]) throws(DatabaseError) -> [Row] {
        do {
            let statement = try database.cachedStatement(sql: sql)
            let columns = statement.columnNames
            let cursor = try GRDB.Row.fetchCursor(statement, arguments: bound(arguments))
            var rows: [Row] = []
            while let row = try cursor.next() {
                rows.append(Row(columns: columns, values: row.databaseValues.map(\.sqlValue)))
            }
            return rows
        } catch {
            throw DatabaseError(sqlite: error, path: path, sql: sql)
        }
    }

    func execute(_ sql: String, _ arguments: [any SQLConvertible]) throws(DatabaseError) -> Int {
        do {
            let statement = try database.cachedStatement(sql: sql)
            let before = database.totalChangesCount
            try statement.execute(arguments: bound(arguments))
            // `changesCount` keeps the number of the statement before, when this one was not a change.
            return database.totalChangesCount == before ? 0 : database.changesCount
        } catch {
            throw DatabaseError(sqlite: error, path: path, sql: sql)
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
