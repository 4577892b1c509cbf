import AsyncAlgorithms
import Documents
import Ledger
import Logging
import ServiceLifecycle
import Storage

/// Claims jobs while there are free slots, and runs them. At a graceful shutdown it takes no more, lets what runs
/// finish, and after the drain limit has the rest handed back; it returns when nothing is left in hand.
struct JobLoop: Service {
    let environment: WorkerEnvironment
    let state: WorkerState
    let metrics: WorkerMetrics
    let runner: JobRunner

    init(environment: WorkerEnvironment, state: WorkerState, metrics: WorkerMetrics) {
        self.environment = environment
        self.state = state
        self.metrics = metrics
        runner = JobRunner(environment: environment, state: state, metrics: metrics)
    }

    func run() async throws {
        await withGracefulShutdownHandler {
            await withTaskGroup { group in
                group.addTask { await self.listen() }
                group.addTask { await self.tick() }
                group.addTask { await self.claimAndRun() }
                // Only the last one ends by itself.
                await group.next()
                group.cancelAll()
            }
        } onGracefulShutdown: {
            state.drain()
        }
    }

    /// Announcements wake the loop at once.
    private func listen() async {
        for await _ in environment.database.hints(topic: JobTopics.jobs) { state.wake() }
        await untilCancelled()
    }

    /// Announcements may be lost, retries come due, and the clock must not depend on anybody.
    private func tick() async {
        for await _ in AsyncTimerSequence(interval: environment.options.pollInterval, clock: .continuous) {
            state.wake()
        }
        await untilCancelled()
    }

    private func untilCancelled() async {
        for await _ in AsyncStream<Void>.makeStream().stream {}
    }

    private func claimAndRun() async {
        await withDiscardingTaskGroup { group in
            state.wake()
            for await _ in state.wakes {
                if state.isDraining { break }
                await fill(&group)
            }
            if Task.isCancelled { state.cancel(state.leases) }
            let deadline = drainDeadline()
            await untilEmpty()
            deadline.cancel()
        }
    }

    /// Fills the free slots with what can be claimed, all of them at once.
    private func fill(_ group: inout DiscardingTaskGroup) async {
        while !state.isDraining, state.inFlight < environment.options.concurrency {
            let free = environment.options.concurrency - state.inFlight
            let claimed = await claim(free)
            for job in claimed { start(job, in: &group) }
            guard claimed.count == free else { return }
        }
    }

    private func start(_ claimed: ClaimedJob, in group: inout DiscardingTaskGroup) {
        metrics.claimed(after: claimed.waited)
        let job = Task { await runner.run(claimed) }
        state.hold(claimed.lease) { job.cancel() }
        let start = environment.now()
        group.addTask {
            let end = await job.value
            let took = environment.now() - start
            // What smoke tests ask for is in no verdict.
            // Who waits has not ended.
            if claimed.job.pinRelease == nil, end.outcome != .waiting {
                metrics.job(end.outcome, microseconds: took, isRetry: claimed.job.retryCount > 0)
                await count(end, claimed.job)
            }
            state.release(claimed.lease)
        }
    }

    /// What an ended job cost. Where the ledger does not answer, its cost is in no figure.
    private func count(_ end: JobEnd, _ job: JobRecord) async {
        guard [.complete, .deadletter].contains(end.outcome) else { return }
        if let cost = end.cost { return metrics.cost(nanodollars: cost.count) }
        do {
            let cost = try await environment.database.read { try Ledger.cost(of: job.id, on: $0) }
            metrics.cost(nanodollars: cost.count)
        } catch {
            environment.logger.error("what the job cost cannot be read: \(error)", metadata: ["job": "\(job.id)"])
        }
    }

    private func claim(_ limit: Int) async -> [ClaimedJob] {
        let now = environment.now()
        guard let request = environment.claimRequest(share: state.share, budget: state.budget) else { return [] }
        do {
            return try await environment.database.write(.readCommitted) { connection in
                try JobQueue.claim(request, limit: limit, now: now, on: connection)
            }
        } catch {
            environment.logger.error("no job can be claimed: \(error)")
            return []
        }
    }

    private func drainDeadline() -> Task<Void, Never> {
        Task {
            do { try await Task.sleep(for: environment.options.drainLimit) } catch { return }
            state.cancel(state.leases)
        }
    }

    private func untilEmpty() async {
        guard state.inFlight > 0 else { return }
        for await _ in state.wakes where state.inFlight == 0 { return }
    }
}
