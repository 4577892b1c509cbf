import Documents
import Storage
import TestSupport
import Testing

@testable import Worker

@Suite(.timeLimit(.minutes(1))) struct `Ends of jobs` {
    private func claimed(_ count: Int, _ bench: Bench) async throws -> [JobLease] {
        for number in 1...count { _ = try await bench.upload(number) }
        let request = try #require(bench.environment().claimRequest(share: .all, budget: .open))
        let now = bench.now
        return try await bench.database.write { connection in
            try JobQueue.claim(request, limit: count, now: now, on: connection).map(\.lease)
        }
    }

    /// Whom the desk told that the job is complete; the first asks alone, and the others while it is under way.
    private func complete(_ leases: [JobLease], _ bench: Bench) async throws -> (told: [Bool], writes: Int) {
        let database = WatchedDatabase(bench.database)
        let desk = CompletionDesk(database: database, now: { bench.now })
        let told = try await withThrowingTaskGroup(of: (Int, Bool).self) { group in
            for (index, lease) in leases.enumerated() {
                group.addTask {
                    do {
                        try await desk.complete(JobCompletion(lease: lease, events: []))
                        return (index, true)
                    } catch is LeaseLost { return (index, false) }
                }
                if index == 0 { #expect(await eventually { database.writes == 1 }) }
            }
            #expect(await eventually { desk.waitingCount == leases.count - 1 })
            database.release()
            return try await group.reduce(into: [Bool](repeating: false, count: leases.count)) { $0[$1.0] = $1.1 }
        }
        return (told, database.writes)
    }

    @Test(arguments: [false, true])
    func `that come at the same time share a transaction`(postgresql: Bool) async throws {
        let bench = try await Bench(postgresql: postgresql)
        let leases = try await claimed(20, bench)
        let (told, writes) = try await complete(leases, bench)
        #expect(told.allSatisfy { $0 } && writes == 2)
        for lease in leases { #expect(try await bench.isState(.done, lease.jobID)) }
        await bench.database.close()
    }

    @Test(arguments: [false, true])
    func `are told apart: a lost lease is the loser's alone`(postgresql: Bool) async throws {
        let bench = try await Bench(postgresql: postgresql)
        var leases = try await claimed(6, bench)
        leases[3] = JobLease(jobID: leases[3].jobID, epoch: 7)
        let (told, _) = try await complete(leases, bench)
        #expect(told == [true, true, true, false, true, true])
        #expect(try await bench.isState(.working, leases[3].jobID))
        await bench.database.close()
    }

    @Test(arguments: [false, true])
    func `that cannot be written spoil no other's`(postgresql: Bool) async throws {
        let bench = try await Bench(postgresql: postgresql)
        let leases = try await claimed(6, bench)
        let broken = leases[2].jobID
        _ = try await bench.database.write { connection in
            // What the next event of that job would be called.
            try connection.execute("UPDATE jobs SET event_count = 0 WHERE id = ?", [broken])
        }
        let database = bench.database
        let desk = CompletionDesk(database: database, now: { bench.now })
        let failed = await withTaskGroup(of: String?.self) { group in
            for lease in leases {
                group.addTask {
                    do {
                        try await desk.complete(JobCompletion(lease: lease, events: []))
                        return nil
                    } catch { return lease.jobID }
                }
            }
            return await group.reduce(into: []) { $0 += [$1].compactMap(\.self) }
        }
        #expect(failed == [broken])
        for lease in leases where lease.jobID != broken { #expect(try await bench.isState(.done, lease.jobID)) }
        #expect(try await bench.isState(.working, broken))
        await bench.database.close()
    }

    @Test func `fail together when the database is gone, and say why`() async throws {
        let bench = try await Bench()
        let leases = try await claimed(3, bench)
        await bench.database.close()
        let desk = CompletionDesk(database: bench.database, now: { bench.now })
        for lease in leases {
            await #expect(throws: (any Error).self) {
                try await desk.complete(JobCompletion(lease: lease, events: []))
            }
        }
    }

    @Test(arguments: [false, true])
    func `come from a worker with many slots as fast as jobs are claimed, each exactly once`(
        postgresql: Bool
    ) async throws {
        let bench = try await Bench(postgresql: postgresql)
        for number in 1...60 { _ = try await bench.upload(number) }
        let environment = bench.environment(change: { $0.concurrency = 50 })
        let state = WorkerState(share: .all)
        let loop = JobLoop(environment: environment, state: state, metrics: WorkerMetrics())
        let running = Task { try await loop.run() }
        let isDone = try await eventually {
            try await bench.database.read { connection in
                try connection.query("SELECT 1 FROM jobs WHERE state <> 'done'").isEmpty
            }
        }
        #expect(isDone)
        #expect(bench.provider.parses == 60)
        let ends = try await bench.database.read { connection in
            try connection.query("SELECT COUNT(*) AS n FROM job_events WHERE kind = 'finalized'")[0].get(
                "n", as: Int.self)
        }
        #expect(ends == 60)
        running.cancel()
        _ = await running.result
        await bench.database.close()
    }
}
