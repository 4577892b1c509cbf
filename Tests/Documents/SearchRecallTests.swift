import Storage
import TestSupport
import Testing

@testable import Documents

/// What the graph finds, beside what is there.
@Suite(.timeLimit(.minutes(5))) struct `Search through the graph` {
    private static let topics = 24
    private static let queries = 20

    /// Vectors about some topics, as embeddings are: near to those of the same topic, far from others.
    private struct Texts {
        private var random = SplitMix(seed: 20_261_122)
        private var centres: [[Float]] = []

        init() {
            for _ in 0..<topics { centres.append(noise(1)) }
        }

        private mutating func noise(_ scale: Float) -> [Float] {
            (0..<EmbeddingRules.dimensions).map { _ in Float.random(in: -scale...scale, using: &random) }
        }

        mutating func next() -> [Float] {
            let centre = centres[Int.random(in: 0..<topics, using: &random)]
            return zip(centre, noise(0.7)).map(+)
        }
    }

    private static let always: GraphRule = {
        var rule = GraphRule()
        (rule.exactWithin, rule.stepCost) = (0, 0)
        return rule
    }()

    @Test func `a user's nearest are found: 95 of 100 on average, and as many as are asked for`() async throws {
        try await TestDatabase.pgvector.with { database in
            let store = StoreDriver(database: database)
            var texts = Texts()
            // One with half of all there is, one with a twentieth, many with the rest.
            for number in 1...8 { try await store.embed(number, vectors: (0..<100).map { _ in texts.next() }) }
            try await store.embed(9, user: "bob", vectors: (0..<80).map { _ in texts.next() })
            for number in 10...16 {
                try await store.embed(number, user: "user-\(number)", vectors: (0..<100).map { _ in texts.next() })
            }
            while try await ChunkIndex.catchUp(database, now: 20) > 0 {}
            for (user, limit) in [("ada", 10), ("ada", 50), ("bob", 10), ("bob", 50)] {
                var found = 0
                for _ in 0..<Self.queries {
                    let query = texts.next()
                    let exact = try await store.search(query, user: user, limit: limit)
                    let walked = try await store.search(query, user: user, limit: limit, rule: Self.always)
                    #expect(walked.count == limit && walked.allSatisfy { $0.hasPrefix(user) })
                    found += Set(exact).intersection(walked).count
                }
                let recall = Double(found) / Double(Self.queries * limit)
                #expect(recall >= 0.95, "\(user), \(limit): \(recall)")
            }
            try await expectGraph(database)
        }
    }

    /// Otherwise the recall above is that of a scan. A session reports what it did a while later.
    private func expectGraph(_ database: any Database) async throws {
        let isUsed = try await eventually(within: .seconds(60)) {
            try await database.read { connection in
                try connection.query(
                    "SELECT pg_stat_get_numscans(to_regclass('chunk_vectors_nearest')) AS n")[0].get("n", as: Int.self)
            } >= Self.queries
        }
        #expect(isUsed)
    }

    @Test func `a user with fewer than asked for gets all, and one with none nothing`() async throws {
        try await TestDatabase.pgvector.with { database in
            let store = StoreDriver(database: database)
            var texts = Texts()
            try await store.embed(1, vectors: (0..<3).map { _ in texts.next() })
            try await store.embed(2, user: "bob", vectors: (0..<400).map { _ in texts.next() })
            while try await ChunkIndex.catchUp(database, now: 20) > 0 {}
            for rule in [GraphRule(), Self.always] {
                #expect(try await store.search(texts.next(), limit: 10, rule: rule).count == 3)
                #expect(try await store.search(texts.next(), user: "eve", limit: 10, rule: rule).isEmpty)
            }
        }
    }
}
