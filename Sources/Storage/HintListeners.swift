import Synchronization

/// Who listens to which topic of one database, and whether the thread that watches for them runs.
final class HintListeners: Sendable {
    private struct State {
        var listeners: [Int: (topic: String, continuation: AsyncStream<Void>.Continuation)] = [:]
        var last = 0
        var watched = false
        /// Whether the thread sees what is announced; each listener is told when this begins.
        var live = false
        var stopped = false
    }

    private let state = Mutex(State())

    /// - Parameters:
    ///   - watch: starts the thread; called when the first listener comes. The thread ends when `keepsWatching` says so.
    ///   - wake: makes the thread ask `keepsWatching` soon.
    func subscribe(
        _ topic: String, watch: @escaping @Sendable () -> Void, wake: @escaping @Sendable () -> Void
    ) -> AsyncStream<Void> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let added = state.withLock { state -> (id: Int, watch: Bool)? in
                if state.stopped { return nil }
                state.last += 1
                state.listeners[state.last] = (topic, continuation)
                if state.live { continuation.yield() }
                defer { state.watched = true }
                return (state.last, !state.watched)
            }
            guard let added else { return continuation.finish() }
            continuation.onTermination = { [weak self] _ in
                if self?.remove(added.id) == true { wake() }
            }
            if added.watch { watch() }
        }
    }

    /// Whether anybody still listens. When not, the thread counts as ended, in the same step.
    func keepsWatching() -> Bool {
        state.withLock { state in
            state.watched = !state.stopped && !state.listeners.isEmpty
            state.live = state.live && state.watched
            return state.watched
        }
    }

    /// From now on announcements are seen. Tells everybody, because what happened before is not known.
    func wentLive() {
        let told = state.withLock { state in
            state.live = true
            return state.listeners.values.map(\.continuation)
        }
        for continuation in told { continuation.yield() }
    }

    func wentBlind() {
        state.withLock { $0.live = false }
    }

    func tell(_ topics: Set<String>) {
        let told = state.withLock { state in
            state.listeners.values.filter { topics.contains($0.topic) }.map(\.continuation)
        }
        for continuation in told { continuation.yield() }
    }

    /// Ends all streams, and those that are asked for later.
    func stop() {
        let listeners = state.withLock { state in
            state.stopped = true
            defer { state.listeners = [:] }
            return state.listeners.values.map(\.continuation)
        }
        for listener in listeners { listener.finish() }
    }

    /// - Returns: whether that was the last one.
    private func remove(_ id: Int) -> Bool {
        state.withLock { state in
            state.listeners[id] = nil
            return state.listeners.isEmpty
        }
    }
}
