import Storage
import Testing

@testable import Documents

@Suite(.timeLimit(.minutes(5))) struct `What is done with` {
    private static let hour = 3600 * second

    private static func due(_ database: any Database) async throws -> [String] {
        try await database.write { try FileRemovals.due(on: $0) }
    }

    @Test(arguments: TestDatabase.allCases)
    func `goes: an upload that never came, with its document, but not the count of the day`(
        kind: TestDatabase
    ) async throws {
        try await kind.with { database in
            let store = StoreDriver(database: database)
            let never = try await store.create(StoreDriver.upload(1), at: 5).job
            let came = try await store.queue(2, at: 5)
            let expiry = never.uploadExpiresAt
            let early = try await database.write { connection in
                try Retention.removeAbandonedUploads(now: expiry + Self.hour, on: connection)
            }
            #expect(early.isEmpty, "bytes may still be on their way")
            let gone = try await database.write { connection in
                try Retention.removeAbandonedUploads(now: expiry + Self.hour + 1, on: connection)
            }
            #expect(gone == [never.id])
            #expect(try await store.job(never.id) == nil)
            #expect(try await store.job(came.id) != nil)
            let key = DocumentIdentity.objectKey(user: "ada", document: never.documentID)
            #expect(try await Self.due(database) == [key])
            let counted = try await database.read { try $0.query("SELECT COUNT(*) AS n FROM upload_log") }
            #expect(try counted[0].get("n", as: Int.self) == 2)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `keeps the file of a document that was uploaded anew in the meantime`(kind: TestDatabase) async throws {
        try await kind.with { database in
            let store = StoreDriver(database: database)
            let job = try await store.queue(1, at: 5)
            _ = try await database.write { connection in
                try DocumentContents.delete(document: job.documentID, user: "ada", now: 6, on: connection)
            }
            var upload = StoreDriver.upload(1)
            upload.jobID = "another-job"
            #expect(try await store.create(upload, at: 7).job.documentID == job.documentID)
            #expect(try await Self.due(database).isEmpty)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `goes: the file of a job that ended long ago, once, and not the file of one in work`(
        kind: TestDatabase
    ) async throws {
        try await kind.with { database in
            let store = StoreDriver(database: database)
            let done = try await store.queue(1, at: 5)
            let lease = try #require(try await store.claim(at: 6)).lease
            try await store.advance(lease, to: .complete, at: 10)
            try await store.queue(2, at: 5)
            let expire = { @Sendable (limit: Int64) in
                try await database.write { try Retention.expireFiles(endedBefore: limit, now: 100, on: $0) }
            }
            #expect(try await expire(10) == 0)
            #expect(try await expire(11) == 1)
            #expect(try await expire(11) == 0)
            let key = DocumentIdentity.objectKey(user: "ada", document: done.documentID)
            #expect(try await Self.due(database) == [key])
            try await database.write { try FileRemovals.done([key], on: $0) }
            #expect(try await Self.due(database).isEmpty)
            #expect(try await store.job(done.id)?.status == .complete, "what was made of it stays")
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `goes: events and counts from before the limit`(kind: TestDatabase) async throws {
        try await kind.with { database in
            let store = StoreDriver(database: database)
            try await store.queue(1, at: 5)
            try await store.queue(2, at: 50)
            let now = 3 * Uploads.day
            try await database.write { connection throws in
                _ = try RequestLimits.count("k", limit: 9, window: Self.hour, now: 5, on: connection)
                let old = try Retention.oldEvents(before: 50, on: connection)
                #expect(old == ["job-ada-1:1"])
                try Retention.removeEvents(old, on: connection)
                try Retention.prune(before: 50, now: now, on: connection)
                #expect(try connection.query("SELECT 1 FROM request_counts").isEmpty)
                #expect(try connection.query("SELECT 1 FROM upload_log").isEmpty)
            }
            #expect(try await store.events("job-ada-1").isEmpty)
            #expect(try await store.events("job-ada-2").count == 1)
        }
    }
}
