import Synchronization

/// Tells open pages what happened, and those that come back what they missed, as far as it is kept.
package final class ChangeHub: Sendable {
    /// How many changes are kept for pages that come back.
    package static let kept = 1000

    private struct State {
        var position: Int64
        var changes: [ChangeDocument] = []
        var listeners: [Int64: AsyncStream<ChangeDocument>.Continuation] = [:]
        var nextListener: Int64 = 0
    }

    private let state: Mutex<State>

    /// - Parameter position: grows from engine to engine (its start in microseconds), so that a position of an engine
    ///   before this one is never ahead.
    package init(startingAt position: Int64) { state = Mutex(State(position: position)) }

    package func announce(_ environment: String, _ event: EventDocument?) {
        let (change, listeners) = state.withLock { state in
            state.position += 1
            let change = ChangeDocument(position: state.position, environment: environment, event: event)
            state.changes.append(change)
            if state.changes.count > Self.kept { state.changes.removeFirst(state.changes.count - Self.kept) }
            return (change, Array(state.listeners.values))
        }
        for listener in listeners { listener.yield(change) }
    }

    /// What is kept after `position`, then everything to come; nothing of the past when nil. A listener that does not
    /// keep up loses the oldest.
    package func changes(after position: Int64?) -> AsyncStream<ChangeDocument> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: ChangeDocument.self, bufferingPolicy: .bufferingNewest(Self.kept))
        let id = state.withLock { state in
            if let position {
                for change in state.changes where change.position > position { continuation.yield(change) }
            }
            state.nextListener += 1
            state.listeners[state.nextListener] = continuation
            return state.nextListener
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { _ = $0.listeners.removeValue(forKey: id) }
        }
        return stream
    }
}
