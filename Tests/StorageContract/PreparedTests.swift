import Storage
import TestSupport
import Testing

/// Statements that run again and again on one connection.
@Suite(.timeLimit(.minutes(1)))
struct PreparedTests {
    /// What the server has prepared on the only connection.
    private func prepared(_ database: any Database, like words: String) async throws -> Int {
        try await database.read { connection in
            try connection.query(
                "SELECT COUNT(*) AS n FROM pg_prepared_statements WHERE statement LIKE ?", ["%\(words)%"]
            )[0].get("n", as: Int.self)
        }
    }

    private func withOneConnection(_ body: (PostgresDatabase, Place) async throws -> Void) async throws {
        let place = try await Place(.postgresql)
        let database = PostgresDatabase(address: try PostgresAddress(place.address), connections: 1)
        try await body(database, place)
        await database.close()
    }

    @Test func `are prepared once they come again, and no sooner`() async throws {
        try await withOneConnection { database, _ in
            let sql = "SELECT ? + 1 AS again"
            for number in 1...5 {
                let sum = try await database.read { try $0.query(sql, [number])[0].get("again", as: Int.self) }
                #expect(sum == number + 1)
                #expect(try await prepared(database, like: "AS again") == (number == 1 ? 0 : 1))
            }
        }
    }

    @Test func `are other statements when their values are of other types`() async throws {
        try await withOneConnection { database, _ in
            try await database.run("CREATE TABLE t (id BIGINT, x DOUBLE PRECISION)")
            let values: [any SQLConvertible] = [1, 1.5, Int64?.none, 2, 2.5]
            for value in values + values {
                try await database.run("INSERT INTO t (x) VALUES (?)", value)
            }
            #expect(
                try await database.read { try $0.query("SELECT SUM(x) AS n FROM t")[0].get("n", as: Double.self) } == 14
            )
        }
    }

    @Test func `go on working when somebody adds a column to what they read`() async throws {
        try await withOneConnection { database, place in
            try await database.run("CREATE TABLE t (n BIGINT)")
            try await database.run("INSERT INTO t (n) VALUES (7)")
            let columns = { () async throws -> [String] in
                try await database.read { try $0.query("SELECT * FROM t")[0].columns }
            }
            for _ in 1...4 { #expect(try await columns() == ["n"]) }
            let other = try place.open()
            try await other.run("ALTER TABLE t ADD COLUMN later TEXT")
            #expect(try await columns() == ["n", "later"])
            try await other.run("ALTER TABLE t ADD COLUMN latest TEXT")
            let loose = try await database.read(.eachStatement) { try $0.query("SELECT * FROM t")[0].columns }
            #expect(loose == ["n", "later", "latest"])
            await other.close()
        }
    }

    @Test func `do not pile up on a connection, however many there are`() async throws {
        try await withOneConnection { database, _ in
            for number in 1...700 {
                for _ in 1...2 {
                    let found = try await database.read { connection in
                        try connection.query("SELECT \(number) AS piled")[0].get("piled", as: Int.self)
                    }
                    #expect(found == number)
                }
            }
            #expect(try await (100...300).contains(prepared(database, like: "AS piled")))
        }
    }

    @Test func `are planned anew as their tables grow`() async throws {
        try await withOneConnection { database, _ in
            let columns = (1...20).map { "c\($0) TEXT" }.joined(separator: ", ")
            try await database.run("CREATE TABLE t (id TEXT PRIMARY KEY, \(columns)) WITH (autovacuum_enabled = off)")
            let ids = (1...40).map(String.init)
            let sql = "SELECT id FROM t WHERE id IN \(Placeholders.list(ids.count))"
            let run = { (times: Int) in
                for _ in 1...times { _ = try await database.read { try $0.query(sql, ids) } }
            }
            try await run(20)
            #expect(try await plan(of: "SELECT id FROM t", ids, database).contains("Seq Scan"))
            try await database.run("INSERT INTO t (id) SELECT n::text FROM generate_series(1, 200000) n")
            try await run(40)
            #expect(try await plan(of: "SELECT id FROM t", ids, database).contains("Index"))
        }
    }

    /// How the server runs what it has prepared, which it says in a line for each step.
    private func plan(of words: String, _ values: [String], _ database: any Database) async throws -> String {
        try await database.read { connection in
            let name: String = try connection.query(
                "SELECT name FROM pg_prepared_statements WHERE statement LIKE ?", ["\(words)%"])[0].get("name")
            let rows = try connection.query("EXPLAIN EXECUTE \(name)(\(values.joined(separator: ", ")))")
            return try rows.map { try $0.get("QUERY PLAN", as: String.self) }.joined(separator: "\n")
        }
    }

    @Test func `are not kept when their list of values is long`() async throws {
        try await withOneConnection { database, _ in
            let sql =
                "SELECT COUNT(*) AS n FROM (VALUES \(Array(repeating: "(?)", count: 600).joined(separator: ", "))) AS long"
            for _ in 1...3 {
                let count = try await database.read { try $0.query(sql, Array(1...600))[0].get("n", as: Int.self) }
                #expect(count == 600)
            }
            #expect(try await prepared(database, like: "AS long") == 0)
        }
    }

    @Test(arguments: Driver.allCases)
    func `a read of single statements cannot write, and reads`(driver: Driver) async throws {
        try await withDatabase(driver) { database, _ in
            try await database.run("CREATE TABLE t (n BIGINT)")
            let error = await #expect(throws: DatabaseError.self) {
                try await database.read(.eachStatement) { try $0.execute("INSERT INTO t (n) VALUES (1)") }
            }
            guard case .readOnly = error else { return #expect(Bool(false), "\(String(describing: error))") }
            let count = try await database.read(.eachStatement) {
                try $0.query("SELECT COUNT(*) AS n FROM t")[0].get("n", as: Int.self)
            }
            #expect(count == 0)
            try await database.run("INSERT INTO t (n) VALUES (1)")
        }
    }

    @Test func `a read of single statements sees what others committed between them`() async throws {
        try await withOneConnection { database, place in
            try await database.run("CREATE TABLE t (n BIGINT)")
            let other = try place.open()
            let begun = AsyncStream<Void>.makeStream()
            let written = Gate()
            async let counts = database.read(.eachStatement) { connection in
                let before = try connection.query("SELECT COUNT(*) AS n FROM t")[0].get("n", as: Int.self)
                begun.continuation.yield()
                written.wait()
                return [before, try connection.query("SELECT COUNT(*) AS n FROM t")[0].get("n", as: Int.self)]
            }
            for await _ in begun.stream { break }
            try await other.run("INSERT INTO t (n) VALUES (1)")
            written.open()
            #expect(try await counts == [0, 1])
            await other.close()
        }
    }

    @Test func `those who take turns at read committed see what the ones before them did`() async throws {
        try await withDatabase(.postgresql) { database, _ in
            try await database.run("CREATE TABLE t (name TEXT NOT NULL)")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...60 {
                    group.addTask {
                        let name = "name \(number % 2)"
                        try await database.write(.readCommitted) { connection in
                            try connection.takeTurns(["other \(number % 3)", name])
                            let count = try connection.query("SELECT COUNT(*) AS n FROM t WHERE name = ?", [name])
                            if try count[0].get("n", as: Int.self) < 5 {
                                try connection.execute("INSERT INTO t (name) VALUES (?)", [name])
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await database.integer("SELECT COUNT(*) AS n FROM t") == 10)
        }
    }
}
