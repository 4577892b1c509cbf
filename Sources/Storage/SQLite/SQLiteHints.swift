import Foundation
import GRDB

/// Watches one SQLite file for announcements of other connections, in this process and in others. One thread, which
/// runs only while somebody listens, asks `PRAGMA data_version` every 25 ms, and looks at the topics when it changed.
final class SQLiteHints: Sendable {
    private static let interval: TimeInterval = 0.025
    private let path: String
    private let listeners = HintListeners()
    private let condition = NSCondition()

    init(path: String) {
        self.path = path
    }

    func subscribe(_ topic: String) -> AsyncStream<Void> {
        listeners.subscribe(
            topic, watch: { [self] in Thread.detachNewThread { self.poll() } }, wake: { [weak self] in self?.wake() })
    }

    func stop() {
        listeners.stop()
        wake()
    }

    private func wake() {
        condition.lock()
        condition.broadcast()
        condition.unlock()
    }

    private func poll() {
        var watcher: Watcher?
        while listeners.keepsWatching() {
            do {
                if let watching = watcher {
                    listeners.tell(try watching.changedTopics())
                } else {
                    watcher = try Watcher(path: path)
                    listeners.wentLive()
                }
            } catch {
                watcher = nil
                listeners.wentBlind()
            }
            condition.lock()
            _ = condition.wait(until: Date(timeIntervalSinceNow: Self.interval))
            condition.unlock()
        }
    }
}

/// A connection of its own, because `data_version` only counts what other connections committed. Used by one thread.
private final class Watcher {
    private let queue: DatabaseQueue
    private var dataVersion: Int64
    private var topics: [String: Int64]

    init(path: String) throws {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(SQLiteDatabase.busyTimeout)
        queue = try DatabaseQueue(path: path, configuration: configuration)
        // The version first: what is committed between the two looks is told once too often rather than never.
        dataVersion = try queue.unsafeRead(Self.version)
        topics = try queue.unsafeRead(Self.read)
    }

    func changedTopics() throws -> Set<String> {
        let version = try queue.unsafeRead(Self.version)
        if version == dataVersion { return [] }
        let now = try queue.unsafeRead(Self.read)
        defer { (dataVersion, topics) = (version, now) }
        return Set(now.filter { topics[$0.key] != $0.value }.keys)
    }

    private static func version(_ database: GRDB.Database) throws -> Int64 {
        try Int64.fetchOne(database, sql: "PRAGMA data_version") ?? 0
    }

    private static func read(_ database: GRDB.Database) throws -> [String: Int64] {
        // Not `tableExists`: GRDB would remember its answer.
        let exists = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
        guard try Int.fetchOne(database, sql: exists, arguments: [HintTable.name]) != nil else { return [:] }
        let rows = try GRDB.Row.fetchAll(database, sql: "SELECT topic, version FROM \(HintTable.name)")
        return Dictionary(uniqueKeysWithValues: rows.map { ($0["topic"], $0["version"]) })
    }
}
