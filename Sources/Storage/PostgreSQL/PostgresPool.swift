import Foundation

/// A queue of work for at most `limit` threads, each with its own connection. A thread starts when there is work and
/// nobody is free, and ends, closing its connection, after a minute without any.
// Unchecked because the compiler cannot see that the variables are only touched while `condition` is locked.
final class PostgresPool: @unchecked Sendable {
    typealias Work = @Sendable (PostgresWorker) -> Void

    private static let idleSeconds: TimeInterval = 60

    private let address: PostgresAddress
    private let limit: Int
    private let condition = NSCondition()
    private var queue: [Work] = []
    private var threads = 0
    private var free = 0
    private var closed = false

    init(address: PostgresAddress, limit: Int) {
        self.address = address
        self.limit = limit
    }

    /// - Returns: false when the pool is closed; the work then never runs.
    func submit(_ work: @escaping Work) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        if closed { return false }
        queue.append(work)
        if free >= queue.count {
            condition.signal()
        } else if threads < limit {
            threads += 1
            Thread.detachNewThread { self.serve() }
        }
        return true
    }

    /// Takes no more work, and returns when what was taken is done. It blocks.
    func close() {
        condition.lock()
        defer { condition.unlock() }
        closed = true
        condition.broadcast()
        while threads > 0 { condition.wait() }
    }

    private func serve() {
        let worker = PostgresWorker(address: address)
        while let work = next() { work(worker) }
    }

    /// Waits for work; nothing when the thread is to end.
    private func next() -> Work? {
        condition.lock()
        defer { condition.unlock() }
        let deadline = Date(timeIntervalSinceNow: Self.idleSeconds)
        while queue.isEmpty {
            free += 1
            let patient = !closed && condition.wait(until: deadline)
            free -= 1
            if !patient && queue.isEmpty {
                threads -= 1
                condition.broadcast()
                return nil
            }
        }
        return queue.removeFirst()
    }
}
