import Documents
import Storage
import Synchronization

/// Completes the jobs that end at about the same time in one transaction: while one is under way, those that end wait for
/// the next. Nobody waits longer than that, and each job learns what became of it.
final class CompletionDesk: Sendable {
    private struct Waiting {
        let completion: JobCompletion
        let asker: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var waiting: [Waiting] = []
        var isBusy = false
    }

    private let database: any Database
    /// Microseconds since 1970.
    private let now: @Sendable () -> Int64
    private let state = Mutex(State())

    init(database: any Database, now: @escaping @Sendable () -> Int64) {
        self.database = database
        self.now = now
    }

    /// Returns when the job is complete, durably. Begun, it runs to its end, even when the asking task is cancelled.
    /// - Throws: `LeaseLost`, or what the database throws.
    func complete(_ completion: JobCompletion) async throws {
        try Task.checkCancellation()
        try await withCheckedThrowingContinuation { asker in
            let begins = state.withLock { state in
                state.waiting.append(Waiting(completion: completion, asker: asker))
                defer { state.isBusy = true }
                return !state.isBusy
            }
            if begins { Task { await serve() } }
        }
    }

    /// Those whose turn has not come.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    private func serve() async {
        while let group = take() { await settle(group) }
    }

    private func take() -> [Waiting]? {
        state.withLock { state in
            let group = Array(state.waiting.prefix(JobCompletions.most))
            state.waiting.removeFirst(group.count)
            state.isBusy = !group.isEmpty
            return group.isEmpty ? nil : group
        }
    }

    private func settle(_ group: [Waiting]) async {
        do {
            let complete = try await store(group)
            for waiting in group {
                let lease = waiting.completion.lease
                if complete.contains(lease) {
                    waiting.asker.resume()
                } else {
                    waiting.asker.resume(throwing: LeaseLost(jobID: lease.jobID))
                }
            }
        } catch DatabaseError.constraint where group.count > 1 {
            // One job's row is at fault: it must not spoil the others.
            for waiting in group { await settle([waiting]) }
        } catch {
            for waiting in group { waiting.asker.resume(throwing: error) }
        }
    }

    private func store(_ group: [Waiting]) async throws -> Set<JobLease> {
        let (completions, now) = (group.map(\.completion), now())
        return try await database.write(.readCommitted) { connection in
            try JobCompletions.store(completions, now: now, on: connection)
        }
    }
}
