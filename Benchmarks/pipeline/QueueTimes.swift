import Documents
import Foundation
import Storage
import TestSupport

/// Jobs that do nothing, from the queue to their recorded end, through the worker as it is run: a process of its own, which
/// hears of jobs, claims, leases, runs, ends and counts them, and writes their events. Its jobs come with all of their vectors
/// stored, so that each stage finds nothing to do.
struct QueueTimes {
    struct Figure {
        var name: String
        var rate: Double
        /// Milliseconds, one job at a time: from before the transaction that made a job claimable to its start; for
        /// Tidegate to its recorded end, which is later.
        var pickup: [Double]
    }

    struct WorkerFailed: Error { let description: String }

    private static let jobs = 10_000
    private static let pickups = 200
    private static let atOnce = 1000

    let programs: String
    let peers: String
    let scripts: String
    let postgres: PostgresServer

    func measure(rounds: Int) async throws -> [Figure] {
        var own = Figure(name: "Tidegate's worker, \(Self.atOnce) at once", rate: 0, pickup: [])
        var others = [
            (Figure(name: "procrastinate, 10 at once", rate: 0, pickup: []), "procrastinate_jobs.py", "10"),
            (Figure(name: "PgQueuer, batches of 1000", rate: 0, pickup: []), "pgqueuer_jobs.py", "1000"),
        ]
        var rates = [[Double]](repeating: [], count: 3)
        for round in 1...rounds {
            let measured = try await ownTimes(address: try await postgres.create("queue_\(round)"))
            rates[0].append(measured.rate)
            own.pickup += measured.pickup
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

    private func ownTimes(address: String) async throws -> (rate: Double, pickup: [Double]) {
        let pipeline = try await BundledPipeline(programs: programs, database: address)
        let database = try Databases.open(address: address)
        let worker = try pipeline.worker(["CONCURRENT_JOBS": "\(Self.atOnce)"])
        let isUp = try await eventually {
            try await !database.read { try $0.query("SELECT 1 FROM workers") }.isEmpty
        }
        guard isUp else { throw WorkerFailed(description: try worker.errors) }
        let rate = try await throughput(database)
        let pickup = try await pickup(database)
        try await worker.stop()
        await database.close()
        try await pipeline.stop()
        return (rate, pickup)
    }

    /// The worker sees all jobs at once, when the transaction that adds them commits.
    private func throughput(_ database: any Database) async throws -> Double {
        try await database.write { connection in
            for number in 0..<Self.jobs { try Self.add(number, on: connection) }
            try connection.announce(JobTopics.jobs)
        }
        let begin = ContinuousClock.now
        try await untilDone(Self.jobs, database)
        return Double(Self.jobs) / ((ContinuousClock.now - begin) / .seconds(1))
    }

    private func untilDone(_ count: Int, _ database: any Database) async throws {
        let isDone = try await eventually(within: .seconds(120), pause: .milliseconds(20)) {
            let left = try await database.read { connection in
                try connection.query("SELECT 1 FROM jobs WHERE state <> 'done' LIMIT 1")
            }
            return left.isEmpty
        }
        guard isDone else { throw WorkerFailed(description: "not all of \(count) jobs were done") }
    }

    private func pickup(_ database: any Database) async throws -> [Double] {
        var times: [Double] = []
        for number in 0..<Self.pickups {
            let begin = Self.now
            try await database.write { connection in
                try Self.add(1_000_000 + number, on: connection)
                try connection.announce(JobTopics.jobs)
            }
            try await untilDone(1, database)
            let end = try await database.read { connection in
                try connection.query("SELECT MAX(updated_at) AS n FROM jobs")[0].get("n", as: Int64.self)
            }
            times.append(Double(end - begin) / 1000)
        }
        return times
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
            VALUES (?, ?, 'u', ?, 'embeddings_stored', 'queued', 'c', 's', ?, ?, ?, ?)
            """, [id, id, number % 100, now, now, now, now])
    }
}
