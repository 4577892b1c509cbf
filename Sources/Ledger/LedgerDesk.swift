import Storage
import Synchronization

/// Where the calls of one process ask the ledger: those that come while a transaction is under way share the next one, so
/// that the counters of a day are changed once for all of them.
package final class LedgerDesk: Sendable {
    /// Within SQLite's limit on values, with room for wider rows.
    private static let most = 500

    private let desk: GroupDesk<LedgerRequest, LedgerAnswer>
    private let database: any Database
    private let now: @Sendable () -> Int64
    private let clock: Clock

    /// - Parameters:
    ///   - now: microseconds since 1970.
    ///   - steady: microseconds by a clock that nobody sets, from any beginning.
    package init(
        database: any Database, now: @escaping @Sendable () -> Int64,
        steady: @escaping @Sendable () -> Int64 = LedgerDesk.microsecondsSinceNow()
    ) {
        (self.database, self.now) = (database, now)
        let clock = Clock(now: now(), steady: steady)
        self.clock = clock
        desk = GroupDesk(most: Self.most, writingTo: database, now: now) { requests, connection, now in
            try Ledger.settle(requests, on: connection, at: now, endsDue: clock.trusts(now))
        }
    }

    /// A clock that begins with 0.
    package static func microsecondsSinceNow() -> @Sendable () -> Int64 {
        let start = ContinuousClock.now
        return {
            let passed = (ContinuousClock.now - start).components
            return passed.seconds * 1_000_000 + passed.attoseconds / 1_000_000_000_000
        }
    }

    private final class Clock: Sendable {
        private let trust: Mutex<ClockTrust>
        private let steady: @Sendable () -> Int64

        init(now: Int64, steady: @escaping @Sendable () -> Int64) {
            self.steady = steady
            trust = Mutex(ClockTrust(now: now, steady: steady()))
        }

        func trusts(_ now: Int64) -> Bool { trust.withLock { $0.trusts(now: now, steady: steady()) } }
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
        let (now, clock) = (now(), clock)
        try await database.write(.readCommitted) {
            _ = try Ledger.settle([], on: $0, at: now, endsDue: clock.trusts(now))
        }
    }
}
