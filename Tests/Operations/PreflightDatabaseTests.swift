import Contract
import Foundation
import Storage
import TestSupport
import Testing

@testable import Operations

@Suite(.timeLimit(.minutes(3)))
struct PreflightDatabaseTests {
    private let entry = MigrationEntry(owner: "shop", id: "0001", checksums: ["postgresql": "aa", "sqlite": "bb"])

    private func harness(_ address: String) -> PreflightHarness {
        var harness = PreflightHarness(["DATABASE_URL": address])
        harness.databases = [DatabaseContract(variable: "DATABASE_URL")]
        return harness
    }

    /// A fresh database, and its address for somebody else.
    private func database(as user: String, password: String? = nil, query: String = "") async throws -> String {
        let address = try await PostgresServer.freshDatabase()
        let account = password.map { "\(user):\($0)" } ?? user
        return address.replacing("postgres@", with: "\(account)@") + query
    }

    @Test func `the service's own account is what logs in, and each refusal has its sentence`() async throws {
        let role = try await GuardedRole.make()
        let good = try await database(as: role, password: "right")
        #expect(await harness(good).said().outcome == .passed)

        let wrong = await harness(good.replacing(":right@", with: ":wrong-canary@")).said()
        #expect(wrong.outcome == .failed)
        #expect(wrong.words.contains("refuses the password of \(role)"), "\(wrong.words)")
        #expect(!wrong.words.contains("canary"))

        let none = await harness(good.replacing(":right@", with: "@")).said()
        #expect(none.words.contains("asks \(role) for a password"), "\(none.words)")

        let stranger = await harness(good.replacing("\(role):right@", with: "nobody_here@")).said()
        #expect(stranger.outcome == .failed)
        #expect(stranger.words.contains("does not let nobody_here in from here"), "\(stranger.words)")

        let elsewhere = await harness(good + "_not_there").said()
        #expect(elsewhere.outcome == .failed)
        #expect(elsewhere.words.contains("has no database"), "\(elsewhere.words)")

        let encrypted = await harness(good + "?sslmode=require").said()
        #expect(encrypted.outcome == .failed)
        #expect(encrypted.words.contains("gives no TLS connection"), "\(encrypted.words)")
    }

    @Test func `nobody there, and somebody who says nothing, end within the limit`() async throws {
        let nobody = await harness("postgresql://app:x@127.0.0.1:\(try freePort())/app").said()
        #expect(nobody.outcome == .unreachable)
        let silent = try ScriptedServer { $0.waitForEnd() }
        var hanging = harness("postgresql://app:x@127.0.0.1:\(silent.port)/app")
        hanging.limit = .milliseconds(300)
        let said = await hanging.said()
        #expect(said.outcome == .unreachable, "\(said.words)")
        #expect(await harness("postgresql://[::").said().outcome == .failed)
    }

    @Test func `incident 6: a host that swallows packets is told in time, and so is a name for this machine`()
        async throws
    {
        let hole = try BlackHole()
        var harness = harness("postgresql://app:x@127.0.0.1:\(hole.port)/app")
        harness.limit = .milliseconds(500)
        let said = await harness.said()
        #expect(said.outcome == .unreachable, "\(said.words)")
        let local = await self.harness("postgresql://app:x@localhost:1/app").said()
        #expect(local.outcome == .failed)
        #expect(local.words.contains("is this machine itself"), "\(local.words)")
    }

    @Test func `version, extensions and tables are held against the contract`() async throws {
        var harness = harness(try await PostgresServer.freshDatabase())
        harness.databases[0].minimumPostgresVersion = 9
        harness.databases[0].extensions = ["plpgsql"]
        #expect(await harness.said().outcome == .passed)
        harness.databases[0].minimumPostgresVersion = 99
        harness.databases[0].extensions = ["no_such_extension"]
        harness.databases[0].tables = ["orders"]
        let said = await harness.said()
        #expect(said.map(\.outcome) == [.failed, .failed, .failed])
        #expect(said.words.contains("needs 99 or later"), "\(said.words)")
        #expect(said.words.contains("does not have the extension no_such_extension"))
        #expect(said.words.contains("has no orders"))
    }

    @Test func `incident 16: a later, an edited or a missing migration and a foreign table are seen`() async throws {
        let role = try await GuardedRole.make()
        let address = try await database(as: role, password: "right")
        let owner = try Databases.open(address: address.replacing("\(role):right@", with: "postgres@"))
        func apply(_ statements: String...) async throws {
            try await owner.write { connection in for statement in statements { try connection.execute(statement) } }
        }
        var harness = harness(address)
        harness.history = [entry]
        // As it is from PostgreSQL 15 on.
        try await apply("REVOKE CREATE ON SCHEMA public FROM public")
        #expect(await harness.said().words.contains("were never applied"))
        harness.migrates = true
        harness.ownedTables = ["orders"]
        #expect(await harness.said().words.contains("may not create tables"))

        try await apply(
            "CREATE TABLE schema_migrations (owner TEXT, id TEXT, checksum TEXT, applied_at BIGINT)",
            "INSERT INTO schema_migrations VALUES ('shop', '0001', 'aa', 0), ('other', '0009', 'cc', 0)",
            "CREATE TABLE orders (id TEXT)", "INSERT INTO orders VALUES ('1')",
            "GRANT SELECT ON ALL TABLES IN SCHEMA public TO \(role)")
        let foreign = await harness.said()
        #expect(foreign.map(\.outcome) == [.failed])
        #expect(foreign.words.contains("belongs to postgres"), "\(foreign.words)")

        try await apply("ALTER TABLE orders OWNER TO \(role)", "ALTER TABLE schema_migrations OWNER TO \(role)")
        #expect(await harness.said().outcome == .passed)
        try await apply("UPDATE schema_migrations SET checksum = 'edited' WHERE owner = 'shop'")
        #expect(await harness.said().words.contains("shop/0001 was changed after"))
        try await apply("INSERT INTO schema_migrations VALUES ('shop', '0002', 'dd', 0)")
        let later = await harness.said()
        #expect(later.outcome == .failed)
        #expect(later.words.contains("a later release: the contract in contracts/ does not know 1 migration"))
        await owner.close()
    }

    @Test func `who may only read gets through, and nothing is written`() async throws {
        let role = try await GuardedRole.make()
        let address = try await database(as: role, password: "right")
        let owner = try Databases.open(address: address.replacing("\(role):right@", with: "postgres@"))
        try await owner.write { connection in
            try connection.execute("CREATE TABLE orders (id TEXT)")
            try connection.execute("INSERT INTO orders VALUES ('1')")
            try connection.execute("GRANT SELECT ON orders TO \(role)")
            try connection.execute("ALTER ROLE \(role) SET default_transaction_read_only = on")
        }
        var harness = harness(address)
        harness.databases[0].tables = ["orders"]
        let before = try await state(owner)
        let said = await harness.said()
        #expect(said.map(\.outcome) == [.warned])
        #expect(said.words.contains("read-only for \(role)"), "\(said.words)")
        #expect(try await state(owner) == before)
        harness.migrates = true
        #expect(await harness.said().outcome == .failed)
        await owner.close()
    }

    /// How many rows were ever written in the database, and how many relations it has.
    private func state(_ database: any Database) async throws -> [Int64] {
        try await database.read { connection in
            let row = try connection.first(
                """
                SELECT (SELECT count(*) FROM pg_class) AS relations, (SELECT count(*) FROM orders) AS orders,
                    coalesce((SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_user_tables), 0)::bigint AS writes
                """)
            return try ["relations", "orders", "writes"].map { try row?.get($0, as: Int64.self) ?? -1 }
        }
    }
}

/// Roles of the tests' server that need a password, which its other roles do not.
enum GuardedRole {
    private static let guarded = Task {
        try await PostgresServer.administer("CREATE ROLE guarded NOLOGIN")
        // The rules of the server, with one more for the role and its members before the others.
        try await PostgresServer.administer(
            """
            DO $$ BEGIN EXECUTE format('COPY (VALUES (''host all +guarded 127.0.0.1/32 scram-sha-256''), \
            (''local all all trust''), (''host all all 127.0.0.1/32 trust'')) TO %L', current_setting('hba_file')); END $$
            """)
        try await PostgresServer.administer("SELECT pg_reload_conf()")
    }

    /// - Returns: the name of a new role whose password is `right`, once the server asks for it.
    static func make() async throws -> String {
        try await guarded.value
        let name = "app_\(UUID().uuidString.prefix(8).lowercased())"
        try await PostgresServer.administer("CREATE ROLE \(name) LOGIN PASSWORD 'right' IN ROLE guarded")
        let address = try PostgresAddress(
            try await PostgresServer.freshDatabase().replacing("postgres@", with: "\(name):no@"))
        let asks = await eventually {
            await blocking {
                do throws(PostgresRefusal) {
                    try PostgresDiagnosis(address).connect(within: .seconds(10))
                    return false
                } catch { return error == .wrongPassword }
            }
        }
        try #require(asks)
        return name
    }
}

/// A port whose queue of connections is full, so that the kernel drops whoever comes: a host that swallows packets.
final class BlackHole: Sendable {
    let port: Int
    private let descriptors: [Int32]

    init() throws {
        let (listener, port) = try listenOnTCP(backlog: 0)
        self.port = port
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        address.sin_port = in_port_t(port).bigEndian
        descriptors =
            [listener]
            + (0..<4).map { _ in
                let caller = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
                withUnsafePointer(to: &address) { pointer in
                    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                        _ = connect(caller, raw, socklen_t(MemoryLayout<sockaddr_in>.size))
                    }
                }
                return caller
            }
    }

    deinit { for descriptor in descriptors { close(descriptor) } }
}
