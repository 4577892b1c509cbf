/// The legal life of one job: pure, no clock and no database. What is not listed here does not happen to a job.
package struct JobMachine: Sendable, Equatable {
    package private(set) var status: JobStatus
    package private(set) var state: JobState
    /// How many real failures were followed by another attempt; `maximumRetries` is the limit.
    package private(set) var retryCount: Int
    /// How many times a lease expired, that is, a worker vanished with the job.
    package private(set) var lostLeases: Int

    package static let maximumRetries = 3
    /// A job that takes its workers with it is not tried for ever.
    package static let maximumLostLeases = 10
    /// A pinned job asks whether a release's workers can do it; this many that vanished are the answer.
    package static let maximumLostLeasesPinned = 3
    /// How many lost leases bury this job.
    package let leaseLimit: Int

    package init(
        status: JobStatus = .uploaded, state: JobState = .queued, retryCount: Int = 0, lostLeases: Int = 0,
        isPinned: Bool = false
    ) {
        leaseLimit = isPinned ? Self.maximumLostLeasesPinned : Self.maximumLostLeases
        self.status = status
        self.state = state
        self.retryCount = retryCount
        self.lostLeases = lostLeases
    }

    package enum Event: Sendable, Equatable {
        case bytesArrived
        case claimed
        /// A stage made its step.
        case advanced(to: JobStatus)
        /// A worker gives the job back untouched: it drains, the provider is out, the budget is reached.
        case handedBack
        case leaseExpired
        case failedTransiently
        case failedPermanently
        /// Its user asks for another try.
        case retried
    }

    /// What becomes of the job, beyond status and state.
    package enum Consequence: Sendable, Equatable {
        case none
        /// Another attempt after a back-off; `attempt` counts from 0.
        case retryLater(attempt: Int)
        case buried
        case finished
    }

    /// Moves the job.
    /// - Throws: `JobTransitionError` when the event does not fit; the job is then unchanged.
    package mutating func handle(_ event: Event) throws(JobTransitionError) -> Consequence {
        switch (state, event) {
        case (.queued, .bytesArrived) where status == .uploaded:
            status = .parseQueued
        case (.queued, .claimed) where status.nextStage != nil, (.retryable, .claimed) where status.nextStage != nil:
            state = .working
        case (.working, .advanced(let next)) where isAhead(next):
            status = next
            guard next == .complete else { return .none }
            state = .done
            return .finished
        case (.working, .handedBack):
            state = .queued
        case (.working, .leaseExpired):
            return loseLease()
        case (.working, .failedTransiently):
            return fail()
        case (.working, .failedPermanently):
            return bury()
        case (.retryable, .retried), (.deadletter, .retried):
            requeue()
        default:
            throw JobTransitionError(status: status, state: state, event: event)
        }
        return .none
    }

    private func isAhead(_ next: JobStatus) -> Bool {
        guard let here = JobStatus.path.firstIndex(of: status), let there = JobStatus.path.firstIndex(of: next) else {
            return false
        }
        return there > here
    }

    private mutating func fail() -> Consequence {
        guard retryCount < Self.maximumRetries else { return bury() }
        state = .retryable
        retryCount += 1
        return .retryLater(attempt: retryCount - 1)
    }

    private mutating func loseLease() -> Consequence {
        lostLeases += 1
        guard lostLeases < leaseLimit else { return bury() }
        state = .queued
        return .none
    }

    private mutating func bury() -> Consequence {
        status = status.nextStage?.failure ?? .failedParse
        state = .deadletter
        return .buried
    }

    private mutating func requeue() {
        if let stage = JobStage.allCases.first(where: { $0.failure == status }) { status = stage.resumption }
        state = .queued
        retryCount = 0
        lostLeases = 0
    }
}

/// Something was asked of a job that its state does not allow.
package struct JobTransitionError: Error, Sendable, Equatable, CustomStringConvertible {
    package let status: JobStatus
    package let state: JobState
    package let event: JobMachine.Event

    package var description: String {
        "The job is \(state.rawValue) at \(status.rawValue), which does not allow: \(event)."
    }
}
