import Storage
import Testing

@testable import Documents

@Suite(.timeLimit(.minutes(1)))
struct SearchTests {
    private static let model = "text-embedding-3-small"

    private static func embedded(
        _ number: Int, user: String, vectors: [[Float]], in store: StoreDriver, complete: Bool = true
    ) async throws {
        let job = try await store.queue(number, user: user)
        let lease = try #require(try await store.claim(at: 10)).lease
        try await store.database.write { connection throws in
            let texts = vectors.indices.map { TextChunk(text: "\(user) \(number) \($0)", lineCount: 1) }
            try DocumentContents.store(texts, of: job, now: 10, on: connection)
            let chunks = try DocumentContents.unembedded(of: job.documentID, on: connection)
            try DocumentContents.store(vectors: vectors, for: chunks, model: model, on: connection)
            #expect(try DocumentContents.unembedded(of: job.documentID, on: connection).isEmpty)
            let end: JobStatus = complete ? .complete : .embeddingInProgress
            _ = try JobCommits.advance(lease, to: end, now: 11, on: connection)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `search finds the caller's chunks, nearest first, and nobody else's`(kind: TestDatabase) async throws {
        try await kind.with { database in
            let store = StoreDriver(database: database)
            try await Self.embedded(1, user: "ada", vectors: [[0, 1], [1, 0.1], [-1, 0]], in: store)
            try await Self.embedded(2, user: "bob", vectors: [[1, 0]], in: store)
            try await Self.embedded(3, user: "ada", vectors: [[1, 0]], in: store, complete: false)
            let search = { @Sendable (limit: Int, model: String) in
                try await database.read { connection in
                    try ChunkSearch.nearest(to: [1, 0], model: model, user: "ada", limit: limit, on: connection)
                }
            }
            let hits = try await search(10, Self.model)
            #expect(hits.map(\.chunk.text) == ["ada 1 1", "ada 1 0", "ada 1 2"])
            #expect(hits.map(\.distance) == hits.map(\.distance).sorted() && hits[0].filename == "1.pdf")
            #expect(try await search(1, Self.model).count == 1)
            #expect(try await search(10, "another-model").isEmpty)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a user's list shows that user's jobs, newest first, page by page`(kind: TestDatabase) async throws {
        try await kind.with { database in
            let store = StoreDriver(database: database)
            for number in 1...5 { try await store.queue(number, at: Int64(number)) }
            try await store.queue(9, user: "bob")
            _ = try await store.claim(at: 10)
            let page = { @Sendable (state: JobState?, limit: Int, offset: Int) in
                try await database.read { connection in
                    try JobList.page(user: "ada", state: state, limit: limit, offset: offset, on: connection)
                }
            }
            let first = try await page(nil, 2, 0)
            #expect(first.total == 5 && first.jobs.map(\.filename) == ["5.pdf", "4.pdf"])
            #expect(try await page(nil, 2, 4).jobs.map(\.filename) == ["1.pdf"])
            #expect(try await page(nil, 0, -3).jobs.count == 1)
            #expect(try await page(.working, 100, 0).total == 1)
            let figures = try await database.read { try JobList.queue(now: 100, on: $0) }
            #expect(figures == QueueFigures(waiting: 5, working: 1, oldestAge: 99))
        }
    }
}
