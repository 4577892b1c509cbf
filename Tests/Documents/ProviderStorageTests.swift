import Documents
import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct `Files on disk` {
    private let folder: TemporaryFolder
    private let storage: DiskStorage

    init() throws {
        folder = try TemporaryFolder()
        storage = try DiskStorage(folder: folder.file("files"))
    }

    private struct Refused: Error {}

    @Test func `are stored whole, with their size and SHA-256`() async throws {
        let stored = try await storage.put(key: "user/a.pdf", from: pieces("ab", "c"), limit: 3) { _ in }
        #expect(stored.bytes == 3)
        #expect(stored.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(try await FileManager.default.contents(atPath: storage.path(of: "user/a.pdf")) == Data("abc".utf8))
    }

    @Test func `are not replaced by what is too large or not accepted, and leave nothing behind`() async throws {
        _ = try await storage.put(key: "a", from: pieces("old"), limit: 10) { _ in }
        await #expect(throws: ObjectStorageError.tooLarge(key: "a", limit: 4)) {
            _ = try await storage.put(key: "a", from: pieces("new", "er"), limit: 4) { _ in }
        }
        await #expect(throws: Refused.self) {
            _ = try await storage.put(key: "a", from: pieces("new"), limit: 4) { _ in throw Refused() }
        }
        #expect(try await FileManager.default.contents(atPath: storage.path(of: "a")) == Data("old".utf8))
        #expect(try FileManager.default.contentsOfDirectory(atPath: storage.folder) == ["a"])
    }

    @Test(arguments: ["", "../a", "a/../b", "/a", "a//b", ".a", "a b", "a/b/c/d/e", "ä"])
    func `keep to their folder`(_ key: String) async {
        await #expect(throws: ObjectStorageError.invalidKey(key)) { try await storage.path(of: key) }
    }

    @Test func `are gone once deleted, and deleting them again is fine`() async throws {
        _ = try await storage.put(key: "a", from: pieces("x"), limit: 4) { _ in }
        try await storage.delete(key: "a")
        try await storage.delete(key: "a")
        await #expect(throws: ObjectStorageError.notFound("a")) { try await storage.path(of: "a") }
    }

    private func pieces(_ texts: String...) -> AsyncStream<[UInt8]> {
        AsyncStream { continuation in
            for text in texts { continuation.yield(Array(text.utf8)) }
            continuation.finish()
        }
    }
}
