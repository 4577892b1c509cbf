/// When a failed job is tried again: 3 s × 2ⁿ, up to 300 s, spread by jitter so that jobs which failed together do
/// not come back together.
package enum RetrySchedule {
    package static let base = Duration.seconds(3)
    package static let limit = Duration.seconds(300)

    /// The delay before attempt `attempt` (from 0) of the retries, between half and the whole of the schedule's value.
    /// - Parameters:
    ///   - jitter: 0..<1.
    ///   - retryAfter: what the provider asked for; the delay is never shorter than that (up to the limit).
    package static func delay(attempt: Int, jitter: Double, retryAfter: Duration? = nil) -> Duration {
        let doubled = base * (1 << min(max(attempt, 0), 10))
        let whole = min(doubled, limit)
        let spread = whole / 2 + whole / 2 * min(max(jitter, 0), 1)
        guard let retryAfter else { return spread }
        return min(max(spread, retryAfter), limit)
    }
}

/// How long a parse may take: 120 s for every 50 pages begun, at most 600 s.
package enum ParseTimeout {
    package static func limit(pages: Int) -> Duration {
        .seconds(min(120 * max(1, (pages + 49) / 50), 600))
    }
}
