import Storage
import Testing

@testable import Documents

@Suite(.timeLimit(.minutes(1)))
struct AccountTests {
    @Test(arguments: TestDatabase.allCases)
    func `an address belongs to one user, in any case of letters`(kind: TestDatabase) async throws {
        try await kind.with { database in
            try await database.write { connection throws in
                let ada = UserRecord(id: "1", email: "Ada@example.org", passwordHash: "h", createdAt: 1)
                let imposter = UserRecord(id: "2", email: "ada@EXAMPLE.org", passwordHash: "h", createdAt: 1)
                #expect(try Users.create(ada, on: connection))
                #expect(try !Users.create(imposter, on: connection))
                #expect(try Users.find(email: "ADA@example.org", on: connection) == ada)
                #expect(try Users.setRole(.admin, of: "1", on: connection))
                #expect(try Users.find(id: "1", on: connection)?.role == .admin)
                #expect(try !Users.disable("2", now: 2, on: connection))
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a refresh token works once; using it again ends the session`(kind: TestDatabase) async throws {
        try await kind.with { database in
            try await database.write { connection throws in
                for hash in ["a", "b"] {
                    try RefreshTokens.add(
                        hash: hash, user: "1", family: "f", expiresAt: 100, now: 1, on: connection)
                }
                try RefreshTokens.add(hash: "c", user: "1", family: "g", expiresAt: 100, now: 1, on: connection)
                let use = { try RefreshTokens.use(hash: $0, now: $1, on: connection) }
                #expect(try use("a", 2) == .accepted(user: "1", family: "f"))
                #expect(try use("a", 3) == .reused)
                #expect(try use("b", 4) == .reused, "the family is revoked")
                #expect(try use("c", 100) == .expired)
                #expect(try use("c", 99) == .accepted(user: "1", family: "g"))
                #expect(try use("d", 4) == .unknown)
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `requests are counted for all replicas together`(kind: TestDatabase) async throws {
        try await kind.with { database in
            let decisions = try await withThrowingTaskGroup(of: RequestLimits.Decision.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        try await database.write { connection throws in
                            try RequestLimits.count(
                                "k", limit: 15, window: 60 * second, now: 70 * second, on: connection)
                        }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(decisions.filter { $0 == .refused(retryAfterSeconds: 50) }.count == 5)
            let later = try await database.write { connection throws in
                try RequestLimits.count("k", limit: 15, window: 60 * second, now: 120 * second, on: connection)
            }
            #expect(later == .allowed(remaining: 14))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a replayed webhook is counted and ignored`(kind: TestDatabase) async throws {
        try await kind.with { database in
            let receive = { @Sendable in
                try await database.write { connection throws in
                    try WebhookDeliveries.receive(.success, job: "j", digest: "d", now: 5, on: connection)
                }
            }
            let before = try await database.read { try WebhookDeliveries.isFinal(job: "j", since: 0, on: $0) }
            let (first, second, third) = (try await receive(), try await receive(), try await receive())
            #expect(!before && first && !second && !third)
            let replays = try await database.read { connection throws in
                try connection.query("SELECT replays FROM webhook_deliveries", [])[0].get("replays", as: Int.self)
            }
            #expect(replays == 2)
            #expect(try await database.read { try WebhookDeliveries.isFinal(job: "j", since: 5, on: $0) })
            // A job that is parsed again is not done because the first parsing was.
            #expect(try await !database.read { try WebhookDeliveries.isFinal(job: "j", since: 6, on: $0) })
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `of many who make keys at once, no more get one than may be`(kind: TestDatabase) async throws {
        try await kind.with { database in
            let user = UserRecord(id: "u", email: "a@b.c", passwordHash: "", role: .user, createdAt: 1)
            try await database.write { connection throws in _ = try Users.create(user, on: connection) }
            let made = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<(APIKeys.maximum + 5) {
                    group.addTask {
                        let key = APIKeyRecord(id: "\(number)", userID: "u", name: "k", role: .admin, createdAt: 1)
                        return try await database.write { try APIKeys.create(key, hash: "h\(number)", on: $0) }
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(made == APIKeys.maximum)
            let keys = try await database.read { try APIKeys.all(user: "u", on: $0) }
            let first = try #require(keys.first)
            let bearer = try await database.read { try APIKeys.bearer(hash: "h\(first.id)", on: $0) }
            // A key does no more than its user may.
            #expect(bearer?.role == .user)
            #expect(try await database.write { try APIKeys.revoke(first.id, user: "x", now: 2, on: $0) } == false)
            #expect(try await database.write { try APIKeys.revoke(first.id, user: "u", now: 2, on: $0) })
            #expect(try await database.read { try APIKeys.bearer(hash: "h\(first.id)", on: $0) } == nil)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a database without the tables is told apart from one that has them`(kind: TestDatabase) async throws {
        try await kind.with { database in
            #expect(try await PipelineMigrations.missing(in: database).isEmpty)
            try await database.write { connection throws in
                _ = try connection.execute(
                    "DELETE FROM \(Migrator.table) WHERE owner = 'documents' AND id = '012-keys-and-replays'", [])
            }
            #expect(try await PipelineMigrations.missing(in: database) == ["documents/012-keys-and-replays"])
            try await database.write { connection throws in
                _ = try connection.execute("DROP TABLE \(Migrator.table)", [])
            }
            #expect(try await PipelineMigrations.missing(in: database).count > 4)
        }
    }
}
