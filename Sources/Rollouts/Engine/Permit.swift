import Synchronization

/// How long an engine may act on its lease, by a clock that nobody steps. Asked right before everything that has an
/// effect, so that one that was stopped for a while, and goes on when somebody else has taken over, does nothing more.
final class Permit: Sendable {
    private let clock: any EngineClock
    private let until: Mutex<Duration>

    init(_ clock: any EngineClock, for duration: Duration = .zero) {
        self.clock = clock
        until = Mutex(clock.uptime + duration)
    }

    /// The lease was renewed at `then`, for so long.
    func extend(from then: Duration, by duration: Duration) { until.withLock { $0 = max($0, then + duration) } }

    var left: Duration { until.withLock(\.self) - clock.uptime }

    /// - Throws: `PermitError`.
    func check() throws(PermitError) {
        guard left > .zero else { throw PermitError() }
    }
}

/// The lease ran out before it could be renewed.
package struct PermitError: Error, CustomStringConvertible {
    package var description: String { "nothing was done, for this engine's lease had run out before it was renewed" }
}
