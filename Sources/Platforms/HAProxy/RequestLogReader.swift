import Glibc
import Synchronization

/// Reads one HAProxy's request log from the ring that it keeps in memory, over its run-time socket, and counts by worker
/// and server, on a thread of its own. When nobody reads, the ring overwrites itself and HAProxy does nothing for it.
final class RequestLogReader: Sendable {
    struct Key: Hashable, Sendable {
        var worker: Int
        var backend: String
        var server: String
    }

    private struct State {
        var counts: [Key: RequestCounts] = [:]
        /// By backend.
        var clients: [String: ClientMemory] = [:]
        /// The worker whose log is being read, and the connection to it.
        var followed: (worker: Int, connection: Int32)?
        /// Grows with each connection, so that a thread knows whether it is still the one that counts.
        var generation = 0
    }

    private let state = Mutex(State())
    private let socket: UnixSocket

    init(folder: String) { socket = UnixSocket(folder: folder, name: HAProxyConfiguration.adminSocket) }

    /// Reads the worker's log from now on, unless it does already. What was read of another worker ends: its connection
    /// would keep it from leaving.
    /// - Parameter fromStart: take what is in the ring as well, which is all of a worker that has just begun.
    func follow(worker: Int, fromStart: Bool) throws(UnixSocketError) {
        guard state.withLock({ $0.followed?.worker != worker }) else { return }
        let connection = try socket.open()
        do {
            try socket.send("show events \(HAProxyConfiguration.ring) -w\(fromStart ? "" : " -n")\n", to: connection)
        } catch {
            Glibc.close(connection)
            throw error
        }
        let generation = state.withLock { state in
            if let old = state.followed { shutdown(old.connection, Int32(SHUT_RDWR)) }
            state.counts = state.counts.filter { $0.key.worker == worker }
            // Another worker names them otherwise.
            state.clients = [:]
            state.followed = (worker, connection)
            state.generation += 1
            return state.generation
        }
        Thread.detach { [self] in read(connection, generation) }
    }

    /// What was counted for a worker's servers.
    func counts(worker: Int, backend: String) -> [String: RequestCounts] {
        state.withLock { state in
            var found: [String: RequestCounts] = [:]
            for (key, counts) in state.counts where key.worker == worker && key.backend == backend {
                found[key.server] = counts
            }
            return found
        }
    }

    /// Whether the backend's clients are worth telling apart.
    func tellsClientsApart(backend: String) -> Bool {
        state.withLock { $0.clients[backend]?.tellsApart ?? false }
    }

    private static func nanoseconds(since begun: ContinuousClock.Instant) -> Int64 {
        let (seconds, attoseconds) = (ContinuousClock.now - begun).components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }

    /// Whether a worker's log is being read now.
    var isConnected: Bool { state.withLock { $0.followed != nil } }

    func close() {
        state.withLock { state in
            if let followed = state.followed { shutdown(followed.connection, Int32(SHUT_RDWR)) }
        }
    }

    private func read(_ connection: Int32, _ generation: Int) {
        var lines = LogLines()
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        let begun = ContinuousClock.now
        while true {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            let parsed = lines.add(buffer[..<count]).compactMap { RequestLine($0[...]) }
            let now = Self.nanoseconds(since: begun)
            state.withLock { state in
                guard state.generation == generation else { return }
                for line in parsed {
                    let key = Key(worker: line.worker, backend: line.backend, server: line.server)
                    state.counts[key, default: RequestCounts()].add(line)
                    guard !line.smoke, let client = line.client,
                        state.clients[line.backend, default: ClientMemory()].isFirst(client, at: now)
                    else { continue }
                    state.counts[key, default: RequestCounts()].addClient(line)
                }
            }
        }
        state.withLock { state in
            if state.generation == generation { state.followed = nil }
            Glibc.close(connection)
        }
    }
}

/// Splits a stream into lines.
package struct LogLines: Sendable {
    /// What is longer than any line of ours is dropped.
    private static let longest = 64 << 10
    private var rest: [UInt8] = []

    package init() {}

    /// The lines that are whole now.
    package mutating func add(_ bytes: some Sequence<UInt8>) -> [String] {
        rest.append(contentsOf: bytes)
        guard let last = rest.lastIndex(of: 0x0A) else {
            if rest.count > Self.longest { rest = [] }
            return []
        }
        let lines = rest[..<last].split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
        rest.removeFirst(last + 1)
        return lines
    }
}
