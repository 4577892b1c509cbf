import Foundation
import Ledger
import Storage

/// How long reports take over ten million entries: a year of calls, of fifty users at three releases.
struct ReportTimes {
    /// Two postings each.
    static let calls: Int64 = 5_000_000

    private static let begin: Int64 = 20_400 * day
    private static let day: Int64 = 86_400_000_000
    private static let year: Int64 = 365 * day
    private static let atOnce: Int64 = 250_000

    var calls = ReportTimes.calls

    /// - Returns: milliseconds by report; the middle of three.
    func measure(address: String) async throws -> [(report: String, milliseconds: Double)] {
        let database = try Databases.open(address: address)
        try await Ledger.migrate(database, now: 0)
        try await fill(database)
        var times: [(String, Double)] = []
        for group in CostGroup.allCases {
            // Documents have no sums: they are read from the entries of a day.
            let begin = group == .document ? Self.begin + Self.year - Self.day : Self.begin
            let name = group == .document ? "of a day, by document" : "of the year, by \(group.rawValue)"
            times.append(
                (
                    name,
                    try await time(database) {
                        try Ledger.costs(by: group, from: begin, until: Self.begin + Self.year, on: $0).count
                    }
                ))
        }
        times.append(
            (
                "forecast",
                try await time(database) { try Ledger.forecast(on: $0, at: Self.begin + Self.year)?.days ?? 0 }
            ))
        try await check(database)
        await database.close()
        return times
    }

    /// What is measured has to be right, and all of it.
    private func check(_ database: any Database) async throws {
        let sum = try await database.read {
            try Ledger.costs(by: .provider, from: Self.begin, until: Self.begin + Self.year, on: $0)
        }.first
        guard sum?.calls == calls, sum?.spent.count == calls * 6_000_000 else {
            throw WrongBooks(description: "of \(calls) calls, the report counts \(sum?.calls ?? 0)")
        }
    }

    private func time(
        _ database: any Database, _ report: @Sendable @escaping (any Connection) throws -> Int
    ) async throws -> Double {
        var times: [Double] = []
        for _ in 0..<3 {
            let start = ContinuousClock.now
            guard try await database.read(report) > 0 else { throw WrongBooks(description: "a report has no lines") }
            times.append((ContinuousClock.now - start) / .milliseconds(1))
        }
        return times.sorted()[1]
    }

    /// The rows that as many holds and postings would have left, written by the database itself. References are not checked
    /// for it, which only its owner may ask for.
    private func fill(_ database: any Database) async throws {
        try await database.write { connection in
            _ = try connection.execute(
                """
                INSERT INTO ledger_account (id, kind)
                VALUES ('expense:llamaparse', 'expense'), ('payable:llamaparse', 'payable') ON CONFLICT DO NOTHING
                """, [])
        }
        for first in stride(from: 0, to: calls, by: Int(Self.atOnce)) {
            let last = min(first + Self.atOnce, calls)
            try await database.write { connection in
                for statement in statements(from: first, until: last) { _ = try connection.execute(statement, []) }
            }
        }
        _ = try await database.write { try $0.execute("ANALYZE", []) }
    }

    private func statements(from first: Int64, until last: Int64) -> [String] {
        let time = "(\(Self.begin) + n * \(Self.year / calls))"
        return [
            "SET LOCAL session_replication_role = replica",
            """
            INSERT INTO ledger_hold (id, price, provider, reference, quantity, nanos, day, held_at, expires_at, outcome,
                ended_at, service, release_id, user_id, document_id)
            SELECT 'c' || n, 'llamaparse@0', 'llamaparse', 'job-' || n / 4, 3, 9000000, \(time) / \(Self.day), \(time),
                \(time) + 900000000, 'posted', \(time) + 1, 'worker', 'v' || n % 3, 'user-' || n % 50, 'doc-' || n / 4
            FROM generate_series(\(first)::bigint, \(last - 1)::bigint) AS n
            """,
            """
            INSERT INTO ledger_transfer
                (id, kind, hold, reference, price, provider, quantity, origin, day, posted_at)
            SELECT 'c' || n || '/cost', 'cost', 'c' || n, 'job-' || n / 4, 'llamaparse@0', 'llamaparse', 2, 'computed',
                \(time) / \(Self.day), \(time) + 1
            FROM generate_series(\(first)::bigint, \(last - 1)::bigint) AS n
            """,
            """
            INSERT INTO ledger_posting (transfer, account, nanos)
            SELECT 'c' || n || '/cost', account, nanos FROM generate_series(\(first)::bigint, \(last - 1)::bigint) AS n
                CROSS JOIN (VALUES ('expense:llamaparse', 6000000), ('payable:llamaparse', -6000000)) AS p (account, nanos)
            """,
            """
            INSERT INTO ledger_hour
                (starts_at, sku, provider, service, release_id, user_id, nanos, overage, quantity, entries)
            SELECT \(time) - \(time) % 3600000000, 'llamaparse', 'llamaparse', 'worker', 'v' || n % 3, 'user-' || n % 50,
                COUNT(*) * 6000000, 0, COUNT(*) * 2, COUNT(*)
            FROM generate_series(\(first)::bigint, \(last - 1)::bigint) AS n GROUP BY 1, 5, 6
            ON CONFLICT (starts_at, sku, service, release_id, user_id) DO UPDATE SET
                nanos = ledger_hour.nanos + excluded.nanos, quantity = ledger_hour.quantity + excluded.quantity,
                entries = ledger_hour.entries + excluded.entries
            """,
        ]
    }
}
