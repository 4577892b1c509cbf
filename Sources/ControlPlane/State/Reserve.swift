#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A preallocated file that is given up when the disk is full, so that what must be recorded (a rollback, say) still can be.
package struct Reserve: Sendable {
    /// What a rollback's journal takes, with a write-ahead log that grows to its full size meanwhile.
    package static let size = 8 << 20
    /// What is logged when it is given up.
    static let givenUp = "the disk is full: the reserve was given up; make room now"
    package let path: String

    package init(path: String) { self.path = path }

    package init(stateDirectory: String) { self.init(path: "\(stateDirectory)/reserve") }

    /// Allocates the blocks, if they are not.
    /// - Throws: `Refusal` `disk_full` or `unwritable_state`.
    package func fill() throws {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StateDirectory.unwritable(path, code: errno) }
        defer { close(descriptor) }
        let code = posix_fallocate(descriptor, 0, off_t(Reserve.size))
        guard code == 0 else { throw StateDirectory.unwritable(path, code: code) }
    }

    package var isWhole: Bool { length >= Reserve.size }

    /// What is allocated, for nothing else makes it longer; 0 when it is not there.
    private var length: Int {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return 0 }
        defer { close(descriptor) }
        return Int(lseek(descriptor, 0, SEEK_END))
    }

    /// Gives the space back.
    /// - Returns: whether there was any to give.
    package func free() -> Bool { length > 0 && truncate(path, 0) == 0 }
}
