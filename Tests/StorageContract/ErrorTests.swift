import Storage
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ErrorTests {
    private static let schema = [
        "CREATE TABLE parent (id TEXT PRIMARY KEY)",
        """
        CREATE TABLE child (id TEXT PRIMARY KEY, parent TEXT NOT NULL REFERENCES parent (id),
            n BIGINT NOT NULL CONSTRAINT positive CHECK (n > 0))
        """,
        "INSERT INTO parent (id) VALUES ('p')",
        "INSERT INTO child (id, parent, n) VALUES ('c', 'p', 1)",
    ]

    @Test(
        arguments: Driver.allCases,
        [
            "INSERT INTO child (id, parent, n) VALUES ('c', 'p', 1)",
            "INSERT INTO child (id, parent, n) VALUES ('d', 'nobody', 1)",
            "INSERT INTO child (id, parent, n) VALUES ('d', 'p', 0)",
            "INSERT INTO child (id, parent, n) VALUES ('d', NULL, 1)",
            "DELETE FROM parent",
        ])
    func `a violated constraint is an error of its own`(driver: Driver, statement: String) async throws {
        try await withDatabase(driver) { database, _ in
            try await database.write { connection in
                for statement in Self.schema { try connection.execute(statement) }
            }
            let error = await #expect(throws: DatabaseError.self) { try await database.run(statement) }
            guard case .constraint(let name, let reason) = error else { throw try #require(error) }
            #expect(!name.isEmpty && !reason.isEmpty)
        }
    }

    @Test(
        arguments: Driver.allCases,
        ["SELEC 1", "SELECT * FROM nothing", "SELECT nothing", "INSERT INTO nothing VALUES (1)"])
    func `a wrong statement is named in its error`(driver: Driver, statement: String) async throws {
        try await withDatabase(driver) { database, _ in
            let error = await #expect(throws: DatabaseError.self) { try await database.run(statement) }
            guard case .invalidStatement(let sql, _) = error else { throw try #require(error) }
            #expect(sql == statement)
        }
    }

    @Test(arguments: Driver.allCases)
    func `after an error the next transaction works`(driver: Driver) async throws {
        try await withDatabase(driver) { database, _ in
            for _ in 0..<20 { await #expect(throws: DatabaseError.self) { try await database.run("SELEC 1") } }
            let answer = try await database.integer("SELECT 1 AS n")
            #expect(answer == 1)
        }
    }

    @Test(arguments: [
        "mysql://root@localhost/x", "", "sqlite:", "postgresql://user:canary@host:notaport/x",
        "postgres://user:canary@host/x?unknown=1", "canary-secret-without-any-scheme-at-all",
    ])
    func `an address that is not understood is refused, and not repeated`(address: String) throws {
        let error = #expect(throws: DatabaseError.self) { _ = try Databases.open(address: address) }
        guard case .invalidAddress = error else { throw try #require(error) }
        #expect(!"\(try #require(error))".contains("canary"))
    }

    @Test func `an address never shows its password`() throws {
        let address = try PostgresAddress("postgresql://user:canary@db.example:5433/app?sslmode=require")
        #expect("\(address)" == "postgresql://user@db.example:5433/app")
        var dumped = ""
        dump(address, to: &dumped)
        #expect(!dumped.contains("canary"))
        #expect(!String(reflecting: address).contains("canary"))
    }
}
