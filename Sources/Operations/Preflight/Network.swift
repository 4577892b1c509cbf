import Glibc

/// An address of a host, as the system's resolver gives it.
struct NetworkAddress: Sendable {
    /// A `sockaddr_in` or `sockaddr_in6`, byte by byte.
    fileprivate var bytes: [UInt8]
    /// In numbers.
    var text: String

    /// Of this machine: 127.0.0.0/8, ::1, and what stands for any address.
    var isLoopback: Bool {
        text.hasPrefix("127.") || text == "::1" || text == "0.0.0.0" || text == "::" || text.hasPrefix("::ffff:127.")
    }
}

enum NetworkError: Error, Sendable, Equatable {
    case unknownHost(reason: String)
    case refused(reason: String)
    case timedOut
    case closed
}

/// TCP from a thread that may block. Every wait has an end.
enum Network {
    /// All addresses of a host. The resolver has time limits of its own, and cannot be interrupted.
    static func resolve(_ host: String, port: Int) throws(NetworkError) -> [NetworkAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICSERV
        var first: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, "\(port)", &hints, &first)
        guard code == 0 else { throw .unknownHost(reason: String(cString: gai_strerror(code))) }
        defer { freeaddrinfo(first) }
        var found: [NetworkAddress] = []
        var next = first
        while let info = next?.pointee {
            next = info.ai_next
            guard let address = info.ai_addr else { continue }
            let bytes = UnsafeRawBufferPointer(start: address, count: Int(info.ai_addrlen))
            var name = [CChar](repeating: 0, count: 64)
            guard getnameinfo(address, info.ai_addrlen, &name, 64, nil, 0, NI_NUMERICHOST) == 0 else { continue }
            found.append(
                NetworkAddress(
                    bytes: Array(bytes),
                    text: String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)))
        }
        return found
    }

    /// Connects to the first address that answers.
    static func connect(
        _ addresses: [NetworkAddress], until end: ContinuousClock.Instant
    ) throws(NetworkError) -> NetworkConnection {
        var last = NetworkError.unknownHost(reason: "it has no address")
        for (index, address) in addresses.enumerated() {
            // The later ones get their share of the time as well.
            let share = (end - ContinuousClock.now) / (addresses.count - index)
            do throws(NetworkError) {
                return try connect(address, until: ContinuousClock.now + share)
            } catch { last = error }
        }
        throw last
    }

    private static func connect(
        _ address: NetworkAddress, until end: ContinuousClock.Instant
    ) throws(NetworkError) -> NetworkConnection {
        let family = address.bytes.withUnsafeBytes { Int32($0.load(as: sa_family_t.self)) }
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC | O_NONBLOCK, 0)
        guard descriptor >= 0 else { throw .refused(reason: String(cString: strerror(errno))) }
        let connection = NetworkConnection(descriptor: descriptor, end: end)
        let code = address.bytes.withUnsafeBytes { raw in
            raw.withMemoryRebound(to: sockaddr.self) { Glibc.connect(descriptor, $0.baseAddress, socklen_t(raw.count)) }
        }
        if code == 0 { return connection }
        guard errno == EINPROGRESS else { throw .refused(reason: String(cString: strerror(errno))) }
        try connection.wait(for: POLLOUT)
        var failure: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &length)
        guard failure == 0 else {
            throw failure == ETIMEDOUT ? .timedOut : .refused(reason: String(cString: strerror(failure)))
        }
        return connection
    }
}

/// An open connection, closed with its last reference. Everything on it ends by the same moment.
final class NetworkConnection {
    private let descriptor: Int32
    private let end: ContinuousClock.Instant

    fileprivate init(descriptor: Int32, end: ContinuousClock.Instant) {
        self.descriptor = descriptor
        self.end = end
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8]) throws(NetworkError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count > 0 { rest = rest.dropFirst(count) } else { try again(POLLOUT) }
        }
    }

    /// At least one byte.
    func receive(atMost limit: Int) throws(NetworkError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: limit)
        while true {
            let count = recv(descriptor, &bytes, limit, 0)
            if count > 0 { return Array(bytes[..<count]) }
            if count == 0 { throw .closed }
            try again(POLLIN)
        }
    }

    /// Exactly so many bytes.
    func receive(_ count: Int) throws(NetworkError) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count { bytes += try receive(atMost: count - bytes.count) }
        return bytes
    }

    private func again(_ event: Int32) throws(NetworkError) {
        switch errno {
        case EAGAIN: try wait(for: event)
        case EINTR: break
        default: throw .closed
        }
    }

    fileprivate func wait(for event: Int32) throws(NetworkError) {
        while true {
            let left = (end - ContinuousClock.now) / .milliseconds(1)
            guard left > 0 else { throw .timedOut }
            var waiting = pollfd(fd: descriptor, events: Int16(event), revents: 0)
            let ready = poll(&waiting, 1, Int32(min(left.rounded(.up), 1e6)))
            if ready > 0 { return }
            guard ready == 0 || errno == EINTR else { throw .closed }
        }
    }
}
