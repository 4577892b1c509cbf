import Synchronization

/// The clock that paces what runs in tests: time passes when a test says so, and a step is over when everything that
/// it woke has done its work and waits for the next.
package final class Pulse: Clock {
    package struct Instant: InstantProtocol {
        package var offset: Duration
        package func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        package func duration(to other: Instant) -> Duration { other.offset - offset }
        package static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
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

    package struct NotSettled: Error { package var sleeping: Int }

    private let state = Mutex(State())

    package init() {}

    package var now: Instant { state.withLock { $0.now } }
    package var minimumResolution: Duration { .microseconds(1) }

    package func sleep(until deadline: Instant, tolerance: Duration?) async throws {
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
    package func settle(_ count: Int) async throws {
        let isSettled = await eventually(within: .seconds(60), pause: .microseconds(200)) {
            state.withLock { $0.sleepers.count } >= count
        }
        guard isSettled else { throw NotSettled(sleeping: state.withLock { $0.sleepers.count }) }
    }

    /// Lets time pass, and returns when all who were woken wait again.
    package func advance(by duration: Duration) async throws {
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
