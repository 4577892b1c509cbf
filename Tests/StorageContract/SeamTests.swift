import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct SeamTests {
    @Test(arguments: Driver.allCases)
    func `a committed announcement reaches who listens through another handle`(driver: Driver) async throws {
        try await withDatabase(driver) { database, place in
            let listener = try place.open()
            var hints = listener.hints(topic: "jobs").makeAsyncIterator()
            // The first says that somebody watches from now on.
            await hints.next()
            try await database.write { try $0.announce("jobs") }
            await hints.next()
            await listener.close()
            #expect(await hints.next() == nil)
        }
    }

    @Test(arguments: Driver.allCases)
    func `nobody is told of other topics and of what was rolled back`(driver: Driver) async throws {
        try await withDatabase(driver) { database, place in
            let listener = try place.open()
            var wanted = listener.hints(topic: "wanted").makeAsyncIterator()
            let other = Counter()
            let counting = Task { for await _ in listener.hints(topic: "other") { other.increment() } }
            await wanted.next()
            #expect(await eventually { other.value == 1 })
            await #expect(throws: CancellationError.self) {
                try await database.write { connection in
                    try connection.announce("other")
                    throw CancellationError()
                }
            }
            for _ in 0..<3 {
                try await database.write { try $0.announce("wanted") }
                await wanted.next()
            }
            await listener.close()
            await counting.value
            #expect(other.value == 1)
        }
    }

    @Test(arguments: Driver.allCases)
    func `two who claim at once get different rows`(driver: Driver) async throws {
        try await withDatabase(driver) { database, place in
            try await database.run("CREATE TABLE job (id BIGINT PRIMARY KEY, owner TEXT)")
            for id in 0..<40 { try await database.run("INSERT INTO job (id) VALUES (?)", id) }
            let other = try place.open()
            let claimed = try await withThrowingTaskGroup(of: [Int64].self) { group in
                for task in 0..<4 {
                    let handle = task.isMultiple(of: 2) ? database : other
                    group.addTask { try await claimAll(handle, "worker-\(task)") }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(claimed.sorted() == Array(Int64(0)..<40))
            await other.close()
        }
    }

    @Test(arguments: Driver.allCases)
    func `the nearest vectors come first, and what has no direction not at all`(driver: Driver) async throws {
        try await withDatabase(driver) { database, _ in
            try await database.write { connection in
                try connection.execute(
                    "CREATE TABLE chunk (id TEXT PRIMARY KEY, owner TEXT NOT NULL, v \(connection.dialect.blob))")
                let vectors: [(String, String, [Float])] = [
                    ("same", "me", [2, 0, 0]), ("near", "me", [1, 0.5, 0]), ("far", "me", [0, 1, 0]),
                    ("opposite", "me", [-1, 0, 0]), ("zero", "me", [0, 0, 0]), ("short", "me", [1]),
                    ("theirs", "you", [1, 0, 0]),
                ]
                for (id, owner, vector) in vectors {
                    try connection.execute(
                        "INSERT INTO chunk (id, owner, v) VALUES (?, ?, ?)", [id, owner, Vector.bytes(vector)])
                }
            }
            let found = try await database.read { connection in
                try connection.nearest(
                    table: "chunk", idColumn: "id", vectorColumn: "v", where: "owner = ?", arguments: ["me"],
                    to: [1, 0, 0], limit: 3
                ).map { [$0.id, "\(($0.distance * 1000).rounded() / 1000)"] }
            }
            #expect(found == [["same", "0.0"], ["near", "0.106"], ["far", "1.0"]])
        }
    }

    private func claimAll(_ database: any Database, _ owner: String) async throws -> [Int64] {
        var claimed: [Int64] = []
        while true {
            let id: Int64? = try await database.write { connection in
                let row = try connection.query(
                    "SELECT id FROM job WHERE owner IS NULL ORDER BY id LIMIT 1\(connection.dialect.forUpdateSkipLocked)"
                ).first
                guard let id: Int64 = try row?.get("id") else { return nil }
                try connection.execute("UPDATE job SET owner = ? WHERE id = ?", [owner, id])
                return id
            }
            guard let id else { break }
            claimed.append(id)
        }
        return claimed
    }
}
