import Storage
import TestSupport
import Testing

@testable import Documents

@Suite(.timeLimit(.minutes(3))) struct `The search index` {
    private func with(_ body: (StoreDriver) async throws -> Void) async throws {
        try await TestDatabase.pgvector.with { try await body(StoreDriver(database: $0)) }
    }

    private func fill(_ store: StoreDriver) async throws {
        while try await ChunkIndex.catchUp(store.database, now: 20) > 0 {}
    }

    /// A database of the server that has pgvector, migrated, without the extension.
    private func bare(_ body: (any Database, _ address: String) async throws -> Void) async throws {
        let address = try await PostgresServer.freshDatabase(.vectors)
        let database = try Databases.open(address: address)
        for migrator in PipelineMigrations.all { try await migrator.migrate(database, now: 1) }
        try await body(database, address)
        await database.close()
    }

    @Test func `takes in what is complete, and search finds the rest beside it`() async throws {
        try await with { store in
            try await store.embed(1, vectors: [.pointing(1, 0.2), .pointing(0, 1)])
            try await store.embed(2, vectors: [.pointing(1, 0)], complete: false)
            try await fill(store)
            #expect(try await store.indexed() == 2)
            try await store.embed(3, vectors: [.pointing(1, 0.1)])
            #expect(try await store.search(.pointing(1, 0)) == ["ada 3 0", "ada 1 0", "ada 1 1"])
            try await fill(store)
            #expect(try await store.indexed() == 3)
            #expect(try await store.search(.pointing(1, 0)) == ["ada 3 0", "ada 1 0", "ada 1 1"])
        }
    }

    @Test func `loses a document's chunks with the document`() async throws {
        try await with { store in
            let gone = try await store.embed(1, vectors: [.pointing(1, 0)])
            try await store.embed(2, vectors: [.pointing(0, 1)])
            try await fill(store)
            _ = try await store.database.write { connection in
                try DocumentContents.delete(document: gone.documentID, user: "ada", now: 30, on: connection)
            }
            var always = GraphRule()
            (always.exactWithin, always.stepCost) = (0, 0)
            #expect(try await store.search(.pointing(1, 0)) == ["ada 2 0"])
            #expect(try await store.search(.pointing(1, 0), rule: always) == ["ada 2 0"])
            let left = try await store.database.read { try $0.query("SELECT COUNT(*) AS n FROM chunk_vectors") }
            #expect(try left[0].get("n") == 1)
        }
    }

    @Test func `is made and filled by itself when the extension comes later`() async throws {
        try await bare { database, _ in
            let store = StoreDriver(database: database)
            try await store.embed(1, vectors: [.pointing(1, 0), .pointing(0, 1)])
            #expect(try await ChunkIndex.prepare(database) != nil)
            try await fill(store)
            #expect(try await store.indexed() == 0)
            #expect(try await store.search(.pointing(1, 0)) == ["ada 1 0", "ada 1 1"])
            #expect(try await VectorExtension.install(in: database) == nil)
            #expect(try await ChunkIndex.prepare(database) == nil)
            try await fill(store)
            #expect(try await store.indexed() == 2)
            #expect(try await store.search(.pointing(1, 0)) == ["ada 1 0", "ada 1 1"])
        }
    }

    @Test func `that was dropped is not missed, and is made anew`() async throws {
        try await with { store in
            try await store.embed(1, vectors: [.pointing(1, 0)])
            try await fill(store)
            _ = try await store.database.write { try $0.execute("DROP EXTENSION vector CASCADE") }
            #expect(try await store.search(.pointing(1, 0)) == ["ada 1 0"])
            #expect(try await VectorExtension.install(in: store.database) == nil)
            #expect(try await store.search(.pointing(1, 0)) == ["ada 1 0"])
            #expect(try await ChunkIndex.prepare(store.database) == nil)
            #expect(try await store.indexed() == 0)
            try await fill(store)
            #expect(try await store.indexed() == 1)
            #expect(try await store.search(.pointing(1, 0)) == ["ada 1 0"])
        }
    }

    @Test func `whose extension one may not install leaves search as it is, and says what to do`() async throws {
        try await bare { database, address in
            let role = "guest_\(UInt32.random(in: 0 ... .max))"
            try await database.write { connection in
                try connection.execute("CREATE ROLE \(role) LOGIN")
                try connection.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO \(role)")
            }
            let guest = try Databases.open(address: address.replacing("postgres@", with: "\(role)@"))
            let store = StoreDriver(database: guest)
            let obstacle = try #require(try await VectorExtension.install(in: guest))
            #expect(obstacle.contains("have a superuser run CREATE EXTENSION vector"))
            try await store.embed(1, vectors: [.pointing(1, 0)])
            #expect(try await store.search(.pointing(1, 0)) == ["ada 1 0"])
            await guest.close()
        }
    }

    @Test(arguments: [TestDatabase.sqlite, .postgresql])
    func `is not there without pgvector, which is said in a sentence`(kind: TestDatabase) async throws {
        try await kind.with { database in
            let why = try #require(try await VectorExtension.install(in: database))
            #expect(why.contains(kind == .sqlite ? "not PostgreSQL" : "install its package"))
            #expect(try await ChunkIndex.prepare(database) == why)
            #expect(try await ChunkIndex.catchUp(database, now: 1) == 0)
        }
    }

    @Test func `filled by several workers at once has each chunk once`() async throws {
        try await with { store in
            for number in 1...3 {
                try await store.embed(number, vectors: (0..<90).map { .pointing(1, Float($0)) })
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 { group.addTask { try await fill(store) } }
                try await group.waitForAll()
            }
            #expect(try await store.indexed() == 270)
            let rows = try await store.database.read { try $0.query("SELECT COUNT(*) AS n FROM chunk_vectors") }
            #expect(try rows[0].get("n") == 270)
        }
    }

    @Test func `lets no vector through that has no direction or another length, and is not held up by one`()
        async throws
    {
        try await with { store in
            let broken = [Float](repeating: .nan, count: EmbeddingRules.dimensions)
            try await store.embed(1, vectors: [.pointing(0, 0), broken, [1, 2, 3], .pointing(1, 0)])
            try await fill(store)
            #expect(try await store.search(.pointing(1, 0)) == ["ada 1 3"])
            #expect(try await store.search([1, 2, 3]) == ["ada 1 2"])
            #expect(try await store.search(.pointing(0, 0)).isEmpty)
        }
    }

    @Test(arguments: [
        (own: 10_000, all: 10_000, limit: 10, graph: false), (own: 10_001, all: 10_001, limit: 10, graph: true),
        (own: 20_000, all: 100_000, limit: 50, graph: true), (own: 20_000, all: 10_000_000, limit: 10, graph: false),
        (own: 200_000, all: 10_000_000, limit: 50, graph: true), (own: 50_000, all: -1, limit: 10, graph: true),
    ])
    func `is walked for users who have much, and much of the whole`(
        own: Int, all: Int, limit: Int, graph: Bool
    ) {
        #expect(GraphRule().usesGraph(own: own, of: all, limit: limit) == graph)
    }
}
