import Documents
import Storage

/// Completes the jobs that end at about the same time in one transaction; each learns what became of it.
final class CompletionDesk: Sendable {
    private let desk: GroupDesk<JobCompletion, Void>

    /// - Parameter now: microseconds since 1970.
    init(database: any Database, now: @escaping @Sendable () -> Int64) {
        desk = GroupDesk(most: JobCompletions.most, writingTo: database, now: now) { group, connection, now in
            let complete = try JobCompletions.store(group, now: now, on: connection)
            return group.map { completion in
                let lease = completion.lease
                return complete.contains(lease) ? .success(()) : .failure(LeaseLost(jobID: lease.jobID))
            }
        }
    }

    /// Returns when the job is complete, durably. Begun, it runs to its end, even when the asking task is cancelled.
    /// - Throws: `LeaseLost`, or what the database throws.
    func complete(_ completion: JobCompletion) async throws { try await desk.ask(completion) }

    /// Those whose turn has not come.
    var waitingCount: Int { desk.waitingCount }
}
