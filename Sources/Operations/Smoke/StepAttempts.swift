import Rollouts

/// How often a step was tried, and whether there is time for another try.
struct StepAttempts {
    /// Which limit a further attempt falls under.
    enum Wait {
        /// The service could not be reached, or said that it is not there.
        case unavailable
        /// It answered, but not yet what the step waits for.
        case notYet
    }

    let step: SmokeStep
    let began: ContinuousClock.Instant
    /// The suite's.
    let deadline: ContinuousClock.Instant
    var count = 0
    var timings: SmokeReport.Timings?

    init(step: SmokeStep, began: ContinuousClock.Instant, deadline: ContinuousClock.Instant) {
        self.step = step
        self.began = began
        self.deadline = deadline
    }

    func timeLeft(_ now: ContinuousClock.Instant) -> Duration { deadline - now }

    /// How long to wait before the next attempt; nil when there is no time for one.
    func pause(_ wait: Wait, _ now: ContinuousClock.Instant, atLeast: Duration) -> Duration? {
        let (limit, every) =
            switch wait {
            case .unavailable: (max(step.retry.limit, step.poll?.within ?? .zero), step.retry.every)
            case .notYet: (step.poll?.within ?? .zero, step.poll?.every ?? step.retry.every)
            }
        let end = min(began + limit, deadline)
        guard now < end, now + atLeast <= end else { return nil }
        // The last attempt is made at the very end rather than not at all.
        return min(max(every.wait(after: count), atLeast), end - now)
    }

    func summary(_ took: Duration) -> String {
        guard count > 1 else { return "" }
        let seconds = (took.seconds * 10).rounded() / 10
        return " (\(count) attempts in \(seconds) s)"
    }
}
