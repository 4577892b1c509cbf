import Documents
import Storage

/// Completes the jobs that end at about the same time in one transaction; each learns what became of it.
final class CompletionDesk: Sendable {
    private let desk: GroupDesk<JobCompletion, Void>

    /// - Parameter now: microseconds since 1970.
    init(database: any Database, now: @escaping @Sendable () -> Int64) {
        desk = GroupDesk(most: JobCompletions.most) { group in
            try await Self.settle(group, in: database, now: now())
        }
    }

    /// Returns when the job is complete, durably. Begun, it runs to its end, even when the asking task is cancelled.
    /// - Throws: `LeaseLost`, or what the database throws.
    func complete(_ completion: JobCompletion) async throws { try await desk.ask(completion) }

    /// Those whose turn has not come.
    var waitingCount: Int { desk.waitingCount }

    private static func settle(
        _ group: [JobCompletion], in database: any Database, now: Int64
    ) async throws -> [Result<Void, any Error>] {
        do {
            let complete = try await database.write(.readCommitted) { connection in
                try JobCompletions.store(group, now: now, on: connection)
            }
            return group.map { completion in
                let lease = completion.lease
                return complete.contains(lease) ? .success(()) : .failure(LeaseLost(jobID: lease.jobID))
            }
        } catch DatabaseError.constraint where group.count > 1 {
            // One job's row is at fault: it must not spoil the others.
            return try await alone(group, in: database, now: now)
        }
    }

    private static func alone(
        _ group: [JobCompletion], in database: any Database, now: Int64
    ) async throws -> [Result<Void, any Error>] {
        var answers: [Result<Void, any Error>] = []
        for completion in group {
            do {
                answers += try await settle([completion], in: database, now: now)
            } catch {
                answers.append(.failure(error))
            }
        }
        return answers
    }
}
