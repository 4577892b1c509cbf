import Storage
import Testing

@testable import Documents

@Suite(.timeLimit(.minutes(1)))
struct SearchTests {
    @Test(arguments: TestDatabase.allCases)
    func `search finds the caller's chunks, nearest first, and nobody else's`(kind: TestDatabase) async throws {
        try await kind.with { database in
            let store = StoreDriver(database: database)
            try await store.embed(1, vectors: [.pointing(0, 1), .pointing(1, 0.1), .pointing(-1, 0)])
            try await store.embed(2, user: "bob", vectors: [.pointing(1, 0)])
            try await store.embed(3, vectors: [.pointing(1, 0)], complete: false)
            try await store.embed(4, vectors: [.pointing(0, 0)])
            let search = { @Sendable (limit: Int, model: String) in
                try await database.read { connection in
                    try ChunkSearch.nearest(
                        to: .pointing(1, 0), model: model, user: "ada", limit: limit, on: connection)
                }
            }
            // With pgvector, first none and then all of them are in the index.
            for expected in [0, kind == .pgvector ? 5 : 0] {
                #expect(try await store.indexed() == expected)
                let hits = try await search(10, StoreDriver.model)
                #expect(hits.map(\.chunk.text) == ["ada 1 1", "ada 1 0", "ada 1 2"])
                #expect(hits.map(\.distance) == hits.map(\.distance).sorted() && hits[0].filename == "1.pdf")
                #expect(try await search(1, StoreDriver.model).count == 1)
                #expect(try await search(10, "another-model").isEmpty)
                while try await ChunkIndex.catchUp(database, now: 20) > 0 {}
            }
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
