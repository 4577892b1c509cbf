import Storage
import Testing

@testable import Documents

@Suite(.timeLimit(.minutes(5))) struct `A parser's webhook` {
    /// A job that was claimed and sent at 10.
    private static func sent(_ store: StoreDriver) async throws -> JobLease {
        try await store.queue(1, at: 5)
        let lease = try #require(try await store.claim(at: 10)).lease
        let request = ParseRequest(
            ticket: ParseTicket(id: "t"), paymentKey: "k", pages: 1, heldAt: 10, submittedAt: 10,
            deadline: 1000 * second)
        try await store.database.write { try ParseRequests.store(request, lease, on: $0) }
        return lease
    }

    private static func hear(
        _ store: StoreDriver, _ notice: ParseNotice = .success, digest: String = "d", at now: Int64
    ) async throws {
        _ = try await store.database.write { connection in
            try WebhookDeliveries.receive(notice, job: "job-ada-1", digest: digest, now: now, on: connection)
        }
    }

    private static func wait(_ store: StoreDriver, _ lease: JobLease, at now: Int64) async throws {
        try await store.database.write { connection throws in
            try ParseRequests.wait(lease, until: now + 30 * second, now: now, on: connection)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `ends the wait when it is done, and not before`(kind: TestDatabase) async throws {
        try await kind.with { database in
            let store = StoreDriver(database: database)
            try await Self.wait(store, try await Self.sent(store), at: 20)
            #expect(try await store.claim(at: 21) == nil)
            try await Self.hear(store, .pending, digest: "other", at: 22)
            #expect(try await store.claim(at: 22) == nil, "it is not done")
            try await Self.hear(store, at: 23)
            let again = try #require(try await store.claim(at: 24))
            try await Self.wait(store, again.lease, at: 25)
            #expect(try await store.claim(at: 26) == nil, "what it said before is no news")
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `that comes before the worker lets go of the job ends the wait at once`(kind: TestDatabase) async throws {
        try await kind.with { database in
            let store = StoreDriver(database: database)
            let lease = try await Self.sent(store)
            try await Self.hear(store, at: 15)
            try await Self.wait(store, lease, at: 20)
            #expect(try await store.claim(at: 20)?.job.id == "job-ada-1")
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `that comes late, again, or for a job that does something else changes nothing`(
        kind: TestDatabase
    ) async throws {
        try await kind.with { database in
            let store = StoreDriver(database: database)
            let lease = try await Self.sent(store)
            let working = try await store.job("job-ada-1")
            try await Self.hear(store, at: 15)
            #expect(try await store.job("job-ada-1") == working, "it works on it already")
            try await database.write { try ParseRequests.remove(job: "job-ada-1", on: $0) }
            _ = try await store.fail(lease, retryable: true, at: 20)
            let retryable = try await store.job("job-ada-1")
            try await Self.hear(store, at: 21)
            try await Self.hear(store, digest: "another", at: 22)
            #expect(try await store.job("job-ada-1") == retryable)
            let next = try #require(try await store.claim(at: 10 * second)).lease
            try await store.advance(next, to: .complete, at: 11 * second)
            let done = try await store.job("job-ada-1")
            try await Self.hear(store, .error, digest: "late", at: 12 * second)
            #expect(try await store.job("job-ada-1") == done, "what is done stays done")
        }
    }
}
