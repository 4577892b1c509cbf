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
    /// When the first attempt ended: limits count from there, so that a slow one leaves time for another.
    private var answered: Duration?
    /// The suite's, by the clock's uptime.
    let deadline: Duration
    private(set) var count = 0
    private(set) var timings: SmokeReport.Timings?

    init(step: SmokeStep, deadline: Duration) {
        self.step = step
        self.deadline = deadline
    }

    mutating func ended(_ timings: SmokeReport.Timings?, _ now: Duration) {
        count += 1
        self.timings = timings
        answered = answered ?? now
    }

    func timeLeft(_ now: Duration) -> Duration { deadline - now }

    /// How long to wait before the next attempt; nil when there is no time for one.
    func pause(_ wait: Wait, _ now: Duration, atLeast: Duration) -> Duration? {
        let (limit, every) =
            switch wait {
            case .unavailable: (max(step.retry.limit, step.poll?.within ?? .zero), step.retry.every)
            case .notYet: (step.poll?.within ?? .zero, step.poll?.every ?? step.retry.every)
            }
        let end = min((answered ?? now) + limit, deadline)
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
