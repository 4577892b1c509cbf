/// What a judge concludes of one signal of one service.
package enum Judgement: String, Codable, Sendable {
    case pass, fail
    /// Too little was seen, or the same is wrong with both bundles: neither promotes nor rolls back.
    case notEnoughEvidence = "not_enough_evidence"
    /// What was seen cannot be trusted: neither promotes nor rolls back.
    case telemetryBroken = "telemetry_broken"
}

/// A judgement with its numbers, so that a person can follow it.
package struct Verdict: Codable, Sendable, Equatable {
    /// `health`, `error_rate`, `latency`, `readiness`, `smoke`, `telemetry`, `kayenta`, `evidence`, or a further series' name.
    package var signal: String
    package var service: String
    package var verdict: Judgement
    package var value: Double?
    package var limit: Double?
    /// How many requests, jobs or looks `value` rests on.
    package var samples: Int
    /// The evidence against the new bundle, and the bound at which it suffices; only of sequential tests.
    package var e: Double?
    package var bound: Double?
    /// Between which rates the true one lies, of what the sequential tests counted; only where they decided.
    package var between: RateInterval?
    /// One sentence with the numbers in it.
    package var why: String
    /// The last lines that the instance wrote, secrets masked, when they explain the verdict.
    package var log: [String]?

    package init(
        signal: String, service: String, verdict: Judgement, value: Double? = nil, limit: Double? = nil,
        samples: Int = 0, e: Double? = nil, bound: Double? = nil, why: String, log: [String]? = nil
    ) {
        self.signal = signal
        self.service = service
        self.verdict = verdict
        self.value = value
        self.limit = limit
        self.samples = samples
        self.e = e
        self.bound = bound
        self.why = why
        self.log = log
    }
}
