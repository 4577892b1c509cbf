import Documents

/// Why a stage did not come to its end, told apart by what becomes of the job.
enum StageError: Error {
    /// The provider, or the document, is at fault.
    case failed(JobFailure)
    /// The provider's breaker is open, its limits are used up, or the worker drains: the job goes back, untouched, and not
    /// before `delay` is it worth trying again.
    case interrupted(String, delay: Duration = .zero)
    case budget(BudgetReached)
    /// The document lies with the parser; the job is given back already.
    case left
    case lost(LeaseLost)
    /// The database or the disk did not do its part.
    case environment(any Error)

    static func provider(_ error: ProviderError, stage: JobStage, isCancelled: Bool) -> StageError {
        if isCancelled { return .interrupted("the worker is stopping") }
        if case .unprepared = error { return .environment(error) }
        if case .throttled(_, _, let seconds) = error {
            return .interrupted(error.description, delay: .seconds(seconds))
        }
        if error.isNoAttempt { return .interrupted(error.description) }
        return .failed(
            JobFailure(
                stage: stage, code: error.code, message: error.description, isRetryable: error.isRetryable,
                retryAfter: error.retryAfter.map { .seconds($0) }))
    }

    init(_ error: any Error) {
        switch error {
        case let error as StageError: self = error
        case let error as LeaseLost: self = .lost(error)
        case let error as BudgetReached: self = .budget(error)
        case is CancellationError: self = .interrupted("the worker is stopping")
        default: self = .environment(error)
        }
    }
}

/// What became of a job in this worker's hands: the label of its metrics.
enum JobOutcome: String, Sendable, CaseIterable {
    case complete, retried, deadletter
    case handedBack = "handed_back"
    case lost
    /// Its document lies with the parser, and it is nobody's until that is done.
    case waiting
}
