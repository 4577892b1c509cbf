import Dispatch
import Glibc

/// One question to a unix socket, and its whole answer. Addresses are short, so a socket is reached through its
/// folder's descriptor.
package struct UnixSocket: Sendable {
    private static let queue = DispatchQueue(label: "haproxy.socket", attributes: .concurrent)

    package let folder: String
    package let name: String

    package init(folder: String, name: String) {
        self.folder = folder
        self.name = name
    }

    /// Sends the text and reads until the other side closes, at most 16 MiB.
    package func ask(_ text: String, timeout: Duration = .seconds(3)) async throws(UnixSocketError) -> String {
        let result: Result<String, UnixSocketError> = await withCheckedContinuation { continuation in
            Self.queue.async {
                do throws(UnixSocketError) {
                    continuation.resume(returning: .success(try askNow(text, timeout: timeout)))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }

    private func askNow(_ text: String, timeout: Duration) throws(UnixSocketError) -> String {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        guard descriptor >= 0 else { throw failure("socket") }
        defer { close(descriptor) }
        let (seconds, attoseconds) = timeout.components
        var limit = timeval(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        try withAddress { raw, length in connect(descriptor, raw, length) }
        try send("\(text)\n", to: descriptor)
        return try receive(from: descriptor)
    }

    /// A connection that the caller closes.
    package func open() throws(UnixSocketError) -> Int32 {
        let descriptor = try newSocket()
        do {
            try withAddress { raw, length in connect(descriptor, raw, length) }
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    private func newSocket() throws(UnixSocketError) -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        guard descriptor >= 0 else { throw failure("socket") }
        return descriptor
    }

    package func send(_ text: String, to descriptor: Int32) throws(UnixSocketError) {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw failure("send") }
            sent += count
        }
    }

    private func receive(from descriptor: Int32) throws(UnixSocketError) -> String {
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while answer.count < 16 << 20 {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count >= 0 else { throw failure("read") }
            if count == 0 { break }
            answer.append(contentsOf: buffer[..<count])
        }
        return String(decoding: answer, as: UTF8.self)
    }

    /// Calls `body` with the socket's address.
    func withAddress(
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) throws(UnixSocketError) {
        let directory = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw failure("open \(folder)") }
        defer { close(directory) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Array("/proc/self/fd/\(directory)/\(name)".utf8)
        guard path.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw UnixSocketError(socket: "\(folder)/\(name)", reason: "its name is too long")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw failure("reach") }
    }

    private func failure(_ step: String) -> UnixSocketError {
        UnixSocketError(socket: "\(folder)/\(name)", reason: "\(step): \(String(cString: strerror(errno)))")
    }
}

package struct UnixSocketError: Error, Sendable, CustomStringConvertible {
    package var socket: String
    package var reason: String
    package var description: String { "\(socket) does not answer (\(reason))" }
}
