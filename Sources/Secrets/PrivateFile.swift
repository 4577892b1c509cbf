import Glibc

/// Files that only their owner may read, written whole or not at all.
package enum PrivateFile {
    /// Writes beside the target, syncs, and renames: a reader sees the old bytes or the new ones.
    package static func write(_ bytes: [UInt8], to path: String) throws(SecretError) {
        let temporary = "\(path).\(getpid()).new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .unwritable(path: path, reason: reason()) }
        let written = bytes.withUnsafeBytes { buffer in writeAll(descriptor, buffer) } && fsync(descriptor) == 0
        let cause = reason()
        close(descriptor)
        guard written else {
            unlink(temporary)
            throw .unwritable(path: path, reason: cause)
        }
        guard rename(temporary, path) == 0 else { throw .unwritable(path: path, reason: reason()) }
    }

    /// Creates the file if nobody has; a file that is there already is left alone.
    static func create(_ bytes: [UInt8], at path: String) throws(SecretError) {
        let temporary = "\(path).\(getpid()).new"
        try write(bytes, to: temporary)
        defer { unlink(temporary) }
        guard link(temporary, path) == 0 || errno == EEXIST else {
            throw .unwritable(path: path, reason: reason())
        }
    }

    /// Nil when there is no such file.
    package static func read(_ path: String, limit: Int = 1 << 20) throws(SecretError) -> [UInt8]? {
        // Without waiting: a pipe that nobody writes to would hold everything up.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw .unreadable(path: path, reason: reason())
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .unreadable(path: path, reason: "it is no regular file")
        }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw .unreadable(path: path, reason: reason())
            }
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk[..<count])
            guard bytes.count <= limit else {
                throw .unreadable(path: path, reason: "it is larger than \(limit) bytes")
            }
        }
    }

    /// Creates the folder, and those above it, for the owner alone.
    package static func makeFolder(_ path: String) throws(SecretError) {
        var built = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            built += "/\(part)"
            guard mkdir(built, 0o700) == 0 || errno == EEXIST else {
                throw .unwritable(path: path, reason: reason())
            }
        }
    }

    private static func writeAll(_ descriptor: Int32, _ buffer: UnsafeRawBufferPointer) -> Bool {
        var offset = 0
        while offset < buffer.count {
            guard let base = buffer.baseAddress else { return true }
            let count = Glibc.write(descriptor, base + offset, buffer.count - offset)
            if count < 0 {
                if errno == EINTR { continue }
                return false
            }
            offset += count
        }
        return true
    }

    private static func reason() -> String { String(cString: strerror(errno)) }
}
