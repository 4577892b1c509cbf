import Storage
import Testing

@testable import Documents

@Suite(.timeLimit(.minutes(1)))
struct JobQueueTests {
    @Test(arguments: TestDatabase.allCases)
    func `many workers at once never take one job twice`(kind: TestDatabase) async throws {
        try await kind.with { database in
            let store = StoreDriver(database: database)
            for number in 0..<40 { try await store.queue(number) }
            let claimed = try await withThrowingTaskGroup(of: [String].self) { group in
                for worker in 0..<12 {
                    group.addTask {
                        var mine: [String] = []
                        while let job = try await store.claim(by: "w\(worker)", at: 50) { mine.append(job.job.id) }
                        return mine
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(claimed.count == 40 && Set(claimed).count == 40)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `the oldest job comes first`(kind: TestDatabase) async throws {
        try await kind.with { database in
            let store = StoreDriver(database: database)
            for number in [3, 1, 2] { try await store.queue(number, at: Int64(number)) }
            var order: [String] = []
            while let claimed = try await store.claim(at: 10) { order.append(claimed.job.id) }
            #expect(order == ["job-ada-1", "job-ada-2", "job-ada-3"])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a vanished worker's job comes back when its lease expires, and the old worker is shut out`(
        kind: TestDatabase
    ) async throws {
        try await kind.with { database in
            let store = StoreDriver(database: database)
            let job = try await store.queue(1)
            let old = try #require(try await store.claim(by: "w1", at: 10)).lease
            let early = try await database.write { try JobQueue.reap(now: 20 * second, on: $0) }
            #expect(early.isEmpty)
            let lost = try await database.write { connection throws in
                try JobQueue.renew([old], duration: 20 * second, now: 15 * second, on: connection)
            }
            #expect(lost.isEmpty)
            #expect(try await database.write { try JobQueue.reap(now: 30 * second, on: $0) }.isEmpty)
            #expect(try await database.write { try JobQueue.reap(now: 36 * second, on: $0) } == [job.id])
            let new = try #require(try await store.claim(by: "w2", at: 37 * second)).lease
            await #expect(throws: LeaseLost(jobID: job.id)) {
                try await store.advance(old, to: .parsed, at: 38 * second)
            }
            let stillLost = try await database.write { connection throws in
                try JobQueue.renew([old, new], duration: 20 * second, now: 38 * second, on: connection)
            }
            #expect(stillLost == [old])
            try await store.advance(new, to: .parsed, at: 39 * second)
            #expect(try await store.job(job.id)?.lostLeases == 1)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a worker that was started again returns its pinned jobs at once, until three have vanished with one`(
        kind: TestDatabase
    ) async throws {
        try await kind.with { database in
            let store = StoreDriver(database: database)
            let pinned = try await store.queue(1, pin: "v1")
            let plain = try await store.queue(2)
            for round in 1...3 {
                while try await store.claim(by: "w1", at: 10) != nil {}
                let orphans = try await database.write {
                    try JobQueue.reapPinned(orphansOf: "w1", now: 11, on: $0)
                }
                #expect(orphans == [pinned.id])
                let state = try await store.job(pinned.id)?.state
                #expect(state == (round < 3 ? .queued : .deadletter))
            }
            #expect(try await store.job(plain.id)?.state == .working)
            #expect(try await database.write { try JobQueue.reapPinned(orphansOf: "w2", now: 11, on: $0) }.isEmpty)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a stage never takes effect twice`(kind: TestDatabase) async throws {
        try await kind.with { database in
            let store = StoreDriver(database: database)
            let job = try await store.queue(1)
            let lease = try #require(try await store.claim(at: 10)).lease
            try await store.advance(lease, to: .parsed, at: 11)
            await #expect(throws: JobTransitionError.self) { try await store.advance(lease, to: .parsed, at: 12) }
            try await store.advance(lease, to: .complete, at: 13)
            await #expect(throws: LeaseLost.self) { try await store.advance(lease, to: .complete, at: 14) }
            #expect(try await store.events(job.id).filter { $0.event.kind == .finalized }.count == 1)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a failure is tried again after its back-off, then goes to the dead letters`(kind: TestDatabase) async throws {
        try await kind.with { database in
            let store = StoreDriver(database: database)
            let job = try await store.queue(1)
            var now: Int64 = 10
            for seconds: Int64 in [3, 6, 12] {
                let lease = try #require(try await store.claim(at: now)).lease
                #expect(try await store.fail(lease, retryable: true, at: now) == now + seconds * second)
                #expect(try await store.claim(at: now + seconds * second - 1) == nil)
                now += seconds * second
            }
            let lease = try #require(try await store.claim(at: now)).lease
            #expect(try await store.fail(lease, retryable: true, at: now) == nil)
            let dead = try #require(try await store.job(job.id))
            #expect(dead.state == .deadletter && dead.status == .failedParse && dead.lastError == "It failed.")
            let kinds = try await store.events(job.id).map(\.event.kind)
            #expect(kinds == [.uploaded, .retry, .retry, .retry, .error, .finalized])
            #expect(try await store.events(job.id).map(\.sequence) == Array(1...6))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `its user may have a dead job tried again, and nobody else`(kind: TestDatabase) async throws {
        try await kind.with { database in
            let store = StoreDriver(database: database)
            let job = try await store.queue(1)
            let lease = try #require(try await store.claim(at: 10)).lease
            await #expect(throws: JobTransitionError.self) {
                _ = try await database.write { try JobCommits.retry(job: job.id, user: "ada", now: 11, on: $0) }
            }
            _ = try await store.fail(lease, retryable: false, at: 12)
            let others = try await database.write { try JobCommits.retry(job: job.id, user: "bob", now: 13, on: $0) }
            #expect(others == nil)
            let mine = try await database.write { try JobCommits.retry(job: job.id, user: "ada", now: 13, on: $0) }
            #expect(mine?.state == .queued)
            #expect(try await store.claim(at: 14)?.job.id == job.id)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a job that is handed back loses no attempt`(kind: TestDatabase) async throws {
        try await kind.with { database in
            let store = StoreDriver(database: database)
            let job = try await store.queue(1)
            let lease = try #require(try await store.claim(at: 10)).lease
            try await store.advance(lease, to: .parsed, at: 11)
            try await database.write { try JobCommits.handBack(lease, reason: "drain", now: 12, on: $0) }
            let again = try #require(try await store.claim(by: "w2", at: 13))
            #expect(again.job.status == .parsed && again.job.retryCount == 0 && again.job.id == job.id)
            #expect(again.lease.epoch == lease.epoch + 1)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a stage whose provider is out is not claimed`(kind: TestDatabase) async throws {
        try await kind.with { database in
            let store = StoreDriver(database: database)
            try await store.queue(1)
            #expect(try await store.claim(stages: [.chunk, .embed], at: 10) == nil)
            #expect(try await store.claim(stages: [], at: 10) == nil)
            #expect(try await store.claim(stages: [.parse], at: 10) != nil)
        }
    }
}
