import Storage
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
}
