import Foundation
import Synchronization

/// A server that says exactly what a test scripts, byte by byte, on 127.0.0.1 or on a unix socket. Each connection is
/// handed to the script on a thread of its own and closed when the script returns. It ends with its last reference.
package final class ScriptedServer: Sendable {
    package let port: Int
    package let unixSocket: String?
    private let listener: Listener

    package var url: String { "http://127.0.0.1:\(port)" }

    /// How many connections have come in so far.
    package var accepted: Int { listener.state.withLock { $0.accepted } }
    /// How many of them are still with the script.
    package var open: Int { listener.state.withLock { $0.open.count } }

    package init(unixSocket: String? = nil, _ script: @escaping @Sendable (ScriptedConnection) -> Void) throws {
        self.unixSocket = unixSocket
        let (descriptor, port) = try unixSocket.map { (try listenOnUnix($0), 0) } ?? listenOnTCP(backlog: 1024)
        self.port = port
        listener = Listener(descriptor)
        let listener = listener
        Thread.detachNewThread { listener.run(script) }
    }

    deinit { listener.stop() }
}

private final class Listener: Sendable {
    struct State {
        var accepted = 0
        var open: Set<Int32> = []
        var stopped = false
    }

    let state = Mutex(State())
    private let descriptor: Int32

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    func run(_ script: @escaping @Sendable (ScriptedConnection) -> Void) {
        while true {
            let peer = accept(descriptor, nil, nil)
            guard peer >= 0 else { break }
            let serves = state.withLock { state in
                state.accepted += 1
                if !state.stopped { state.open.insert(peer) }
                return !state.stopped
            }
            guard serves else { close(peer); break }
            Thread.detachNewThread { [self] in
                script(ScriptedConnection(peer))
                _ = state.withLock { $0.open.remove(peer) }
                close(peer)
            }
        }
        close(descriptor)
    }

    func stop() {
        let open = state.withLock { state in
            state.stopped = true
            return state.open
        }
        shutdown(descriptor, Int32(SHUT_RDWR))
        for peer in open { shutdown(peer, Int32(SHUT_RDWR)) }
    }
}

/// What came in on one connection.
package struct ReceivedRequest: Sendable {
    package var line: String
    /// Names in lower case.
    package var headers: [String: String]
    package var body: [UInt8]
}

/// One connection, for the thread of its script.
package struct ScriptedConnection: Sendable {
    private let descriptor: Int32

    fileprivate init(_ descriptor: Int32) { self.descriptor = descriptor }

    /// - Returns: nil when the peer has gone.
    package func readRequest() -> ReceivedRequest? {
        var head: [UInt8] = []
        while !head.suffix(4).elementsEqual([13, 10, 13, 10]) {
            guard let byte = read(atMost: 1)?.first else { return nil }
            head.append(byte)
        }
        let lines = String(decoding: head, as: UTF8.self).components(separatedBy: "\r\n").filter { !$0.isEmpty }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
        }
        var body: [UInt8] = []
        let length = headers["content-length"].flatMap(Int.init) ?? 0
        while body.count < length {
            guard let more = read(atMost: length - body.count) else { return nil }
            body += more
        }
        return ReceivedRequest(line: lines.first ?? "", headers: headers, body: body)
    }

    /// - Returns: nil at the end.
    package func read(atMost count: Int) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: min(count, 65_536))
        let got = recv(descriptor, &buffer, buffer.count, 0)
        return got > 0 ? Array(buffer.prefix(got)) : nil
    }

    /// - Returns: false when the peer has gone.
    @discardableResult
    package func write(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { send(descriptor, $0.baseAddress! + sent, $0.count - sent, noSignal) }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    @discardableResult
    package func write(_ text: String) -> Bool { write(Array(text.utf8)) }

    /// A whole answer; the connection stays open.
    @discardableResult
    package func respond(_ status: String = "200 OK", headers: [String] = [], body: String = "") -> Bool {
        let extra = headers.map { $0 + "\r\n" }.joined()
        return write("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(extra)\r\n\(body)")
    }

    /// Returns when the peer has closed.
    package func waitForEnd() { while read(atMost: 65_536) != nil {} }

    /// Ends the connection with a reset instead of a close.
    package func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
    }
}

private let noSignal = Int32(MSG_NOSIGNAL)

/// Listens on 127.0.0.1, on a port that the system chooses.
/// - Returns: the descriptor, and the port.
package func listenOnTCP(backlog: Int32) throws -> (descriptor: Int32, port: Int) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listens = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
            bind(descriptor, raw, length) == 0 && listen(descriptor, backlog) == 0
                && getsockname(descriptor, raw, &length) == 0
        }
    }
    guard listens else {
        close(descriptor)
        throw POSIXError(.init(rawValue: errno) ?? .EIO)
    }
    return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
}

private func listenOnUnix(_ path: String) throws -> Int32 {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let room = MemoryLayout.size(ofValue: address.sun_path)
    guard path.utf8.count < room else { throw POSIXError(.ENAMETOOLONG) }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let listens = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
            bind(descriptor, raw, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0 && listen(descriptor, 1024) == 0
        }
    }
    guard listens else {
        close(descriptor)
        throw POSIXError(.init(rawValue: errno) ?? .EIO)
    }
    return descriptor
}
