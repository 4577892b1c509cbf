/// How an artifact's own check ended, run once with what an instance would get. Lines are masked.
package enum TrialOutcome: Sendable, Equatable {
    /// It ended with 0.
    case passed(log: [String])
    /// It ended otherwise; `reason` says how.
    case failed(reason: String, log: [String])
    case tookTooLong(log: [String])
    /// The system would not start it: another architecture, no permission, no such file.
    case notStarted(reason: String)
}
