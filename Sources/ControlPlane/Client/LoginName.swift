#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Who the operating system says that this process runs for.
package enum LoginName {
    /// The login name of the process's user; `user 1234` when the system knows no name for its id.
    package static var current: String {
        of(getuid())
    }

    package static func of(_ id: UInt32) -> String {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16_384)
        let code = getpwuid_r(id, &entry, &buffer, buffer.count, &found)
        guard code == 0, let name = found?.pointee.pw_name else { return "user \(id)" }
        return String(cString: name)
    }
}
