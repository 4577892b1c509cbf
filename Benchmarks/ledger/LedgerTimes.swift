import Foundation
import Ledger
import Storage

/// Pairs of a hold and its posting, from 64 callers at once: through the desk, and each in transactions of its own.
struct LedgerTimes {
    enum Way: String, CaseIterable {
        /// Both through the process's desk.
        case desk = "both through the desk"
        /// As the worker does: the hold through the desk, the posting in the transaction of a stage.
        case stages = "hold through the desk, posting in a stage's transaction"
        case alone = "each in a transaction of its own"
    }

    struct Figure {
        var way: String
        var pairs: Double
        /// Milliseconds from asking for a hold to having it.
        var median: Double
        var p99: Double
    }

    static let callers = 64

    /// A limit that is never reached, and the time that everything happens at.
    private static let limit = Nanodollars(1_000_000 * Nanodollars.perDollar)
    private static let noon: Int64 = 1_790_000_000_000_000

    let seconds: Double

    func measure(_ way: Way, address: String) async throws -> Figure {
        let database = try Databases.open(address: address)
        try await Ledger.migrate(database, now: 0)
        try await database.write {
            try Ledger.setBudget(Ledger.total, limit: Self.limit, reason: "benchmark", on: $0, at: Self.noon)
        }
        let desk = LedgerDesk(database: database, now: { Self.noon })
        let begin = ContinuousClock.now
        let end = begin + .seconds(seconds)
        let waits = try await withThrowingTaskGroup(of: [Double].self) { group in
            for caller in 0..<Self.callers {
                group.addTask {
                    var mine: [Double] = []
                    while ContinuousClock.now < end {
                        let key = "\(caller):\(mine.count)"
                        mine.append(try await pair(key, way, desk, database))
                    }
                    return mine
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        let took = (ContinuousClock.now - begin) / .seconds(1)
        try await check(database, pairs: waits.count)
        await database.close()
        let sorted = waits.sorted()
        return Figure(
            way: way.rawValue, pairs: Double(sorted.count) / took, median: sorted[sorted.count / 2],
            p99: sorted[sorted.count * 99 / 100])
    }

    /// Callers that ask for a dollar each, of a budget of a hundred, as fast as they can.
    /// - Returns: what they were granted, and what the budget was, in nano-dollars.
    func race(address: String) async throws -> (granted: Int64, limit: Int64) {
        let database = try Databases.open(address: address)
        try await Ledger.migrate(database, now: 0)
        let limit = Nanodollars(100 * Nanodollars.perDollar)
        try await database.write {
            try Ledger.setBudget(
                Ledger.total, limit: limit, reserve: .zero, reason: "benchmark", on: $0, at: Self.noon)
        }
        let desk = LedgerDesk(database: database, now: { Self.noon })
        let granted = try await withThrowingTaskGroup(of: Int64.self) { group in
            for caller in 0..<Self.callers {
                group.addTask {
                    var granted: Int64 = 0
                    for number in 0..<50 {
                        let request = HoldRequest(
                            key: "\(caller)-\(number)", sku: "llamaparse", quantity: 100, reference: "race")
                        if case .held(let hold) = try await desk.hold(request) { granted += hold.amount.count }
                    }
                    return granted
                }
            }
            return try await group.reduce(0, +)
        }
        await database.close()
        return (granted, limit.count)
    }

    private func pair(_ key: String, _ way: Way, _ desk: LedgerDesk, _ database: any Database) async throws -> Double {
        let request = HoldRequest(key: key, sku: "llamaparse", quantity: 3, reference: key)
        let start = ContinuousClock.now
        if way == .alone {
            _ = try await database.write(.readCommitted) { try Ledger.hold(request, on: $0, at: Self.noon) }
        } else {
            _ = try await desk.hold(request)
        }
        let waited = (ContinuousClock.now - start) / .milliseconds(1)
        switch way {
        case .desk: try await desk.post(key, .units(2))
        case .stages:
            _ = try await database.write(.readCommitted) { try Ledger.post(key, .units(2), on: $0, at: Self.noon) }
        case .alone:
            _ = try await database.write(.readCommitted) { try Ledger.post(key, .units(2), on: $0, at: Self.noon) }
        }
        return waited
    }

    /// What was measured has to be right.
    private func check(_ database: any Database, pairs: Int) async throws {
        try await LedgerDesk(database: database, now: { Self.noon }).tidy()
        let (findings, spent) = try await database.read { connection in
            (
                try Ledger.findings(on: connection),
                try Ledger.spend(on: connection, day: Ledger.day(of: Self.noon), at: Self.noon)[0].spent
            )
        }
        guard findings.isEmpty, spent.count == Int64(pairs) * 6_000_000 else {
            throw WrongBooks(description: "\(pairs) pairs, \(spent) USD: \(findings.joined(separator: " "))")
        }
    }
}

struct WrongBooks: Error, CustomStringConvertible { let description: String }
