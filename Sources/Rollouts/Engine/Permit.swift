import Synchronization

/// How long an engine may act on its lease, by a clock that nobody steps. Asked right before everything that has an
/// effect, so that one that was stopped for a while, and goes on when somebody else has taken over, does nothing more.
final class Permit: Sendable {
    private let clock: any EngineClock
    private let state: Mutex<(until: Duration, isOver: Bool)>

    init(_ clock: any EngineClock, for duration: Duration = .zero) {
        self.clock = clock
        state = Mutex((clock.uptime + duration, false))
    }

    /// The lease was renewed at `then`, for so long.
    func extend(from then: Duration, by duration: Duration) {
        state.withLock { $0.until = max($0.until, then + duration) }
    }

    /// The lease was given back: for good.
    func end() { state.withLock { $0.isOver = true } }

    var left: Duration {
        let (until, isOver) = state.withLock { $0 }
        return isOver ? .zero : until - clock.uptime
    }

    /// What is begun has that long to arrive before anybody else may act.
    static let landing = Duration.seconds(10)

    var isValid: Bool { left > Self.landing }

    /// - Throws: `PermitError`.
    func check() throws(PermitError) {
        guard isValid else { throw PermitError() }
    }
}

/// The lease ran out before it could be renewed.
package struct PermitError: Error, CustomStringConvertible {
    package var description: String { "nothing was done, for this engine's lease had run out before it was renewed" }
}
