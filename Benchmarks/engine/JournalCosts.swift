import Foundation
import Rollouts
import Storage

/// A journal of many looks: how long it gets, what a look costs to record, and how long it takes to fold it again.
struct JournalCosts {
    struct Resume {
        var events: Int
        /// Milliseconds of the processor for the whole journal, and from its last snapshot on, as an engine does.
        var foldAll: Double
        var fold: Double
    }

    /// Of one look's record alone, and of the database for it.
    var entryBytes = 0.0
    var fileBytes = 0.0
    /// Milliseconds of the processor for one `Journal.step` of a look, in a transaction of its own.
    var step = 0.0
    var resumes: [Resume] = []
    /// From `resumeAll` of a new engine to its return with the rollout under way again, in milliseconds.
    var resumeAll = 0.0

    static func measure(events: [Int] = [1_000, 2_500, 5_000, 10_000]) async throws -> JournalCosts {
        var costs = JournalCosts()
        let stage = try await EngineStage()
        let id = try await stage.canary("e")
        await stage.engine.shutDown()
        var writer = try await LookWriter(id, stage)
        var (size, processor) = (try await stage.size(), EngineCosts.processorSeconds)
        let before = writer.written
        for target in events {
            while writer.written < target { try await writer.write() }
            if target == events.first {
                costs.step = (EngineCosts.processorSeconds - processor) * 1_000 / Double(writer.written - before)
                size = try await stage.size() - size
                costs.fileBytes = Double(size) / Double(writer.written - before)
            }
            processor = EngineCosts.processorSeconds
            _ = try await stage.database.read { try Journal.foldAll(id, $0) }
            let middle = EngineCosts.processorSeconds
            _ = try await stage.database.read { try Journal.fold(id, $0) }
            costs.resumes.append(
                Resume(
                    events: writer.written, foldAll: (middle - processor) * 1_000,
                    fold: (EngineCosts.processorSeconds - middle) * 1_000))
        }
        costs.entryBytes = try await stage.database.read { connection in
            try connection.first(
                "SELECT AVG(LENGTH(entry)) AS mean FROM journal WHERE rollout = ? AND seq > 100", [id])?
                .get("mean") ?? 0
        }
        costs.resumeAll = try await resume(stage)
        await stage.database.close()
        return costs
    }

    private static func resume(_ stage: EngineStage) async throws -> Double {
        let engine = EngineStage.engine(stage.database, stage.world, stage.clock)
        let start = ContinuousClock.now
        try await engine.resumeAll(environments: ["e"])
        let took = (ContinuousClock.now - start) / .milliseconds(1)
        await engine.shutDown()
        return took
    }
}

/// Records looks at a rollout as the engine does, without waiting for their time.
struct LookWriter {
    private(set) var written: Int
    private var rollout: Rollout
    private let lease: Lease
    private let database: any Database
    private var now: Timestamp

    init(_ id: String, _ stage: EngineStage) async throws {
        database = stage.database
        let start = stage.clock.now
        (rollout, lease) = try await stage.database.write { connection in
            let rollout = try Journal.fold(id, connection)
            let lease = try Lease.acquire(
                environment: rollout.environment, holder: "benchmark", purpose: id, for: .seconds(86_400),
                now: start, connection)
            return (rollout, lease)
        }
        written = rollout.seq
        now = start
    }

    mutating func write() async throws {
        guard let action = rollout.pending.first, let course = rollout.course, let from = course.from else {
            throw NoCanary(environment: rollout.environment)
        }
        now = now + .seconds(2)
        let sample = MemoryWorld.sample("api", at: now, look: written, bundles: [(course.to, 10), (from, 90)])
        let (before, event, time, lease) = (
            rollout, Event.sampled(.init(action: action.key, sample: sample)), now, lease
        )
        rollout = try await database.write {
            try Journal.step(before, event, at: time, lease: lease, $0).rollout
        }
        written = rollout.seq
    }
}
