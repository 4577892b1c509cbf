import Foundation
import Synchronization

/// The first of several answers, for one who waits for it.
private final class FirstAnswer<Value: Sendable>: Sendable {
    private enum State {
        /// Exits: `waiting`, `given`.
        case empty
        /// Exit: `given`.
        case waiting(CheckedContinuation<Value?, Never>)
        case given(Value?)
    }

    private let state = Mutex(State.empty)

    /// Later answers are dropped.
    func give(_ value: Value?) {
        let waiting = state.withLock { state -> CheckedContinuation<Value?, Never>? in
            switch state {
            case .empty:
                state = .given(value)
                return nil
            case .waiting(let continuation):
                state = .given(value)
                return continuation
            case .given: return nil
            }
        }
        waiting?.resume(returning: value)
    }

    func value() async -> Value? {
        await withCheckedContinuation { continuation in
            let given = state.withLock { state -> Value?? in
                if case .given(let value) = state { return .some(value) }
                state = .waiting(continuation)
                return nil
            }
            if let given { continuation.resume(returning: given) }
        }
    }
}

/// Waits for the work no longer than the limit. The work is cancelled then, and left to itself: what cannot be
/// interrupted, such as a name lookup, ends by its own time limit and nobody waits for it.
/// - Returns: nil when the time was up.
package func within<T: Sendable>(_ limit: Duration, _ work: @escaping @Sendable () async -> T) async -> T? {
    let first = FirstAnswer<T>()
    let task = Task { first.give(await work()) }
    let timer = Task {
        do { try await ContinuousClock().sleep(for: limit) } catch { return }
        first.give(nil)
    }
    let answer = await withTaskCancellationHandler {
        await first.value()
    } onCancel: {
        first.give(nil)
    }
    task.cancel()
    timer.cancel()
    return answer
}

/// Runs work that blocks on a thread of its own, so that nothing else waits for it.
package func blocking<T: Sendable>(_ work: @escaping @Sendable () -> T) async -> T {
    await withCheckedContinuation { continuation in
        Thread.detachNewThread { continuation.resume(returning: work()) }
    }
}

/// How the checks write numbers and lists.
package enum Words {
    package static func seconds(_ duration: Duration) -> String {
        let seconds = duration / .seconds(1)
        return seconds == seconds.rounded() ? "\(Int(seconds))s" : "\(Int((seconds * 1000).rounded()))ms"
    }

    package static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}
