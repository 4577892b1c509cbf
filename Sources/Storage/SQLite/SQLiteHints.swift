import Foundation
import GRDB
import Synchronization

/// Watches one SQLite file for announcements of other connections, in this process and in others. One thread, which
/// runs only while somebody listens, asks `PRAGMA data_version` every 25 ms, and looks at the topics when it changed.
final class SQLiteHints: Sendable {
    private struct State {
        var listeners: [Int: (topic: String, continuation: AsyncStream<Void>.Continuation)] = [:]
        var next = 0
        var running = false
        var stopped = false
    }

    private static let interval: TimeInterval = 0.025
    private let path: String
    private let state = Mutex(State())
    private let wake = NSCondition()

    init(path: String) {
        self.path = path
    }

    func subscribe(_ topic: String) -> AsyncStream<Void> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let (id, start) = state.withLock { state -> (Int?, Bool) in
                if state.stopped { return (nil, false) }
                state.next += 1
                state.listeners[state.next] = (topic, continuation)
                defer { state.running = true }
                return (state.next, !state.running)
            }
            guard let id else { return continuation.finish() }
            continuation.onTermination = { [weak self] _ in self?.remove(id) }
            if start { Thread.detachNewThread { [self] in poll() } }
        }
    }

    func stop() {
        let listeners = state.withLock { state in
            state.stopped = true
            defer { state.listeners = [:] }
            return state.listeners.values.map(\.continuation)
        }
        for listener in listeners { listener.finish() }
        signal()
    }

    private func remove(_ id: Int) {
        let empty = state.withLock { state in
            state.listeners[id] = nil
            return state.listeners.isEmpty
        }
        if empty { signal() }
    }

    private func signal() {
        wake.lock()
        wake.broadcast()
        wake.unlock()
    }

    private func poll() {
        var watcher: Watcher?
        while keepsRunning() {
            do {
                // Opening tells everybody, because what happened before it is not known.
                if let watching = watcher {
                    tell(try watching.changedTopics())
                } else {
                    watcher = try Watcher(path: path)
                    tell(nil)
                }
            } catch {
                watcher = nil
            }
            wake.lock()
            _ = wake.wait(until: Date(timeIntervalSinceNow: Self.interval))
            wake.unlock()
        }
    }

    /// Whether anybody still listens; marks the thread as ended when not, in the same step.
    private func keepsRunning() -> Bool {
        state.withLock { state in
            state.running = !state.stopped && !state.listeners.isEmpty
            return state.running
        }
    }

    private func tell(_ topics: Set<String>?) {
        if let topics, topics.isEmpty { return }
        let told = state.withLock { state in
            state.listeners.values.filter { topics?.contains($0.topic) ?? true }.map(\.continuation)
        }
        for continuation in told { continuation.yield() }
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
        guard try database.tableExists(HintTable.name) else { return [:] }
        let rows = try GRDB.Row.fetchAll(database, sql: "SELECT topic, version FROM \(HintTable.name)")
        return Dictionary(uniqueKeysWithValues: rows.map { ($0["topic"], $0["version"]) })
    }
}
