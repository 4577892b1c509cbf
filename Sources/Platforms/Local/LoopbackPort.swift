import Glibc
import Rollouts

/// Ports of 127.0.0.1, where instances listen.
package enum LoopbackPort {
    /// A TCP port that nobody listens on now. Somebody may take it before it is used: whoever listens tries another then.
    /// - Throws: `cannotStart` with the kernel's reason when there is none.
    package static func free() throws(PlatformError) -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        guard descriptor >= 0 else { throw none() }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                bind(descriptor, raw, length) == 0 && getsockname(descriptor, raw, &length) == 0
            }
        }
        guard bound else { throw none() }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    private static func none() -> PlatformError {
        .cannotStart(
            service: "a program",
            reason: "no TCP port of 127.0.0.1 is free (\(String(cString: strerror(errno)))): end some programs")
    }
}
