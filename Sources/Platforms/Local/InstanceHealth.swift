/// What the supervisor knows of one instance's health, and when it may be started again. Pure: times come in.
package struct InstanceHealth: Sendable, Equatable {
    package static let firstDelay = Duration.milliseconds(500)
    package static let longestDelay = Duration.seconds(30)
    package static let healthyFor = Duration.seconds(60)
    /// Dead liveness probes in a row that end in a restart.
    package static let deadProbes = 3

    package private(set) var ready = false
    /// Failed health probes in a row; a crash counts as one. Probes while it starts do not count.
    package private(set) var failures = 0
    /// Crashes since it was last ready.
    package private(set) var crashesUnready = 0
    package private(set) var deadLiveness = 0
    private var delay = firstDelay
    private var readySince: ContinuousClock.Instant?

    package init(failures: Int = 0) { self.failures = failures }

    /// The process ended by itself.
    /// - Returns: how long to wait before the next start. It doubles with each crash, up to half a minute, and begins
    ///   anew after a minute of health.
    package mutating func crashed(at now: ContinuousClock.Instant) -> Duration {
        if let readySince, now - readySince >= Self.healthyFor { delay = Self.firstDelay }
        let wait = delay
        delay = min(delay * 2, Self.longestDelay)
        failures += 1
        crashesUnready += 1
        unready()
        deadLiveness = 0
        return wait
    }

    /// A readiness probe answered well, and the version is proved.
    /// - Parameter counts: whether it is one of the regular probes; only those end a row of failures, so that a process
    ///   which crashes soon after each start does not look healthy in between.
    package mutating func passed(at now: ContinuousClock.Instant, counts: Bool) {
        if !ready { readySince = now }
        ready = true
        crashesUnready = 0
        deadLiveness = 0
        if counts { failures = 0 }
    }

    /// - Parameter counts: false while it starts, within its budget.
    package mutating func failed(counts: Bool) {
        unready()
        if counts { failures += 1 }
    }

    /// - Returns: whether the instance is to be restarted.
    package mutating func liveness(_ alive: Bool) -> Bool {
        deadLiveness = alive ? 0 : deadLiveness + 1
        return deadLiveness >= Self.deadProbes
    }

    private mutating func unready() {
        ready = false
        readySince = nil
    }
}
