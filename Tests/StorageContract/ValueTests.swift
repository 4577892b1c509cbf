import Storage
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ValueTests {
    @Test(arguments: Driver.allCases)
    func `values come back as they went in`(driver: Driver) async throws {
        try await withDatabase(driver) { database, _ in
            try await database.write { connection in
                try connection.execute(
                    """
                    CREATE TABLE t (i BIGINT, d DOUBLE PRECISION, s TEXT, b \(connection.dialect.blob), f BIGINT, o TEXT)
                    """)
                try connection.execute(
                    "INSERT INTO t (i, d, s, b, f, o) VALUES (?, ?, ?, ?, ?, ?)",
                    [Int64.min, 0.1, "O'Brien \\ ? \"quoted\" ☃", [0, 255, 1, 92] as [UInt8], true, String?.none])
                try connection.execute(
                    "INSERT INTO t (i, d, s, b, f, o) VALUES (?, ?, ?, ?, ?, ?)",
                    [Int64.max, -1e300, "", [] as [UInt8], false, String?.some("x")])
            }
            let rows = try await database.read { try $0.query("SELECT * FROM t ORDER BY i") }
            #expect(try rows[0].get("i") == Int64.min)
            #expect(try rows[0].get("d") == 0.1)
            #expect(try rows[0].get("s") == "O'Brien \\ ? \"quoted\" ☃")
            #expect(try rows[0].get("b") == [0, 255, 1, 92] as [UInt8])
            #expect(try rows[0].get("f") == true)
            #expect(try rows[0].get("o") == String?.none)
            #expect(try rows[1].get("i") == Int64.max)
            #expect(try rows[1].get("d") == -1e300)
            #expect(try rows[1].get("s") == "")
            #expect(try rows[1].get("b") == [] as [UInt8])
            #expect(try rows[1].get("f") == false)
            #expect(try rows[1].get("o") == String?.some("x"))
        }
    }

    @Test(arguments: Driver.allCases)
    func `sums and counts of integers are integers`(driver: Driver) async throws {
        try await withDatabase(driver) { database, _ in
            try await database.run("CREATE TABLE t (n BIGINT)")
            try await database.run("INSERT INTO t (n) VALUES (?), (?)", Int64.max / 2, 7)
            let row = try #require(
                await database.read { try $0.query("SELECT SUM(n) AS s, COUNT(*) AS c, MAX(n) AS m FROM t").first })
            #expect(try row.get("s") == Int64.max / 2 + 7)
            #expect(try row.get("c") == 2)
            #expect(try row.get("m") == Int64.max / 2)
        }
    }

    @Test(arguments: Driver.allCases)
    func `question marks in literals, names and comments are no placeholders`(driver: Driver) async throws {
        try await withDatabase(driver) { database, _ in
            let row = try #require(
                await database.read { connection in
                    try connection.query(
                        """
                        SELECT '?''?' AS "a?", -- what?
                        /* and? */ CAST(? AS BIGINT) AS b
                        """, [7]
                    ).first
                })
            #expect(try row.get("a?") == "?'?")
            #expect(try row.get("b") == 7)
        }
    }

    @Test(arguments: Driver.allCases)
    func `a missing column and a value of another type are errors that name it`(driver: Driver) async throws {
        try await withDatabase(driver) { database, _ in
            let row = try #require(await database.read { try $0.query("SELECT 'x' AS name").first })
            for read in [{ try row.get("other", as: String.self) }, { try "\(row.get("name", as: Int.self))" }] {
                let error = #expect(throws: DatabaseError.self) { _ = try read() }
                guard case .unexpectedColumn(let name, _) = error else { throw try #require(error) }
                #expect(name == "other" || name == "name")
            }
        }
    }
}
