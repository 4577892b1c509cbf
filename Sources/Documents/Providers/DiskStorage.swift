import Contract
import Crypto
import Foundation
import Storage

/// Objects as files in a folder. A file appears under its name only when it is whole and on the disk.
package struct DiskStorage: ObjectStorage {
    /// What ends so is half written, and is swept away when nobody writes to it any more.
    static let partialSuffix = ".partial"

    package let folder: String

    /// Makes the folder if need be.
    package init(folder: String) throws(ObjectStorageError) {
        self.folder = folder
        try Self.makeFolder(folder)
    }

    package func put<Bytes: AsyncSequence & Sendable>(
        key: String, from bytes: Bytes, limit: Int, accept: @Sendable (StoredObject) throws -> Void
    ) async throws -> StoredObject where Bytes.Element == [UInt8] {
        let file = try PartialFile(target: try place(key))
        do {
            for try await piece in bytes {
                guard file.count + piece.count <= limit else {
                    throw ObjectStorageError.tooLarge(key: key, limit: limit)
                }
                try file.append(piece)
            }
            try accept(file.content)
            return try file.finish()
        } catch {
            file.discard()
            throw error
        }
    }

    package func put(key: String, file: String) async throws -> StoredObject {
        try await put(key: key, from: FilePieces(path: file), limit: .max) { _ in }
    }

    package func path(of key: String) async throws(ObjectStorageError) -> String {
        let path = try place(key)
        guard access(path, R_OK) == 0 else { throw .notFound(key) }
        return path
    }

    /// The object itself was read.
    package func release(_ path: String) {}

    package func delete(key: String) async throws(ObjectStorageError) {
        let path = try place(key)
        guard unlink(path) == 0 || errno == ENOENT else { throw Self.error(errno, path) }
    }

    package func sweep(before limit: Int64) async throws(ObjectStorageError) -> Int {
        try await sweep(before: limit, all: false)
    }

    /// - Parameter all: whether whole files go as well.
    func sweep(before limit: Int64, all: Bool) async throws(ObjectStorageError) -> Int {
        guard let files = FileManager.default.enumerator(atPath: folder) else { return 0 }
        var count = 0
        while let name = files.nextObject() as? String {
            guard all || name.hasSuffix(Self.partialSuffix) else { continue }
            let path = "\(folder)/\(name)"
            var status = stat()
            // It may have got its final name in the meantime.
            guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
                Int64(status.st_mtim.tv_sec) * 1_000_000 < limit
            else { continue }
            guard unlink(path) == 0 || errno == ENOENT else { throw Self.error(errno, path) }
            count += 1
        }
        return count
    }

    /// The file of a key, and its folder made. No key reaches outside the folder.
    private func place(_ key: String) throws(ObjectStorageError) -> String {
        let parts = try Self.check(key)
        try Self.makeFolder(([folder] + parts.dropLast().map(String.init)).joined(separator: "/"))
        return "\(folder)/\(key)"
    }

    /// - Returns: the key's segments.
    /// - Throws: `ObjectStorageError.invalidKey` unless it is plain.
    @discardableResult
    static func check(_ key: String) throws(ObjectStorageError) -> [Substring] {
        let parts = key.split(separator: "/", omittingEmptySubsequences: false)
        let isPlain = parts.allSatisfy { part in
            !part.isEmpty && part.first != "."
                && part.utf8.allSatisfy { byte in
                    byte < 128
                        && (Character(UnicodeScalar(byte)).isLetter || Character(UnicodeScalar(byte)).isNumber
                            || [UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-")].contains(byte))
                }
        }
        guard isPlain, (1...4).contains(parts.count) else { throw .invalidKey(key) }
        return parts
    }

    private static func makeFolder(_ path: String) throws(ObjectStorageError) {
        if access(path, F_OK) == 0 { return }
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch { throw .other(path, reason: "the folder cannot be made: \(FileCause(error))") }
    }

    static func error(_ code: Int32, _ path: String) -> ObjectStorageError {
        switch code {
        case ENOSPC, EDQUOT: .full(path)
        case EROFS, EACCES, EPERM: .readOnly(path)
        default: .other(path, reason: String(cString: strerror(code)))
        }
    }
}

/// A file that is being written beside its final name.
private final class PartialFile {
    private let target: String
    private let partial: String
    private let descriptor: Int32
    private var hash = SHA256()
    private(set) var count = 0

    init(target: String) throws(ObjectStorageError) {
        self.target = target
        partial = "\(target).\(UUID().uuidString)\(DiskStorage.partialSuffix)"
        descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw DiskStorage.error(errno, partial) }
    }

    func append(_ bytes: [UInt8]) throws(ObjectStorageError) {
        var start = 0
        while start < bytes.count {
            let written = bytes.withUnsafeBytes { raw in
                raw.baseAddress.map { write(descriptor, $0 + start, bytes.count - start) } ?? 0
            }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw DiskStorage.error(errno, partial) }
            start += written
        }
        hash.update(data: bytes)
        count += bytes.count
    }

    var content: StoredObject { StoredObject(bytes: count, sha256: Hexadecimal.text(hash.finalize())) }

    func finish() throws(ObjectStorageError) -> StoredObject {
        guard fsync(descriptor) == 0, rename(partial, target) == 0 else { throw DiskStorage.error(errno, target) }
        close(descriptor)
        return content
    }

    func discard() {
        close(descriptor)
        unlink(partial)
    }
}

/// A file's bytes, a piece at a time.
private struct FilePieces: AsyncSequence, Sendable {
    let path: String

    struct AsyncIterator: AsyncIteratorProtocol {
        var handle: FileHandle?
        let path: String

        mutating func next() async throws -> [UInt8]? {
            if handle == nil { handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path)) }
            guard let piece = try handle?.read(upToCount: 1 << 18), !piece.isEmpty else { return nil }
            return Array(piece)
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(handle: nil, path: path) }
}
