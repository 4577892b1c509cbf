import Documents
import Foundation
import Storage
import TestSupport

/// Jobs that do nothing, from the queue to their recorded end.
struct QueueTimes {
    struct Figure {
        var name: String
        var rate: Double
        /// Milliseconds from the commit that made a job claimable to its start, one job at a time.
        var pickup: [Double]
    }

    private static let jobs = 10_000
    private static let pickups = 200
    private static let workers = 8

    let peers: String
    let scripts: String
    let postgres: PostgresServer

    func measure(rounds: Int) async throws -> [Figure] {
        var own = Figure(name: "Tidegate's queue, \(Self.workers) at once", rate: 0, pickup: [])
        var others = [
            (Figure(name: "procrastinate, 10 at once", rate: 0, pickup: []), "procrastinate_jobs.py", "10"),
            (Figure(name: "PgQueuer, batches of 1000", rate: 0, pickup: []), "pgqueuer_jobs.py", "1000"),
        ]
        var rates = [[Double]](repeating: [], count: 3)
        for round in 1...rounds {
            let database = try Databases.open(address: try await postgres.create("queue_\(round)"))
            for migrator in PipelineMigrations.all { try await migrator.migrate(database, now: Self.now) }
            rates[0].append(try await throughput(database))
            own.pickup += try await pickup(database)
            await database.close()
            for index in others.indices {
                let address = try await postgres.create("peer_\(index)_\(round)")
                rates[index + 1] += try await run(
                    [others[index].1, "throughput", "\(Self.jobs)", others[index].2], address)
                others[index].0.pickup += try await run([others[index].1, "pickup", "\(Self.pickups)"], address)
            }
        }
        own.rate = rates[0].median
        for index in others.indices { others[index].0.rate = rates[index + 1].median }
        return [own] + others.map(\.0)
    }

    private static var now: Int64 { WallClock.microseconds() }

    /// - Returns: the numbers that the script prints.
    private func run(_ words: [String], _ database: String) async throws -> [Double] {
        let result = try await RunningCommand(
            "\(peers)/python", words, directory: "\(scripts)/peers", environment: ["DATABASE_URL": database]
        ).result()
        guard result.exit == 0 else { throw Unexpected(what: words[0], result: result) }
        return result.output.split(separator: "\n").compactMap { Double($0) }
    }

    // MARK: Our own

    private func throughput(_ database: any Database) async throws -> Double {
        for start in stride(from: 0, to: Self.jobs, by: 1_000) {
            try await database.write { connection in
                for number in start..<(start + 1_000) { try Self.add(number, on: connection) }
            }
        }
        let begin = ContinuousClock.now
        let done = try await withThrowingTaskGroup(of: Int.self) { group in
            for worker in 0..<Self.workers {
                group.addTask {
                    var count = 0
                    while try await Self.work("w\(worker)", database) != nil { count += 1 }
                    return count
                }
            }
            return try await group.reduce(0, +)
        }
        guard done == Self.jobs else { throw WrongUse(word: "\(done) of \(Self.jobs) jobs were done") }
        return Double(done) / ((ContinuousClock.now - begin) / .seconds(1))
    }

    /// One job at a time, as a worker that waits for announcements takes it.
    private func pickup(_ database: any Database) async throws -> [Double] {
        var hints = database.hints(topic: JobTopics.jobs).makeAsyncIterator()
        // The first one says that it watches.
        _ = await hints.next()
        var times: [Double] = []
        for number in 0..<Self.pickups {
            let begin = ContinuousClock.now
            try await database.write { connection in
                try Self.add(1_000_000 + number, on: connection)
                try connection.announce(JobTopics.jobs)
            }
            while true {
                _ = await hints.next()
                if let start = try await Self.work("w", database) {
                    times.append((start - begin) / .milliseconds(1))
                    break
                }
            }
        }
        return times
    }

    /// Takes a job and ends it.
    /// - Returns: when it was claimed; nil when there is none.
    private static func work(_ owner: String, _ database: any Database) async throws -> ContinuousClock.Instant? {
        let request = ClaimRequest(
            owner: owner, release: "v1", share: .all, leaseDuration: 60_000_000, heartbeatTimeout: 60_000_000)
        guard let claimed = try await database.write({ try JobQueue.claim(request, now: now, on: $0) }) else {
            return nil
        }
        let start = ContinuousClock.now
        try await database.write { _ = try JobCommits.advance(claimed.lease, to: .complete, now: now, on: $0) }
        return start
    }

    private static func add(_ number: Int, on connection: any Connection) throws {
        let (id, now) = (String(format: "00000000-0000-4000-8000-%012d", number), now)
        try connection.execute(
            """
            INSERT INTO documents (id, user_id, filename, bytes_len, sha256, mime, ocr, created_at)
            VALUES (?, 'u', 'a.pdf', 1, ?, 'application/pdf', 0, ?)
            """, [id, id, now])
        try connection.execute(
            """
            INSERT INTO jobs (id, document_id, user_id, bucket, status, state, correlation_id, webhook_secret, created_at,
                updated_at, available_at, upload_expires_at)
            VALUES (?, ?, 'u', ?, 'parse_queued', 'queued', 'c', 's', ?, ?, ?, ?)
            """, [id, id, number % 100, now, now, now, now])
    }
}
