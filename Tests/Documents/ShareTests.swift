import Storage
import Testing

@testable import Documents

@Suite(.timeLimit(.minutes(1)))
struct ShareTests {
    private static let now = 1000 * second

    /// Claims all there is.
    private static func drain(_ store: StoreDriver, _ owner: String, _ share: JobBuckets) async throws -> [JobRecord] {
        var jobs: [JobRecord] = []
        while let claimed = try await store.claim(by: owner, share: share, at: now + 1) { jobs.append(claimed.job) }
        return jobs
    }

    @Test(arguments: TestDatabase.allCases)
    func `each worker takes the jobs of its share`(kind: TestDatabase) async throws {
        try await kind.with { database in
            let store = StoreDriver(database: database)
            for number in 0..<60 { try await store.queue(number) }
            let low = try #require(JobBuckets(from: 0, to: 30))
            let high = try #require(JobBuckets(from: 30, to: 100))
            try await store.beat("w1", share: low, at: Self.now)
            try await store.beat("w2", share: high, at: Self.now)
            let none = try await Self.drain(store, "w3", .none)
            #expect(none.isEmpty)
            let first = try await Self.drain(store, "w1", low)
            let second = try await Self.drain(store, "w2", high)
            #expect(first.count + second.count == 60 && !first.isEmpty && !second.isEmpty)
            #expect(first.allSatisfy { low.contains($0.bucket) } && second.allSatisfy { high.contains($0.bucket) })
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a bucket that nobody covers is anybody's, but not before the time-out`(kind: TestDatabase) async throws {
        try await kind.with { database in
            let store = StoreDriver(database: database)
            let job = try await store.queue(1)
            try await store.beat("w1", share: .all, at: Self.now)
            let soon = try await store.claim(by: "w2", share: .none, at: Self.now + 10 * second - 1)
            #expect(soon == nil)
            let later = try await store.claim(by: "w2", share: .none, at: Self.now + 10 * second)
            #expect(later?.job.id == job.id)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a pinned job goes to its release only, whatever the shares`(kind: TestDatabase) async throws {
        try await kind.with { database in
            let store = StoreDriver(database: database)
            let job = try await store.queue(1, pin: "v2")
            #expect(try await store.claim(by: "w1", release: "v1", share: .all, at: Self.now) == nil)
            let claimed = try await store.claim(by: "w2", release: "v2", share: .none, at: Self.now)
            #expect(claimed?.job.id == job.id && claimed?.job.workerRelease == "v2")
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `workers are on record until they leave or are forgotten`(kind: TestDatabase) async throws {
        try await kind.with { database in
            let store = StoreDriver(database: database)
            try await store.beat("w1", share: .all, at: 10)
            try await store.beat("w1", share: .none, at: 20)
            try await store.beat("w2", share: .all, release: "v2", at: 30)
            let all = try await database.read { try Workers.all(on: $0) }
            #expect(all.map(\.instance) == ["w2", "w1"] && all.map(\.seenAt) == [30, 20])
            try await database.write { connection throws in
                try Workers.leave("w2", on: connection)
                try Workers.forget(before: 21, on: connection)
            }
            #expect(try await database.read { try Workers.all(on: $0) }.isEmpty)
        }
    }
}
