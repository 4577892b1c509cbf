import Synchronization

/// Pressed once, when everything is to end.
package final class StopSwitch: Sendable {
    private let state = Mutex(false)
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    package init() { (stream, continuation) = AsyncStream.makeStream() }

    package var isPressed: Bool { state.withLock { $0 } }

    package func press() {
        state.withLock { $0 = true }
        continuation.finish()
    }

    /// Returns when it is pressed, or when the task is cancelled.
    package func pressed() async {
        for await _ in stream {}
    }
}
