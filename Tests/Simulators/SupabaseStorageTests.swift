import Documents
import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct `Files at Supabase` {
    private struct Refused: Error {}

    private func with(
        key: String = "service", _ body: @Sendable (SupabaseStorage, RunningSimulator) async throws -> Void
    ) async throws {
        try await RunningSimulator.with { simulator in
            let storage = try SupabaseStorage(
                endpoint: simulator.endpoint(key: key), http: simulator.http, folder: simulator.folder.file("spool"))
            try await body(storage, simulator)
        }
    }

    private func pieces(_ texts: String...) -> AsyncStream<[UInt8]> {
        AsyncStream { continuation in
            for text in texts { continuation.yield(Array(text.utf8)) }
            continuation.finish()
        }
    }

    private func spooled(_ simulator: RunningSimulator) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: simulator.folder.file("spool"))
    }

    @Test func `are stored whole, with their size and SHA-256, and come back as they were`() async throws {
        try await with { storage, simulator in
            let stored = try await storage.put(key: "user/a.pdf", from: pieces("ab", "c"), limit: 3) { _ in }
            #expect(stored.bytes == 3)
            #expect(stored.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
            #expect(try spooled(simulator).isEmpty, "nothing stays on the way")
            _ = try await storage.put(key: "user/a.pdf", from: pieces("new"), limit: 3) { _ in }
            let path = try await storage.path(of: "user/a.pdf")
            #expect(FileManager.default.contents(atPath: path) == Data("new".utf8))
            let now = Int64(Date().timeIntervalSince1970 * 1e6)
            #expect(try await storage.sweep(before: now - 3_600_000_000) == 0)
            #expect(try await storage.sweep(before: now + 3_600_000_000) == 1)
            storage.release(try await storage.path(of: "user/a.pdf"))
            #expect(try spooled(simulator).isEmpty, "nor does a copy that was read")
        }
    }

    @Test func `are not replaced by what is too large or not accepted`() async throws {
        try await with { storage, simulator in
            _ = try await storage.put(key: "a", from: pieces("old"), limit: 10) { _ in }
            await #expect(throws: ObjectStorageError.self) {
                try await storage.put(key: "a", from: pieces("new", "er"), limit: 4) { _ in }
            }
            await #expect(throws: Refused.self) {
                try await storage.put(key: "a", from: pieces("new"), limit: 4) { _ in throw Refused() }
            }
            let path = try await storage.path(of: "a")
            #expect(FileManager.default.contents(atPath: path) == Data("old".utf8))
            #expect(try spooled(simulator).count == 1)
        }
    }

    @Test func `are gone once deleted, and deleting them again is fine`() async throws {
        try await with { storage, _ in
            _ = try await storage.put(key: "a", from: pieces("x"), limit: 4) { _ in }
            try await storage.delete(key: "a")
            try await storage.delete(key: "a")
            await #expect(throws: ObjectStorageError.notFound("a")) { try await storage.path(of: "a") }
        }
    }

    @Test(arguments: ["", "../a", "a/../b", "/a", "a//b", ".a", "a b", "ä"])
    func `keep to their bucket`(_ key: String) async throws {
        try await with { storage, _ in
            await #expect(throws: ObjectStorageError.invalidKey(key)) { try await storage.path(of: key) }
            await #expect(throws: ObjectStorageError.invalidKey(key)) { try await storage.delete(key: key) }
        }
    }

    @Test func `say why when the key is wrong, the service is out, or nobody answers`() async throws {
        try await with(key: "invalid") { storage, _ in
            let error = await #expect(throws: ObjectStorageError.self) { try await storage.delete(key: "a") }
            #expect("\(String(describing: error))".contains("401"))
        }
        try await with { storage, simulator in
            try await simulator.setFaults(#"{"outage":true,"provider":"supabase"}"#)
            let error = await #expect(throws: ObjectStorageError.self) {
                try await storage.put(key: "a", from: pieces("x"), limit: 4) { _ in }
            }
            #expect("\(String(describing: error))".contains("503"))
            #expect(try spooled(simulator).isEmpty)
        }
    }
}
