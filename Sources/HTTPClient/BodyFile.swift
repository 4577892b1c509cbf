import Glibc

/// A file that is being sent, read piece by piece.
final class BodyFile {
    let length: Int
    private let path: String
    private let descriptor: Int32
    private var position = 0

    init(_ path: String) throws(HTTPError) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadableBody(path: path, reason: String(cString: strerror(errno))) }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .unreadableBody(path: path, reason: "not a regular file")
        }
        length = Int(facts.st_size)
    }

    deinit { close(descriptor) }

    /// - Returns: how many bytes were read; 0 at the end.
    func read(into room: UnsafeMutableRawBufferPointer) throws(HTTPError) -> Int {
        // Never more than was promised, should the file have grown.
        let wanted = min(room.count, length - position)
        guard wanted > 0 else { return 0 }
        let count = pread(descriptor, room.baseAddress, wanted, off_t(position))
        guard count >= 0 else { throw .unreadableBody(path: path, reason: String(cString: strerror(errno))) }
        guard count > 0 else { throw .unreadableBody(path: path, reason: "it became shorter while it was sent") }
        position += count
        return count
    }

    func seek(to offset: Int) -> Bool {
        guard (0...length).contains(offset) else { return false }
        position = offset
        return true
    }
}
