import Storage
import Testing

@Suite(.timeLimit(.minutes(1)))
struct MigrationTests {
    private static let first = Migration("001-first") { _ in
        ["CREATE TABLE a (n BIGINT NOT NULL)", "INSERT INTO a (n) VALUES (1)"]
    }
    private static let second = Migration("002-second") { _ in ["UPDATE a SET n = n + 1"] }

    @Test(arguments: Driver.allCases)
    func `each migration is applied once and recorded`(driver: Driver) async throws {
        try await withDatabase(driver) { database, _ in
            let begin = Migrator(owner: "test", migrations: [Self.first])
            let all = Migrator(owner: "test", migrations: [Self.first, Self.second])
            #expect(try await all.pending(database) == ["001-first", "002-second"])
            #expect(try await begin.migrate(database, now: 5) == ["001-first"])
            #expect(try await all.pending(database) == ["002-second"])
            #expect(try await all.migrate(database, now: 6) == ["002-second"])
            #expect(try await all.migrate(database, now: 7) == [])
            #expect(try await database.integer("SELECT n FROM a") == 2)
            let row = try #require(
                await database.read {
                    try $0.query("SELECT * FROM schema_migrations WHERE id = ?", ["002-second"]).first
                })
            #expect(try row.get("owner") == "test")
            #expect(try row.get("applied_at") == 6)
            #expect(try row.get("checksum") == Self.second.checksum(database.dialect))
        }
    }

    @Test(arguments: Driver.allCases)
    func `a changed, an unknown and an overtaken migration are refused`(driver: Driver) async throws {
        try await withDatabase(driver) { database, _ in
            try await Migrator(owner: "test", migrations: [Self.first]).migrate(database, now: 0)
            let changed = Migration("001-first") { _ in ["CREATE TABLE a (n TEXT)"] }
            let early = Migration("000-early") { _ in ["CREATE TABLE b (n BIGINT)"] }
            for migrations in [[changed], [], [early, Self.first]] {
                let error = await #expect(throws: DatabaseError.self) {
                    try await Migrator(owner: "test", migrations: migrations).migrate(database, now: 0)
                }
                guard case .migrationMismatch(let id, _) = error else { throw try #require(error) }
                #expect(id == "001-first")
            }
            #expect(try await Migrator(owner: "other", migrations: []).migrate(database, now: 0) == [])
        }
    }

    @Test(arguments: Driver.allCases)
    func `an earlier history finds nothing missing beside a later one, unless the two have parted`(
        driver: Driver
    ) async throws {
        try await withDatabase(driver) { database, _ in
            try await Migrator(owner: "test", migrations: [Self.first, Self.second]).migrate(database, now: 0)
            #expect(try await Migrator(owner: "test", migrations: [Self.first]).pending(database) == [])
            let other = Migration("002-other") { _ in ["CREATE TABLE b (n BIGINT)"] }
            let changed = Migration("001-first") { _ in ["CREATE TABLE a (n TEXT)"] }
            let late = Migration("001-late") { _ in ["CREATE TABLE b (n BIGINT)"] }
            for migrations in [[Self.first, other], [changed], [Self.first, late, Self.second]] {
                await #expect(throws: DatabaseError.self) {
                    try await Migrator(owner: "test", migrations: migrations).pending(database)
                }
            }
        }
    }

    @Test(arguments: Driver.allCases)
    func `when one statement fails, none is applied`(driver: Driver) async throws {
        try await withDatabase(driver) { database, _ in
            let wrong = Migration("002-wrong") { _ in ["CREATE TABLE b (n BIGINT)", "INSERT INTO nothing VALUES (1)"] }
            await #expect(throws: DatabaseError.self) {
                try await Migrator(owner: "test", migrations: [Self.first, wrong]).migrate(database, now: 0)
            }
            #expect(
                try await Migrator(owner: "test", migrations: [Self.first]).migrate(database, now: 0) == ["001-first"])
            try await database.run("CREATE TABLE b (n BIGINT)")
        }
    }

    @Test(arguments: Driver.allCases)
    func `of many who migrate at once, one does`(driver: Driver) async throws {
        let place = try await Place(driver)
        let applied = try await withThrowingTaskGroup(of: [String].self) { group in
            for _ in 0..<6 {
                group.addTask {
                    let database = try place.open()
                    let migrator = Migrator(owner: "test", migrations: [Self.first, Self.second])
                    let applied = try await migrator.migrate(database, now: 0)
                    #expect(try await database.integer("SELECT n FROM a") == 2)
                    await database.close()
                    return applied
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(applied == ["001-first", "002-second"])
    }
}
