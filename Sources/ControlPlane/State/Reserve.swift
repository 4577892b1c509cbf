#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A preallocated file that is given up when the disk is full, so that what must be recorded (a rollback, say) still can be.
package struct Reserve: Sendable {
    /// What a rollback's journal takes, with a write-ahead log that grows to its full size meanwhile.
    package static let size = 8 << 20
    package let path: String

    package init(path: String) { self.path = path }

    /// Allocates the blocks, if they are not.
    /// - Throws: `Refusal` `disk_full` or `unwritable_state`.
    package func fill() throws {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StateDirectory.unwritable(path, code: errno) }
        defer { close(descriptor) }
        let code = posix_fallocate(descriptor, 0, off_t(Reserve.size))
        guard code == 0 else { throw StateDirectory.unwritable(path, code: code) }
    }

    package var isWhole: Bool {
        var status = stat()
        return stat(path, &status) == 0 && Int(status.st_blocks) * 512 >= Reserve.size
    }

    /// Gives the space back.
    /// - Returns: whether there was any to give.
    package func free() -> Bool {
        var status = stat()
        guard stat(path, &status) == 0, status.st_blocks > 0 else { return false }
        return truncate(path, 0) == 0
    }
}
