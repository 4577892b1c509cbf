import Synchronization

/// One asynchronous call that another thread answers. Cancelled before the thread began with it, it ends at once and its
/// work never runs; begun, it runs to its end, so that its outcome is known.
final class PendingCall<Value: Sendable>: Sendable {
    private enum State {
        /// Exits: `begun`, `ended` (cancelled).
        case waiting(CheckedContinuation<Value, any Error>?)
        /// Exit: `ended`.
        case begun(CheckedContinuation<Value, any Error>?)
        case ended
    }

    private let state = Mutex(State.waiting(nil))

    /// - Parameter start: hands the call to the other thread.
    static func run(_ start: (PendingCall<Value>) -> Void) async throws -> Value {
        let call = PendingCall()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let cancelled = call.state.withLock { state in
                    guard case .waiting = state else { return true }
                    state = .waiting(continuation)
                    return false
                }
                if cancelled { continuation.resume(throwing: CancellationError()) } else { start(call) }
            }
        } onCancel: {
            call.cancel()
        }
    }

    /// For the other thread: runs `work` unless the call was cancelled before, and answers.
    func answer(_ work: () throws -> Value) {
        let begins = state.withLock { state in
            guard case .waiting(let continuation) = state else { return false }
            state = .begun(continuation)
            return true
        }
        if begins { end(Result(catching: work)) }
    }

    /// For the other side, when there is nobody to do the work.
    func refuse(_ error: any Error) {
        end(.failure(error))
    }

    private func cancel() {
        let continuation = state.withLock { state -> CheckedContinuation<Value, any Error>? in
            guard case .waiting(let continuation) = state else { return nil }
            state = .ended
            return continuation
        }
        continuation?.resume(throwing: CancellationError())
    }

    private func end(_ result: Result<Value, any Error>) {
        let continuation = state.withLock { state -> CheckedContinuation<Value, any Error>? in
            defer { state = .ended }
            switch state {
            case .waiting(let continuation), .begun(let continuation): return continuation
            case .ended: return nil
            }
        }
        continuation?.resume(with: result)
    }
}
