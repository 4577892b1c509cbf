import Documents
import Ledger
import Logging
import Storage

/// How a job left this worker's hands.
struct JobEnd: Sendable, Equatable {
    var outcome: JobOutcome
    /// What the job has cost over all of its attempts; nil when others have worked on it as well, and the ledger has to say.
    var cost: Nanodollars?
}

/// Takes one claimed job through its stages, and says what became of it. Every stage ends in one transaction that
/// checks the lease; a runner that lost its job writes nothing.
struct JobRunner: Sendable {
    /// How long a job waits whose user has reached a limit.
    private static let userWait = Duration.seconds(60)

    let environment: WorkerEnvironment
    let state: WorkerState
    let metrics: WorkerMetrics

    /// All of it belongs to the trace of the request that announced the document.
    func run(_ claimed: ClaimedJob) async -> JobEnd {
        let random = environment.random
        let trace = claimed.job.trace?.child(random: random) ?? TraceContext(random: random)
        return await TraceContext.$current.withValue(trace) {
            await run(claimed, environment.logger.tracing(trace))
        }
    }

    private func run(_ claimed: ClaimedJob, _ logger: Logger) async -> JobEnd {
        var logger = logger
        logger[metadataKey: "job"] = "\(claimed.job.id)"
        logger[metadataKey: "correlation_id"] = "\(claimed.job.correlationID)"
        environment.drill?()
        var work = JobWork(environment: environment, lease: claimed.lease, job: claimed.job)
        do {
            while let stage = work.job.status.nextStage {
                guard !Task.isCancelled else { throw StageError.interrupted("the worker is stopping") }
                let start = environment.now()
                try await work.perform(stage)
                metrics.stage(stage, microseconds: environment.now() - start)
            }
            logger.info("job complete")
            return JobEnd(outcome: .complete, cost: wholeCost(of: work))
        } catch {
            let outcome = await conclude(StageError(error), work, logger)
            return JobEnd(outcome: outcome, cost: wholeCost(of: work))
        }
    }

    /// Under its first lease a job has cost what was booked under it.
    private func wholeCost(of work: JobWork) -> Nanodollars? { work.lease.epoch == 1 ? work.spent : nil }

    /// Records the end in a task of its own, because this one may be cancelled already.
    private func conclude(_ error: StageError, _ work: JobWork, _ logger: Logger) async -> JobOutcome {
        await Task {
            do {
                return try await settle(error, work, logger)
            } catch {
                logger.error("the job's end could not be recorded; its lease will expire: \(error)")
                return JobOutcome.lost
            }
        }.value
    }

    private func settle(_ error: StageError, _ work: JobWork, _ logger: Logger) async throws -> JobOutcome {
        let (lease, now) = (work.lease, environment.now())
        switch error {
        case .lost(let error):
            logger.warning("\(error)")
            return .lost
        case .failed(let failure):
            let jitter = environment.jitter()
            let next = try await environment.database.write { connection in
                try JobCommits.fail(lease, failure, jitter: jitter, now: now, on: connection)
            }
            if work.job.pinRelease == nil { metrics.failure(failure) }
            // The message may quote the document: it is the user's, and stands in the job's `last_error`.
            logger.warning(
                "\(failure.stage.rawValue) failed", metadata: ["code": "\(failure.code)", "retry": "\(next != nil)"])
            return next == nil ? .deadletter : .retried
        case .budget(let reached) where reached.isOfUser:
            return try await handBack(lease, reached.description, delay: Self.userWait, logger)
        case .budget(let reached):
            state.budgetRefused(reached, usesReserve: work.job.pinRelease != nil)
            return try await handBack(lease, reached.description, logger)
        case .left:
            logger.info("the document is left with the parser")
            return .waiting
        case .interrupted(let why, let delay):
            return try await handBack(lease, why, delay: delay, logger)
        case .environment(let error):
            logger.error("\(error)")
            // It would fail again at once.
            return try await handBack(lease, "\(error)", delay: RetrySchedule.base, logger)
        }
    }

    private func handBack(
        _ lease: JobLease, _ why: String, delay: Duration = .zero, _ logger: Logger
    ) async throws -> JobOutcome {
        let now = environment.now()
        logger.info("job handed back: \(why)")
        do {
            try await environment.database.write { connection in
                try JobCommits.handBack(lease, reason: why, delay: delay.microseconds, now: now, on: connection)
            }
            return .handedBack
        } catch is LeaseLost { return .lost }
    }
}
