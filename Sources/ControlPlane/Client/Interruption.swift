import AsyncAlgorithms
import UnixSignals

/// Runs work that a person may leave with Ctrl-C.
package enum Interruption {
    private enum Ended<T: Sendable>: Sendable {
        case work(T)
        case signal
    }

    /// - Returns: what `work` returns, or nil when SIGINT or SIGTERM came first; `work` is cancelled then.
    package static func leaving<T: Sendable>(
        _ work: @escaping @Sendable () async throws -> T
    ) async throws -> T? {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        return try await withThrowingTaskGroup(of: Ended<T>.self) { group in
            group.addTask { .work(try await work()) }
            group.addTask {
                for await _ in signals { return .signal }
                return .signal
            }
            defer { group.cancelAll() }
            switch try await group.next() {
            case .work(let value): return value
            case .signal, nil: return nil
            }
        }
    }
}
