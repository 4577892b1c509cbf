import Storage

/// The cost ledger: holds before calls, postings after them, budgets a UTC day. Every function works within the caller's
/// transaction, so that a cost commits with what it paid for. Times are handed in, in microseconds since 1970.
package enum Ledger {
    /// The scope that every cost counts against.
    package static let total = "total"

    private static let microsecondsPerDay: Int64 = 86_400_000_000

    /// The UTC day of a time, in days since 1970.
    package static func day(of time: Int64) -> Int64 {
        let day = time / microsecondsPerDay
        return time < 0 && time % microsecondsPerDay != 0 ? day - 1 : day
    }

    package static func migrate(_ database: any Database, now: Int64) async throws {
        try await migrator.migrate(database, now: now)
    }
}
