import Storage

/// After the clock was set back, what waits until a time waits for as much longer, and what was heard of a moment ago seems to
/// have been heard of in the future. Nothing is ever put off for longer than these limits: what lies beyond them was
/// written before the step.
package enum ClockStep {
    /// Longer than a retry's delay, a provider's `Retry-After` and a wait for a parser (microseconds).
    static let longestWait: Int64 = 900_000_000
    /// Longer than an event waits to be sent again.
    static let longestDelivery: Int64 = 3_600_000_000
    /// Further apart the clocks of an environment's machines are not.
    static let skew: Int64 = 60_000_000

    /// Brings the queue's times back within their limits. Leases and places are kept for as long as they usually last, so
    /// that whoever holds one can say that it still does.
    /// - Parameter lease: how long a job's lease lasts without renewal (microseconds).
    package static func heal(lease: Int64, now: Int64, on connection: any Connection) throws {
        let (jobs, events) = (now + longestWait, now + longestDelivery)
        for (statement, arguments) in [
            (
                "UPDATE jobs SET available_at = ? WHERE state IN ('queued', 'retryable', 'working') AND available_at > ?",
                [now, jobs]
            ),
            (
                "UPDATE jobs SET lease_expires_at = ? WHERE state = 'working' AND lease_expires_at > ?",
                [now + lease, now + lease + skew]
            ),
            ("UPDATE job_buckets SET covered_at = ? WHERE covered_at > ?", [now, now + skew]),
            ("UPDATE workers SET seen_at = ? WHERE seen_at > ?", [now, now + skew]),
            (
                "UPDATE provider_places SET expires_at = ? WHERE expires_at > ?",
                [now + SharedGate.lifetime, now + SharedGate.lifetime + skew]
            ),
            ("UPDATE event_streams SET available_at = ? WHERE available_at > ?", [now, events]),
        ] {
            try connection.execute(statement, arguments)
        }
    }
}
