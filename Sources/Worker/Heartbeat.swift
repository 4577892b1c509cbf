import AsyncAlgorithms
import Documents
import Logging
import ServiceLifecycle
import Storage

/// Says at every interval that this worker lives: its row, the buckets that it covers, the leases that it holds. Also
/// returns the jobs of workers that have vanished, and looks whether a reached budget has money again. When the clock was set
/// back, nothing waits for it to come round again.
struct Heartbeat: Service {
    let environment: WorkerEnvironment
    let state: WorkerState
    let startedAt: Int64

    func run() async throws {
        await beat()
        let timer = AsyncTimerSequence(interval: environment.options.heartbeatInterval, clock: .continuous)
        for await _ in timer.cancelOnGracefulShutdown() { await beat() }
        await leave()
    }

    /// One heartbeat. A failure is recorded, and shown by the health page when it lasts.
    func beat() async {
        let now = environment.now()
        let worker = record(at: now)
        let leases = state.leases
        let duration = environment.options.leaseDuration.microseconds
        // Whoever has just begun cannot know.
        let wasSetBack = state.heartbeat.time.map { now < $0 } ?? true
        do {
            try await environment.database.write { connection in
                if wasSetBack { try ClockStep.heal(lease: duration, now: now, on: connection) }
                try Workers.beat(worker, on: connection)
            }
            let lost = try await environment.database.write(.readCommitted) { connection in
                try JobQueue.renew(leases, duration: duration, now: now, on: connection)
            }
            state.beat(at: now)
            // A job that ended in the meantime has no lease either; only what is still held is lost.
            let held = Set(state.leases)
            state.cancel(lost.filter { held.contains($0) })
            try await tidy(now: now)
            try await lookAtBudget()
        } catch {
            state.missedBeat("\(error)")
            environment.logger.error("the heartbeat failed: \(error)")
        }
    }

    /// Opens a reached budget when there is money again. The reserve is simply tried again.
    private func lookAtBudget() async throws {
        let before = state.budget
        guard let refused = before.refused else { return }
        let isReached = try await environment.payments.isStillReached(refused)
        guard state.budget == before else { return }
        state.setBudget(isReached ? .reached(refused) : .open)
    }

    private func tidy(now: Int64) async throws {
        let limit = now - 20 * environment.options.heartbeatTimeout.microseconds
        let reaped = try await environment.database.write { connection in
            try Workers.forget(before: limit, on: connection)
            return try JobQueue.reap(now: now, on: connection)
        }
        for job in reaped { environment.logger.warning("a worker vanished with job \(job): it is queued again") }
        if !reaped.isEmpty { state.wake() }
    }

    private func record(at now: Int64) -> WorkerRecord {
        WorkerRecord(
            instance: environment.instance, release: environment.release, share: state.share,
            inFlight: state.inFlight, startedAt: startedAt, seenAt: now)
    }

    private func leave() async {
        let instance = environment.instance
        do {
            try await Task { [database = environment.database] in
                try await database.write { connection in try Workers.leave(instance, on: connection) }
            }.value
        } catch { environment.logger.error("the worker's row stays behind: \(error)") }
    }
}
