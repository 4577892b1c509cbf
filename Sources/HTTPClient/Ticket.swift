import Synchronization

/// Names one transfer to those who may cancel it, possibly before the loop has heard of it.
final class Ticket: Sendable, Hashable {
    private let cancelled = Mutex(false)

    var isCancelled: Bool { cancelled.withLock { $0 } }

    func cancel() { cancelled.withLock { $0 = true } }

    static func == (left: Ticket, right: Ticket) -> Bool { left === right }

    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// The status line and headers of an answer.
struct Head: Sendable {
    var status: Int
    var headers: [(name: String, value: String)]
}
