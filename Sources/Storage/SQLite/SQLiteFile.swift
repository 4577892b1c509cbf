import Foundation
import GRDB

/// A SQLite file that is only looked at: not a byte of it or of its log changes.
package struct SQLiteFile: Sendable {
    package let path: String

    package init(path: String) { self.path = path }

    package var exists: Bool { FileManager.default.fileExists(atPath: path) }

    /// Runs `body` on the file as it is. It blocks, for as long as `body` runs, and before that for up to five seconds
    /// while another process recovers the log of one that was killed.
    /// - Throws: what `body` threw, or `DatabaseError`.
    package func read<T>(_ body: (any Connection) throws -> T) throws -> T {
        do {
            let queue = try open()
            defer { do { try queue.close() } catch { queue.interrupt() } }
            return try queue.read { try body(SQLiteConnection(database: $0, path: path)) }
        } catch let error as GRDB.DatabaseError {
            throw DatabaseError(sqlite: error, path: path, sql: "")
        }
    }

    private func open() throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(SQLiteDatabase.busyTimeout)
        return try DatabaseQueue(path: address, configuration: configuration)
    }

    /// A URI (https://www.sqlite.org/uri.html). Without a write-ahead log nobody has the file open, and `immutable` keeps
    /// SQLite from making one beside it.
    private var address: String {
        var allowed = CharacterSet.urlPathAllowed
        allowed.remove(charactersIn: "?#%;")
        let place = path.addingPercentEncoding(withAllowedCharacters: allowed) ?? path
        let isOpen = FileManager.default.fileExists(atPath: "\(path)-wal")
        return "file:\(place)?mode=ro" + (isOpen ? "" : "&immutable=1")
    }
}
