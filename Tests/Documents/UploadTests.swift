import Storage
import Testing

@testable import Documents

@Suite(.timeLimit(.minutes(1)))
struct UploadTests {
    @Test(arguments: TestDatabase.allCases)
    func `the same bytes of the same user are one document and one job`(kind: TestDatabase) async throws {
        try await kind.with { database in
            let store = StoreDriver(database: database)
            let first = try await store.create(StoreDriver.upload(1), at: 10)
            var again = StoreDriver.upload(1)
            again.jobID = "another"
            let second = try await store.create(again, at: 20)
            let other = try await store.create(StoreDriver.upload(1, user: "bob"), at: 20)
            #expect(second.job.id == first.job.id && first.job.id != other.job.id)
            #expect(first.job.documentID != other.job.documentID)
            guard case .existing = second else { return #expect(Bool(false), "it was created twice") }
            // The wait for its bytes begins anew.
            #expect(second.job.uploadExpiresAt == first.job.uploadExpiresAt + 10)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a failed document may be announced as images, and is retried as such`(kind: TestDatabase) async throws {
        try await kind.with { database in
            let store = StoreDriver(database: database)
            var upload = StoreDriver.upload(1)
            _ = try await store.queue(1, at: 5)
            upload.ocr = true
            #expect(try await !store.create(upload, at: 6).job.ocr)
            let lease = try #require(try await store.claim(at: 7)).lease
            #expect(try await store.job(lease.jobID)?.ocr == false, "one that is in work stays as it is")
            _ = try await store.fail(lease, retryable: false, at: 8)
            _ = try await store.create(upload, at: 9)
            #expect(try await store.job(lease.jobID)?.ocr == true)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `limits of concurrent and daily uploads hold, and abandoned uploads do not count`(
        kind: TestDatabase
    ) async throws {
        try await kind.with { database in
            let limits = UploadLimits(concurrentJobs: 2, uploadsPerDay: 4)
            let store = StoreDriver(database: database, limits: limits)
            _ = try await store.create(StoreDriver.upload(1), at: 1)
            try await store.queue(2, at: 1)
            await #expect(throws: UploadRefusal.tooManyJobs(limit: 2)) {
                try await store.create(StoreDriver.upload(3), at: 2)
            }
            // The first was never sent: its time is over.
            _ = try await store.create(StoreDriver.upload(3), at: 301 * second)
            _ = try await store.create(StoreDriver.upload(4), at: 602 * second)
            await #expect(throws: UploadRefusal.tooManyToday(limit: 4, retryAfterSeconds: 86_400 - 1000 + 1)) {
                try await store.create(StoreDriver.upload(5), at: 1000 * second)
            }
            _ = try await store.create(StoreDriver.upload(5, user: "bob"), at: 1000 * second)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `limits hold when uploads come at once`(kind: TestDatabase) async throws {
        try await kind.with { database in
            let store = StoreDriver(database: database, limits: UploadLimits(concurrentJobs: 2, uploadsPerDay: 30))
            let created = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<12 {
                    group.addTask {
                        do {
                            _ = try await store.create(StoreDriver.upload(number), at: 5)
                            return true
                        } catch { return false }
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(created == 2)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a job is claimable only when its bytes have arrived`(kind: TestDatabase) async throws {
        try await kind.with { database in
            let store = StoreDriver(database: database)
            let job = try await store.create(StoreDriver.upload(1), at: 1).job
            #expect(try await store.claim(at: 100 * second) == nil)
            try await database.write { connection throws in
                for _ in 0..<2 { try Uploads.bytesArrived(job: job.id, now: 5, on: connection) }
            }
            let claimed = try await store.claim(at: 105)
            #expect(claimed?.job.id == job.id && claimed?.waited == 100)
            // The late news of the arrival does not put it back.
            try await database.write { connection throws in
                _ = try Uploads.bytesArrived(job: job.id, now: 6, on: connection)
            }
            #expect(try await store.job(job.id)?.state == .working)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `deleting a document takes everything of it along and spares the daily count`(kind: TestDatabase) async throws
    {
        try await kind.with { database in
            let store = StoreDriver(database: database, limits: UploadLimits(concurrentJobs: 9, uploadsPerDay: 1))
            let job = try await store.queue(1)
            let lease = try #require(try await store.claim(at: 2)).lease
            try await database.write { connection throws in
                let parse = StoredParse(markdown: "a\0b", pages: 1)
                try DocumentContents.store(parse, document: job.documentID, now: 2, on: connection)
                try DocumentContents.store([.init(text: "a", lineCount: 1)], of: job, now: 2, on: connection)
                #expect(try DocumentContents.parse(of: job.documentID, on: connection)?.markdown == "ab")
                #expect(try !DocumentContents.delete(document: job.documentID, user: "bob", now: 3, on: connection))
                #expect(try DocumentContents.delete(document: job.documentID, user: "ada", now: 3, on: connection))
                #expect(try DocumentContents.chunks(of: job.documentID, on: connection).isEmpty)
            }
            await #expect(throws: LeaseLost(jobID: job.id)) { try await store.advance(lease, to: .parsed, at: 3) }
            await #expect(throws: UploadRefusal.self) { try await store.create(StoreDriver.upload(2), at: 4) }
        }
    }
}
