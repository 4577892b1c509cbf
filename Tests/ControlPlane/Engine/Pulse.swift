import Rollouts
import Synchronization
import TestSupport

/// The clock that paces a running engine in tests: time passes when a test says so, and a step is over when everything that
/// it woke has done its work and waits for the next.
final class Pulse: Clock {
    struct Instant: InstantProtocol {
        var offset: Duration
        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private struct Sleeper {
        var until: Instant
        var wake: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now = Instant(offset: .zero)
        var count = 0
        var sleepers: [Int: Sleeper] = [:]
        var ended: Set<Int> = []
    }

    struct NotSettled: Error { var sleeping: Int }

    private let state = Mutex(State())

    var now: Instant { state.withLock { $0.now } }
    var minimumResolution: Duration { .microseconds(1) }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let id = state.withLock { state in
            state.count += 1
            return state.count
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { wake in
                let outcome: Result<Void, any Error>? = state.withLock { state in
                    if state.ended.remove(id) != nil { return .failure(CancellationError()) }
                    if deadline <= state.now { return .success(()) }
                    state.sleepers[id] = Sleeper(until: deadline, wake: wake)
                    return nil
                }
                outcome.map { wake.resume(with: $0) }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                let sleeper = state.sleepers.removeValue(forKey: id)
                if sleeper == nil { state.ended.insert(id) }
                return sleeper
            }
            sleeper?.wake.resume(throwing: CancellationError())
        }
    }

    /// Returns when so many wait.
    func settle(_ count: Int) async throws {
        let isSettled = await eventually(within: .seconds(60), pause: .microseconds(200)) {
            state.withLock { $0.sleepers.count } >= count
        }
        guard isSettled else { throw NotSettled(sleeping: state.withLock { $0.sleepers.count }) }
    }

    /// Lets time pass, and returns when all who were woken wait again.
    func advance(by duration: Duration) async throws {
        let (count, woken) = state.withLock { state in
            state.now = state.now.advanced(by: duration)
            let (now, count) = (state.now, state.sleepers.count)
            let due = state.sleepers.filter { $0.value.until <= now }
            for id in due.keys { state.sleepers[id] = nil }
            return (count, due.values.map(\.wake))
        }
        for wake in woken { wake.resume() }
        try await settle(count)
    }
}

/// The time of day of a running engine in tests. What waits by it, waits really: it is not what paces the engine.
final class SteppedTime: EngineClock {
    private let time: Mutex<Timestamp>

    init(_ start: Timestamp) { time = Mutex(start) }

    var now: Timestamp { time.withLock { $0 } }
    var uptime: Duration { SystemClock().uptime }
    func step(by duration: Duration) { time.withLock { $0 = $0 + duration } }
    func sleep(for duration: Duration) async throws { try await SystemClock().sleep(for: duration) }
}
