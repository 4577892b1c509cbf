import Documents
import Ledger
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct `An API beside a later release` {
    @Test func `stays ready when that one has migrated the database`() async throws {
        try await RunningAPI.with { api in
            _ = try await api.database.write { connection in
                try connection.execute(
                    "INSERT INTO schema_migrations (owner, id, checksum, applied_at) VALUES (?, ?, ?, ?)",
                    ["documents", "999-of-a-later-release", "x", Int64(1)])
            }
            #expect(try await api.call("GET", "/health").status == 200)
        }
    }

    @Test func `passes the check before a start, has nothing to migrate, and its ledger can be read`() async throws {
        let folder = try TemporaryFolder()
        let address = "sqlite:\(folder.file("db.sqlite"))"
        let database = try Databases.open(address: address)
        for migrator in PipelineMigrations.all { try await migrator.migrate(database, now: 1) }
        for owner in PipelineMigrations.all.map(\.owner) {
            try await database.write { connection in
                _ = try connection.execute(
                    "INSERT INTO schema_migrations (owner, id, checksum, applied_at) VALUES (?, ?, ?, ?)",
                    [owner, "999-of-a-later-release", "x", Int64(1)])
            }
        }
        let pending = try await Ledger.migrator.pending(database)
        #expect(pending.isEmpty)
        for arguments in [["check", "api"], ["check", "worker"], ["migrate"]] {
            let result = try await run(arguments, folder, address)
            #expect(result.exit == 0, "\(arguments) \(result.errors)")
        }
        // Histories that have parted are no later release's.
        try await database.write { connection in
            _ = try connection.execute("DELETE FROM schema_migrations WHERE id = '001-accounts'", [])
        }
        let parted = try await run(["check", "api"], folder, address)
        #expect(parted.exit == 1 && parted.errors.contains("applied before"))
        await database.close()
    }

    private func run(_ arguments: [String], _ folder: TemporaryFolder, _ address: String) async throws -> CommandResult
    {
        let variables = [
            "ENVIRONMENT": "test", "DATABASE_URL": address, "STORAGE": "disk:\(folder.file("files"))",
            "JWT_SECRET": RunningAPI.secret, "LLAMAPARSE_API_KEY": "key", "OPENAI_API_KEY": "key",
            "LLAMAPARSE_URL": "http://127.0.0.1:1", "OPENAI_URL": "http://127.0.0.1:1",
        ].reduce(into: [:]) { $0["UPLOAD_PIPELINE_" + $1.key] = $1.value }
        return try await RunningCommand(
            try BuildProducts.path("pipeline"), arguments, directory: folder.path, environment: variables
        ).result()
    }
}
