import Storage

/// Where the calls of one process ask the ledger: those that come while a transaction is under way share the next one, so
/// that the counters of a day are changed once for all of them.
package final class LedgerDesk: Sendable {
    /// Within SQLite's limit on values, with room for wider rows.
    private static let most = 500

    private let desk: GroupDesk<LedgerRequest, LedgerAnswer>
    private let database: any Database
    private let now: @Sendable () -> Int64

    /// - Parameter now: microseconds since 1970.
    package init(database: any Database, now: @escaping @Sendable () -> Int64) {
        (self.database, self.now) = (database, now)
        desk = GroupDesk(most: Self.most, writingTo: database, now: now) { requests, connection, now in
            try Ledger.settle(requests, on: connection, at: now)
        }
    }

    /// Those whose turn has not come.
    package var waitingCount: Int { desk.waitingCount }

    /// Sets aside what a call may cost at most. It is durable when this returns.
    /// - Throws: `LedgerError.keyUsed`, `LedgerError.invalidAmount`, `DatabaseError`.
    package func hold(_ request: HoldRequest) async throws -> HoldDecision {
        guard case .decided(let decision) = try await desk.ask(.hold(request)) else {
            throw LedgerError.unknownHold(key: request.key)
        }
        return decision
    }

    /// Gives back what a call that was not made, or that cost nothing, had set aside.
    /// - Throws: `LedgerError.unknownHold`, `DatabaseError`.
    package func release(_ key: String) async throws {
        _ = try await desk.ask(.release(key: key))
    }

    /// Records what a call cost that belongs to nothing else that has to be written with it.
    /// - Throws: `LedgerError.unknownHold`, `LedgerError.invalidAmount`, `DatabaseError`.
    @discardableResult
    package func post(_ key: String, _ actual: ActualCost) async throws -> Posting {
        guard case .posted(let posting) = try await desk.ask(.post(key: key, actual)) else {
            throw LedgerError.unknownHold(key: key)
        }
        return posting
    }

    /// Counts what has ended since the last batch, and ends what is over, when nobody asks for anything.
    package func tidy() async throws {
        let now = now()
        try await database.write(.readCommitted) { _ = try Ledger.settle([], on: $0, at: now) }
    }
}
