import Foundation
import GRDB

/// A SQLite file that several processes may share: write-ahead log, durable commits (`synchronous = FULL`), foreign
/// keys on, and five seconds of patience for another process's write. One writer and up to five readers at once.
package final class SQLiteDatabase: Database {
    /// Seconds that a write waits for another process's.
    static let busyTimeout: TimeInterval = 5

    let path: String
    private let pool: DatabasePool
    private let poller: SQLiteHints

    package var dialect: Dialect { .sqlite }

    /// Opens the file, and creates it when it is not there; its folder has to exist.
    /// - Throws: `DatabaseError`: `unreachable`, `readOnly`, `full`, `busy`.
    package init(path: String) throws(DatabaseError) {
        self.path = path
        do {
            pool = try Self.openPatiently(path)
            try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        } catch {
            throw DatabaseError(sqlite: error, path: path, sql: "")
        }
        poller = SQLiteHints(path: path)
    }

    package func write<T: Sendable>(_ body: @Sendable @escaping (any Connection) throws -> T) async throws -> T {
        let path = path
        return try await PendingCall.run { call in
            pool.asyncWriteWithoutTransaction { database in
                call.answer { try Self.transaction(database, path: path, body) }
            }
        }
    }

    package func read<T: Sendable>(_ body: @Sendable @escaping (any Connection) throws -> T) async throws -> T {
        let path = path
        return try await PendingCall.run { call in
            pool.asyncRead { result in
                call.answer {
                    do {
                        return try body(SQLiteConnection(database: result.get(), path: path))
                    } catch let error as GRDB.DatabaseError {
                        throw DatabaseError(sqlite: error, path: path, sql: "BEGIN")
                    }
                }
            }
        }
    }

    package func hints(topic: String) -> AsyncStream<Void> {
        poller.subscribe(topic)
    }

    package func close() async {
        poller.stop()
        let pool = pool
        await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
            DispatchQueue.global().async {
                // What is still open at this point belongs to a statement that runs; SQLite closes with its last one.
                do { try pool.close() } catch { pool.interrupt() }
                done.resume()
            }
        }
    }

    /// Changing a new file to write-ahead logging does not wait for another process that does so as well. Then an empty
    /// transaction waits, as SQLite lets it, until that process is done.
    private static func openPatiently(_ path: String) throws -> DatabasePool {
        for _ in 0..<10 {
            do {
                return try open(path)
            } catch ResultCode.SQLITE_BUSY {
                var configuration = Configuration()
                configuration.busyMode = .timeout(busyTimeout)
                let waiting = try DatabaseQueue(path: path, configuration: configuration)
                try waiting.writeWithoutTransaction { try $0.execute(sql: "BEGIN EXCLUSIVE; COMMIT") }
            }
        }
        return try open(path)
    }

    private static func open(_ path: String) throws -> DatabasePool {
        var configuration = Configuration()
        configuration.busyMode = .timeout(busyTimeout)
        configuration.foreignKeysEnabled = true
        configuration.maximumReaderCount = Dialect.sqlite.connections - 1
        configuration.prepareDatabase { $0.add(function: Vector.cosineDistanceFunction) }
        return try DatabasePool(path: path, configuration: configuration)
    }

    static func transaction<T>(
        _ database: GRDB.Database, path: String, _ body: (any Connection) throws -> T
    ) throws -> T {
        let connection = SQLiteConnection(database: database, path: path)
        do {
            try database.beginTransaction(.immediate)
            let result = try body(connection)
            // As in PostgreSQL, a transaction whose statement failed cannot commit, even if its body went on.
            if let failure = connection.failure { throw failure }
            try database.commit()
            return result
        } catch {
            do { try database.rollback() } catch { throw DatabaseError(sqlite: error, path: path, sql: "ROLLBACK") }
            guard error is GRDB.DatabaseError else { throw error }
            throw DatabaseError(sqlite: error, path: path, sql: "COMMIT")
        }
    }
}
