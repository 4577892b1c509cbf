import AsyncAlgorithms
import Documents
import Logging
import ServiceLifecycle
import Storage

/// Cleans up what is over: abandoned uploads, files of finished jobs, old events and counts, half-written files of processes
/// that were killed. Every worker does; what one has removed another does not find.
struct Housekeeping: Service {
    /// Half-written files are looked for once in so many rounds, because that reads every folder.
    static let sweepEvery = 60
    /// A half-written file that nobody has written to for so long belongs to nobody any more.
    static let abandonedAfter = Duration.seconds(3600)

    let environment: WorkerEnvironment

    func run() async throws {
        var rounds = 0
        let timer = AsyncTimerSequence(interval: environment.options.housekeepingInterval, clock: .continuous)
        for await _ in timer.cancelOnGracefulShutdown() {
            await tidy()
            if rounds % Self.sweepEvery == 0 { await sweep() }
            rounds += 1
        }
    }

    /// One round. A failure ends it, and is logged; the next one goes on.
    func tidy() async {
        let now = environment.now()
        let retention = environment.options.retention
        do {
            let abandoned = try await environment.database.write { connection in
                try Retention.expireFiles(
                    endedBefore: now - retention.files.microseconds, now: now, on: connection)
                return try Retention.removeAbandonedUploads(now: now, on: connection)
            }
            if !abandoned.isEmpty { environment.logger.info("\(abandoned.count) uploads never came and are removed") }
            try await environment.payments.tidy()
            try await removeFiles()
            try await removeEvents(before: now - retention.events.microseconds, now: now)
        } catch { environment.logger.error("not everything could be cleaned up: \(error)") }
    }

    private func removeFiles() async throws {
        let keys = try await environment.database.write { try FileRemovals.due(on: $0) }
        var gone: [String] = []
        for key in keys {
            do throws(ObjectStorageError) {
                try await environment.objects.delete(key: key)
                gone.append(key)
            } catch { environment.logger.error("a file stays behind for now: \(error)") }
        }
        guard !gone.isEmpty else { return }
        try await environment.database.write { [gone] in try FileRemovals.done(gone, on: $0) }
    }

    private func removeEvents(before limit: Int64, now: Int64) async throws {
        let old = try await environment.database.read { try Retention.oldEvents(before: limit, on: $0) }
        try await environment.database.write { connection in
            try Retention.removeEvents(old, on: connection)
            try Retention.prune(before: limit, now: now, on: connection)
        }
    }

    func sweep() async {
        let limit = environment.now() - Self.abandonedAfter.microseconds
        do {
            let count = try await environment.objects.sweep(before: limit)
            if count > 0 { environment.logger.info("\(count) half-written files are removed") }
        } catch { environment.logger.error("half-written files cannot be removed: \(error)") }
    }
}
