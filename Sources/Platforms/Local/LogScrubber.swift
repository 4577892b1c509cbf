import Glibc
import Secrets

/// Takes secrets out of a file that a process writes to by itself: a program that prints its environment when it crashes
/// must not leave it on the disk. What was found is overwritten in place, with the same number of bytes, so that whoever
/// appends is not disturbed.
struct LogScrubber: Sendable {
    /// How much of the file is clean.
    private var clean = 0
    private static let limit = 64 << 20

    /// Looks at what was written since the last time.
    mutating func scrub(_ path: String, _ redactor: Redactor) {
        let descriptor = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let size = Int(lseek(descriptor, 0, SEEK_END))
        if size < clean { clean = 0 }
        guard size > clean else { return }
        // A secret may have been written in part the last time.
        let start = max(0, clean - redactor.longest)
        var bytes = [UInt8](repeating: 0, count: min(size - start, Self.limit))
        let count = pread(descriptor, &bytes, bytes.count, off_t(start))
        guard count > 0 else { return }
        bytes.removeLast(bytes.count - count)
        for range in redactor.ranges(in: bytes) {
            let mask = Self.mask(range.count)
            guard pwrite(descriptor, mask, mask.count, off_t(start + range.lowerBound)) == mask.count else { return }
        }
        clean = start + count
    }

    private static func mask(_ count: Int) -> [UInt8] {
        let mark = Array(Redactor.mark.utf8)
        guard count >= mark.count else { return [UInt8](repeating: UInt8(ascii: "*"), count: count) }
        return mark + [UInt8](repeating: UInt8(ascii: " "), count: count - mark.count)
    }
}
