import Synchronization

/// Something that was begun did not end in its time.
package struct TimeLimitError: Error, Equatable, CustomStringConvertible {
    package let what: String
    package let limit: Duration

    package var description: String { "\(what) did not end within \(Int(limit.seconds)) s" }
}

extension Tasks {
    /// How long what was cancelled is waited for.
    static let grace = Duration.seconds(10)

    /// Runs `body`, and cancels it when `limit` is over or when the caller is cancelled. What goes on nevertheless is left
    /// behind after `grace`, so that nothing that hangs can hold up what comes after it.
    /// - Throws: `TimeLimitError`, and what `body` throws.
    func within<T: Sendable>(
        _ limit: Duration, _ what: String, _ clock: any EngineClock, _ body: @Sendable @escaping () async throws -> T
    ) async throws -> T {
        let race = Race<T>()
        let work = attempt(body)
        begin { race.finish(await work.result) }
        let error = TimeLimitError(what: what, limit: limit)
        let timer = begin {
            do {
                try await clock.sleep(for: limit)
                race.pass(error)
                work.cancel()
                try await clock.sleep(for: Self.grace)
            } catch { return }
            race.finish(.failure(error))
        }
        defer { timer.cancel() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { race.wait($0) }
        } onCancel: {
            work.cancel()
            begin {
                // Nothing ends this wait but time: the race then is decided already, or it is now.
                do { try await clock.sleep(for: Self.grace) } catch {}
                race.finish(.failure(CancellationError()))
            }
        }
    }
}

/// Who comes first: the result, or the end of the time.
private final class Race<T: Sendable>: Sendable {
    private struct State {
        var waiting: CheckedContinuation<T, any Error>?
        var result: Result<T, any Error>?
        var late: TimeLimitError?
    }

    private let state = Mutex(State())

    func wait(_ continuation: CheckedContinuation<T, any Error>) {
        let result = state.withLock { state in
            if state.result == nil { state.waiting = continuation }
            return state.result
        }
        if let result { continuation.resume(with: result) }
    }

    /// The time is over: whatever is answered now is the answer of something that was cancelled.
    func pass(_ error: TimeLimitError) { state.withLock { $0.late = error } }

    func finish(_ result: Result<T, any Error>) {
        let (waiting, decided) = state.withLock { state in
            guard state.result == nil else { return (nil as CheckedContinuation<T, any Error>?, result) }
            let decided = state.late.map { .failure($0) } ?? result
            state.result = decided
            defer { state.waiting = nil }
            return (state.waiting, decided)
        }
        waiting?.resume(with: decided)
    }
}
