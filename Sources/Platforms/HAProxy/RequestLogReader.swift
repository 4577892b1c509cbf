import FoundationEssentials
import Glibc
import Synchronization

/// Receives one HAProxy's request log on a unix socket and counts, by worker and server, on a thread of its own.
final class RequestLogReader: Sendable {
    struct Key: Hashable, Sendable {
        var worker: Int
        var backend: String
        var server: String
    }

    private struct State {
        var counts: [Key: RequestCounts] = [:]
        var connections: Set<Int32> = []
        var closed = false
    }

    private let state = Mutex(State())
    private let listener: Int32

    /// Takes the socket over; whoever had it before no longer gets anything.
    init(folder: String) throws(UnixSocketError) {
        let name = HAProxyConfiguration.logSocket
        unlink("\(folder)/\(name)")
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        try UnixSocket(folder: folder, name: name).withAddress { raw, length in bind(descriptor, raw, length) }
        chmod("\(folder)/\(name)", 0o600)
        guard listen(descriptor, 16) == 0 else {
            throw UnixSocketError(socket: "\(folder)/\(name)", reason: String(cString: strerror(errno)))
        }
        listener = descriptor
        Thread.detach { [self] in acceptAll() }
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

    /// Whether an HAProxy is connected now.
    var isConnected: Bool { state.withLock { !$0.connections.isEmpty } }

    func close() {
        state.withLock { state in
            guard !state.closed else { return }
            state.closed = true
            shutdown(listener, Int32(SHUT_RDWR))
            for connection in state.connections { shutdown(connection, Int32(SHUT_RDWR)) }
        }
    }

    private func acceptAll() {
        while true {
            let connection = Glibc.accept(listener, nil, nil)
            let over = state.withLock { state in
                if connection >= 0, !state.closed { state.connections.insert(connection) }
                return state.closed || connection < 0
            }
            if over { break }
            Thread.detach { [self] in read(connection) }
        }
        Glibc.close(listener)
    }

    private func read(_ connection: Int32) {
        var frames = SyslogFrames()
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        while true {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0, let lines = frames.add(buffer[..<count]) else { break }
            let parsed = lines.compactMap { RequestLine($0[...]) }
            state.withLock { state in
                for line in parsed {
                    let key = Key(worker: line.worker, backend: line.backend, server: line.server)
                    state.counts[key, default: RequestCounts()].add(line)
                }
            }
        }
        _ = state.withLock { $0.connections.remove(connection) }
        Glibc.close(connection)
    }
}

/// Splits a stream of octet-counted syslog messages (RFC 6587, section 3.4.1).
package struct SyslogFrames: Sendable {
    private static let longest = 64 << 10
    private var rest: [UInt8] = []

    package init() {}

    /// The messages that are whole now; nil when the stream is none of that kind.
    package mutating func add(_ bytes: some Sequence<UInt8>) -> [String]? {
        rest.append(contentsOf: bytes)
        var messages: [String] = []
        var position = 0
        while let space = rest[position...].firstIndex(of: 0x20) {
            guard let length = Int(String(decoding: rest[position..<space], as: UTF8.self)),
                (0...Self.longest).contains(length)
            else { return nil }
            let end = space + 1 + length
            guard end <= rest.count else { break }
            messages.append(String(decoding: rest[(space + 1)..<end], as: UTF8.self))
            position = end
        }
        rest.removeFirst(position)
        return rest.count <= Self.longest + 16 ? messages : nil
    }
}
