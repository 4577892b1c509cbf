import Synchronization

/// Hands new journal entries to whoever follows.
package final class Followers: Sendable {
    private struct State {
        var next = 0
        var waiting: [Int: (rollout: String, wake: AsyncStream<Void>.Continuation)] = [:]
    }

    private let state = Mutex(State())

    /// Emits after each new entry of the rollout; the entries themselves are read from the journal.
    func hints(rollout: String) -> AsyncStream<Void> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let number = state.withLock { state in
                state.next += 1
                state.waiting[state.next] = (rollout, continuation)
                return state.next
            }
            continuation.onTermination = { _ in self.state.withLock { $0.waiting[number] = nil } }
            continuation.yield()
        }
    }

    func announce(_ entry: JournalEntry) { nudge(rollout: entry.rollout) }

    /// There may be something new.
    func nudge(rollout: String) {
        let waiting = state.withLock { state in
            state.waiting.filter { $0.value.rollout == rollout }.sorted { $0.key < $1.key }.map(\.value)
        }
        for follower in waiting { follower.wake.yield() }
    }
}
