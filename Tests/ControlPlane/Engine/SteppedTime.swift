import Rollouts
import Synchronization

/// The time of day of a running engine in tests. What waits by it, waits really: it is not what paces the engine.
final class SteppedTime: EngineClock {
    private let time: Mutex<Timestamp>

    init(_ start: Timestamp) { time = Mutex(start) }

    var now: Timestamp { time.withLock { $0 } }
    var uptime: Duration { SystemClock().uptime }
    func step(by duration: Duration) { time.withLock { $0 = $0 + duration } }
    func sleep(for duration: Duration) async throws { try await SystemClock().sleep(for: duration) }
}
