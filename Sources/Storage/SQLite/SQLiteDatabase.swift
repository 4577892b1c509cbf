import Foundation
import GRDB
import Synchronization

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
        return try await run(pool.asyncWriteWithoutTransaction) { database in
            do {
                return try Self.transaction(database, path: path, body)
            } catch let error as GRDB.DatabaseError {
                throw DatabaseError(sqlite: error, path: path, sql: "COMMIT")
            }
        }
    }

    package func read<T: Sendable>(_ body: @Sendable @escaping (any Connection) throws -> T) async throws -> T {
        let path = path
        let start: (@escaping @Sendable (Result<GRDB.Database, any Error>) -> Void) -> Void = pool.asyncRead
        return try await run(start) { result in
            let database: GRDB.Database
            do { database = try result.get() } catch { throw DatabaseError(sqlite: error, path: path, sql: "BEGIN") }
            return try body(SQLiteConnection(database: database, path: path))
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

    /// Changing a new file to write-ahead logging ignores SQLite's own time-out when another process does so as well.
    private static func openPatiently(_ path: String) throws -> DatabasePool {
        for _ in 0..<100 {
            do {
                return try open(path)
            } catch ResultCode.SQLITE_BUSY {
                Thread.sleep(forTimeInterval: busyTimeout / 100)
            }
        }
        return try open(path)
    }

    private static func open(_ path: String) throws -> DatabasePool {
        var configuration = Configuration()
        configuration.busyMode = .timeout(busyTimeout)
        configuration.foreignKeysEnabled = true
        configuration.maximumReaderCount = 5
        configuration.prepareDatabase { $0.add(function: Vector.cosineDistanceFunction) }
        return try DatabasePool(path: path, configuration: configuration)
    }

    private static func transaction<T>(
        _ database: GRDB.Database, path: String, _ body: (any Connection) throws -> T
    ) throws -> T {
        var result: T?
        try database.inTransaction(.immediate) {
            result = try body(SQLiteConnection(database: database, path: path))
            return .commit
        }
        guard let result else { throw DatabaseError.other("\(path): a transaction ended without a result") }
        return result
    }

    /// Runs `work` where `start` puts it. A caller that was cancelled before it began gets `CancellationError`, and
    /// nothing runs; what has begun runs to its end, so that its outcome is known.
    private func run<Access, T: Sendable>(
        _ start: (@escaping @Sendable (Access) -> Void) -> Void, _ work: @Sendable @escaping (Access) throws -> T
    ) async throws -> T {
        let cancelled = Mutex(false)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                start { access in
                    continuation.resume(
                        with: Result {
                            if cancelled.withLock({ $0 }) { throw CancellationError() }
                            return try work(access)
                        })
                }
            }
        } onCancel: {
            cancelled.withLock { $0 = true }
        }
    }
}
