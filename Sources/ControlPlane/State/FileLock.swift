#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file that one process holds, until the last reference is gone. The only place that closes its descriptor: an object
/// whose initializer throws runs its `deinit` as well, and a number that is closed twice closes somebody else's file.
final class FileLock: Sendable {
    private let descriptor: Int32

    /// Takes it at once, and writes this process's number into it.
    /// - Throws: `Refusal`: `lock_held` (exit 8) names the process that has it; `unwritable_state` (exit 4).
    init(_ file: String) throws {
        descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StateDirectory.unwritable(file, code: errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw errno == EWOULDBLOCK ? held(file) : StateDirectory.unwritable(file, code: errno)
        }
        let text = Array("\(getpid())\n".utf8)
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, text, text.count, 0) == text.count else {
            throw StateDirectory.unwritable(file, code: errno)
        }
    }

    deinit {
        guard descriptor >= 0 else { return }
        // Unlocked, not only closed: a child that is just being started has a copy of the descriptor until it runs its program.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    private func held(_ file: String) -> Refusal {
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = max(0, pread(descriptor, &bytes, bytes.count, 0))
        let holder = String(decoding: bytes[..<count], as: UTF8.self).filter(\.isNumber)
        return Refusal(
            "lock_held",
            "Another engine\(holder.isEmpty ? "" : " (process \(holder))") holds \(file); "
                + "use that one, or stop it first.", exit: .lockHeld)
    }
}
