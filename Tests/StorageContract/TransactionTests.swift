import Storage
import TestSupport
import Testing

private struct Refused: Error {}

@Suite(.timeLimit(.minutes(1)))
struct TransactionTests {
    @Test(arguments: Driver.allCases)
    func `what a transaction wrote is there after it returned`(driver: Driver) async throws {
        try await withDatabase(driver) { database, place in
            try await database.run("CREATE TABLE t (n BIGINT NOT NULL)")
            let changed = try await database.write { try $0.execute("INSERT INTO t (n) VALUES (?), (?)", [1, 2]) }
            #expect(changed == 2)
            let other = try place.open()
            #expect(try await other.integer("SELECT SUM(n) AS n FROM t") == 3)
            await other.close()
        }
    }

    @Test(arguments: Driver.allCases)
    func `what a transaction wrote is gone after it threw`(driver: Driver) async throws {
        try await withDatabase(driver) { database, _ in
            try await database.run("CREATE TABLE t (n BIGINT NOT NULL)")
            await #expect(throws: Refused.self) {
                try await database.write { connection in
                    try connection.execute("INSERT INTO t (n) VALUES (1)")
                    throw Refused()
                }
            }
            #expect(try await database.integer("SELECT COUNT(*) AS n FROM t") == 0)
        }
    }

    @Test(arguments: Driver.allCases)
    func `a body that goes on after a failed statement commits nothing`(driver: Driver) async throws {
        try await withDatabase(driver) { database, _ in
            try await database.run("CREATE TABLE t (n BIGINT PRIMARY KEY)")
            let error = await #expect(throws: DatabaseError.self) {
                try await database.write { connection in
                    try connection.execute("INSERT INTO t (n) VALUES (1)")
                    do { try connection.execute("INSERT INTO t (n) VALUES (1)") } catch {}
                }
            }
            guard case .constraint = error else { return #expect(Bool(false), "\(String(describing: error))") }
            #expect(try await database.integer("SELECT COUNT(*) AS n FROM t") == 0)
        }
    }

    @Test(arguments: Driver.allCases)
    func `a read cannot write`(driver: Driver) async throws {
        try await withDatabase(driver) { database, _ in
            try await database.run("CREATE TABLE t (n BIGINT)")
            let error = await #expect(throws: DatabaseError.self) {
                try await database.read { try $0.execute("INSERT INTO t (n) VALUES (1)") }
            }
            guard case .readOnly = error else { return #expect(Bool(false), "\(String(describing: error))") }
        }
    }

    @Test(arguments: Driver.allCases)
    func `a read sees one state, whatever is committed meanwhile`(driver: Driver) async throws {
        try await withDatabase(driver) { database, place in
            try await database.run("CREATE TABLE t (n BIGINT)")
            try await database.run("INSERT INTO t (n) VALUES (1)")
            let writer = try place.open()
            let begun = AsyncStream<Void>.makeStream()
            let written = Gate()
            async let seen = database.read { connection in
                let first: Int64? = try connection.query("SELECT SUM(n) AS n FROM t").first?.get("n")
                begun.continuation.yield()
                written.wait()
                let second: Int64? = try connection.query("SELECT SUM(n) AS n FROM t").first?.get("n")
                return [first, second]
            }
            for await _ in begun.stream { break }
            try await writer.run("INSERT INTO t (n) VALUES (10)")
            written.open()
            #expect(try await seen == [1, 1])
            #expect(try await database.integer("SELECT SUM(n) AS n FROM t") == 11)
            await writer.close()
        }
    }

    @Test(arguments: Driver.allCases)
    func `concurrent increments of one row lose nothing`(driver: Driver) async throws {
        try await withDatabase(driver) { database, place in
            try await database.run("CREATE TABLE t (n BIGINT NOT NULL)")
            try await database.run("INSERT INTO t (n) VALUES (0)")
            let other = try place.open()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<12 {
                    let handle = task.isMultiple(of: 2) ? database : other
                    group.addTask { for _ in 0..<10 { try await increment(handle) } }
                }
                try await group.waitForAll()
            }
            #expect(try await database.integer("SELECT n FROM t") == 120)
            await other.close()
        }
    }

    @Test(arguments: Driver.allCases)
    func `of two transactions that each read what the other writes, one sees the other`(driver: Driver) async throws {
        try await withDatabase(driver) { database, place in
            try await database.run("CREATE TABLE onCall (name TEXT PRIMARY KEY, n BIGINT NOT NULL)")
            try await database.run("INSERT INTO onCall (name, n) VALUES ('a', 1), ('b', 1)")
            let other = try place.open()
            async let first = leave(database, "a")
            async let second = leave(other, "b")
            #expect(try await [first, second].count { $0 } == 1)
            #expect(try await database.integer("SELECT SUM(n) AS n FROM onCall") == 1)
            await other.close()
        }
    }

    private func increment(_ database: any Database) async throws {
        try await database.write { connection in
            let n: Int64 = try connection.query("SELECT n FROM t").first?.get("n") ?? 0
            try connection.execute("UPDATE t SET n = ?", [n + 1])
        }
    }

    /// Goes off call when somebody else stays.
    private func leave(_ database: any Database, _ name: String) async throws -> Bool {
        try await database.write { connection in
            let left: Int64 = try connection.query("SELECT SUM(n) AS n FROM onCall").first?.get("n") ?? 0
            guard left > 1 else { return false }
            try connection.execute("UPDATE onCall SET n = 0 WHERE name = ?", [name])
            return true
        }
    }
}
