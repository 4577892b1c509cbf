import Storage
import Testing

@testable import Documents

@Suite(.timeLimit(.minutes(1))) struct `Jobs in batches` {
    private func claim(
        _ limit: Int, by owner: String = "w1", at now: Int64, _ database: any Database
    ) async throws -> [ClaimedJob] {
        let request = ClaimRequest(
            owner: owner, release: "v1", share: .all, leaseDuration: 20 * second, heartbeatTimeout: 10 * second)
        return try await database.write(.readCommitted) { connection in
            try JobQueue.claim(request, limit: limit, now: now, on: connection)
        }
    }

    private func complete(
        _ leases: [JobLease], at now: Int64, _ database: any Database, detail: @escaping @Sendable (Int) -> String
    ) async throws -> Set<JobLease> {
        try await database.write(.readCommitted) { connection in
            let completions = leases.enumerated().map { index, lease in
                JobCompletion(lease: lease, events: [JobEvent(.stageDone, code: "embed", detail: detail(index))])
            }
            return try JobCompletions.store(completions, now: now, on: connection)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `are claimed oldest first, as many as are asked for, with what their documents say`(
        kind: TestDatabase
    ) async throws {
        try await kind.with { database in
            let store = StoreDriver(database: database)
            for number in [3, 1, 2, 4] { try await store.queue(number, at: Int64(number)) }
            let claimed = try await claim(3, at: 10, database)
            #expect(claimed.map(\.job.id) == ["job-ada-1", "job-ada-2", "job-ada-3"])
            #expect(claimed.map(\.job.filename) == ["1.pdf", "2.pdf", "3.pdf"])
            #expect(claimed.map(\.waited) == [9, 8, 7] && claimed.allSatisfy { $0.job.state == .working })
            for each in claimed { #expect(try await store.job(each.job.id) == each.job) }
            #expect(try await claim(3, at: 10, database).map(\.job.id) == ["job-ada-4"])
            #expect(try await claim(0, at: 10, database).isEmpty)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `go to one worker each, however many claim at once`(kind: TestDatabase) async throws {
        try await kind.with { database in
            let store = StoreDriver(database: database)
            for number in 0..<60 { try await store.queue(number) }
            let claimed = try await withThrowingTaskGroup(of: [String].self) { group in
                for worker in 0..<8 {
                    group.addTask {
                        var mine: [String] = []
                        while true {
                            let more = try await claim(7, by: "w\(worker)", at: 50, database)
                            if more.isEmpty { return mine }
                            mine += more.map(\.job.id)
                        }
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(claimed.count == 60 && Set(claimed).count == 60)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `end together, each with its events in order`(kind: TestDatabase) async throws {
        try await kind.with { database in
            let store = StoreDriver(database: database)
            for number in 0..<5 { try await store.queue(number) }
            let leases = try await claim(5, at: 10, database).map(\.lease)
            let ended = try await complete(leases, at: 11, database) { "\($0 % 2) chunks" }
            #expect(ended == Set(leases))
            for (index, lease) in leases.enumerated() {
                let job = try #require(try await store.job(lease.jobID))
                #expect(job.status == .complete && job.state == .done && job.updatedAt == 11)
                let events = try await store.events(lease.jobID)
                #expect(events.map(\.sequence) == [1, 2, 3])
                #expect(events.map(\.event.kind) == [.uploaded, .stageDone, .finalized])
                #expect(events[1].event.detail == "\(index % 2) chunks")
                #expect(events.map(\.id) == (1...3).map { "\(lease.jobID):\($0)" })
                #expect(Set(events.map(\.correlationID)) == [job.correlationID])
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `whose leases are lost are left alone, and spoil no other's end`(kind: TestDatabase) async throws {
        try await kind.with { database in
            let store = StoreDriver(database: database)
            for number in 0..<4 { try await store.queue(number) }
            let leases = try await claim(4, at: 10, database).map(\.lease)
            // One is somebody else's by now, one is done already, one was deleted.
            _ = try await database.write { try JobQueue.reap(now: 40 * second, on: $0) }
            let again = try await claim(4, by: "w2", at: 41 * second, database).map(\.lease)
            _ = try await complete([again[1]], at: 42 * second, database) { _ in "first" }
            _ = try await database.write { connection in
                let document = try #require(try JobRows.find(again[2].jobID, on: connection)).documentID
                return try DocumentContents.delete(document: document, user: "ada", now: 1, on: connection)
            }
            let ended = try await complete([leases[0], again[1], again[2], again[3]], at: 43 * second, database) { _ in
                "second"
            }
            #expect(ended == [again[3]])
            #expect(try await store.job(leases[0].jobID)?.state == .working)
            let told = try await store.events(again[1].jobID).compactMap(\.event.detail)
            #expect(told.contains("first") && !told.contains("second"))
            #expect(try await store.events(leases[0].jobID).allSatisfy { $0.event.kind != .finalized })
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `that nobody has claimed do not end`(kind: TestDatabase) async throws {
        try await kind.with { database in
            let job = try await StoreDriver(database: database).queue(1)
            let lease = JobLease(jobID: job.id, epoch: 0)
            #expect(try await complete([lease], at: 2, database) { _ in "" }.isEmpty)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `renew their leases together, and say which are lost`(kind: TestDatabase) async throws {
        try await kind.with { database in
            let store = StoreDriver(database: database)
            for number in 0..<3 { try await store.queue(number) }
            let leases = try await claim(3, at: 10, database).map(\.lease)
            _ = try await complete([leases[1]], at: 11, database) { _ in "" }
            let lost = try await database.write(.readCommitted) { connection in
                try JobQueue.renew(leases, duration: 20 * second, now: 15 * second, on: connection)
            }
            #expect(lost == [leases[1]])
            #expect(try await database.write { try JobQueue.reap(now: 30 * second, on: $0) }.isEmpty)
        }
    }
}
