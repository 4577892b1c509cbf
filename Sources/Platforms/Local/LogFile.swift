import FoundationEssentials
import Glibc

/// The file that an instance writes its output to. Whoever writes has it open for appending, so it can be emptied
/// after its contents were copied away.
package struct LogFile: Sendable {
    package let path: String

    package init(path: String) { self.path = path }

    package var exists: Bool { access(path, F_OK) == 0 }

    /// The last lines, at most 256 KiB of them; none when there is no file.
    package func tail(_ lines: Int) -> [String] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        let size = lseek(descriptor, 0, SEEK_END)
        let start = max(0, size - (256 << 10))
        var buffer = [UInt8](repeating: 0, count: Int(size - start))
        let count = pread(descriptor, &buffer, buffer.count, start)
        guard count > 0 else { return [] }
        return String(decoding: buffer[..<count], as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: true).suffix(lines).map(String.init)
    }

    /// Removes it and what was rotated out of it, if they are there.
    package func remove() throws {
        let files = FileManager.default
        for path in [path, path + ".1"] where files.fileExists(atPath: path) { try files.removeItem(atPath: path) }
    }

    /// Copies a file larger than `limit` bytes to `PATH.1` and empties it. Lines written between both are lost.
    /// - Returns: whether it was that large.
    @discardableResult
    package func rotate(limit: Int) throws -> Bool {
        var status = stat()
        guard stat(path, &status) == 0, status.st_size > limit else { return false }
        let files = FileManager.default
        if files.fileExists(atPath: path + ".1") { try files.removeItem(atPath: path + ".1") }
        try files.copyItem(atPath: path, toPath: path + ".1")
        truncate(path, 0)
        return true
    }
}
