import Storage
import Synchronization

/// A look at something that costs more than it changes: one that began a moment ago is told again, and those who ask while
/// one is under way share the next. However often somebody asks, it is looked at only so often.
final class RecentLook<Value: Sendable>: Sendable {
    private struct Seen {
        let value: Value
        let began: ContinuousClock.Instant
    }

    /// For the last look, which the desk writes.
    private final class Memory: Sendable {
        let seen = Mutex<Seen?>(nil)
    }

    private let age: Duration
    private let memory: Memory
    private let desk: GroupDesk<Void, Value>

    /// - Parameter age: how long ago a look may have begun that is told again.
    init(age: Duration, look: @Sendable @escaping () async -> Value) {
        let memory = Memory()
        self.age = age
        self.memory = memory
        desk = GroupDesk(most: .max) { asked in
            let began = ContinuousClock.now
            let value = await look()
            memory.seen.withLock { $0 = Seen(value: value, began: began) }
            return asked.map { .success(value) }
        }
    }

    /// - Throws: `CancellationError`.
    func value() async throws -> Value {
        if let seen = memory.seen.withLock({ $0 }), .now - seen.began < age { return seen.value }
        return try await desk.ask(())
    }
}
