import Foundation
import Synchronization

/// Nobody gets a port that another test was given: that one may not listen yet.
private let given = Mutex<Set<Int>>([])

/// A TCP port on 127.0.0.1 that nobody listened on a moment ago, below those that the system hands out by itself: a server
/// that asks for any port never gets this one before whoever it is for.
package func freePort() throws -> Int {
    for _ in 0..<100 {
        let port = Int.random(in: 10_000..<32_000)
        if given.withLock({ $0.insert(port).inserted }), try isFree(port) { return port }
    }
    throw POSIXError(.EADDRINUSE)
}

private func isFree(_ port: Int) throws -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    address.sin_port = in_port_t(port).bigEndian
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
            bind(descriptor, raw, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
    }
}
