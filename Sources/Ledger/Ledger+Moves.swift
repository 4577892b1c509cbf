import Storage

/// What one service spends on one thing under a release, beside what it spends under another.
///
/// Compared is what a job costs, or whatever else calls are made for: a release that calls twice for each document spends
/// twice as much, though a call costs what it did.
package struct CostMove: Sendable, Equatable {
    package struct Side: Sendable, Equatable {
        package var spent = Nanodollars.zero
        package var calls: Int64 = 0
        /// For how many different jobs, or the like, the service called anybody.
        package var jobs: Int64 = 0

        /// Rounded down to a billionth; nil without jobs.
        package var perJob: Nanodollars? { jobs > 0 ? Nanodollars(spent.count / jobs) : nil }
        /// Rounded down to a billionth; nil without calls.
        package var perCall: Nanodollars? { calls > 0 ? Nanodollars(spent.count / calls) : nil }
    }

    /// Empty for what has none.
    package let service: String
    package let sku: String
    package let before: Side
    package let after: Side

    /// How much more, or less, the later release's jobs did cost than they would have under the earlier one; all of it where
    /// the earlier one had none.
    package var change: Nanodollars {
        guard before.jobs > 0 else { return after.spent }
        let expected = Int128(before.spent.count) * Int128(after.jobs) / Int128(before.jobs)
        return Nanodollars(after.spent.count - Int64(clamping: expected))
    }
}

extension Ledger {
    /// So many UTC days of a release count, the last on which it called.
    package static let movesDays: Int64 = 7

    /// What changed from one release to another, the biggest change first. It reads every entry of a release's last days.
    package static func moves(
        from before: String, to after: String, on connection: any Connection
    ) throws -> [CostMove] {
        let (old, new) = (try sides(of: before, on: connection), try sides(of: after, on: connection))
        return Set(old.keys).union(new.keys).map { key in
            // A service that called for jobs, and never for this, has spent nothing on it for them.
            func side(_ sides: [MoveKey: CostMove.Side]) -> CostMove.Side {
                sides[key] ?? CostMove.Side(jobs: sides.first { $0.key.service == key.service }?.value.jobs ?? 0)
            }
            return CostMove(service: key.service, sku: key.sku, before: side(old), after: side(new))
        }.sorted {
            ($0.change.count.magnitude, $1.service, $1.sku) > ($1.change.count.magnitude, $0.service, $0.sku)
        }
    }

    private struct MoveKey: Hashable {
        var service: String
        var sku: String
    }

    private static func sides(
        of release: String, on connection: any Connection
    ) throws -> [MoveKey: CostMove.Side] {
        guard let last = try lastDay(of: release, on: connection) else { return [:] }
        let days: [any SQLConvertible] = [last - movesDays + 1, last, release]
        // What others booked belongs to no job.
        let meant = "t.day >= ? AND t.day <= ? AND h.release_id = ? AND h.booked_by IS NULL"
        var jobs: [String: Int64] = [:]
        let counts = try connection.query(
            """
            SELECT COALESCE(h.service, '') AS service, COUNT(DISTINCT t.reference) AS jobs
            FROM ledger_transfer t JOIN ledger_hold h ON h.id = t.hold WHERE \(meant)
            GROUP BY COALESCE(h.service, '')
            """, days)
        for row in counts { jobs[try row.get("service")] = try row.get("jobs") }
        let sums = try connection.query(
            """
            SELECT COALESCE(h.service, '') AS service, s.sku AS sku, SUM(p.nanos) AS nanos,
                SUM(CASE WHEN t.kind = 'cost' THEN COALESCE(h.calls, 1) ELSE 0 END) AS calls
            FROM ledger_transfer t JOIN ledger_posting p ON p.transfer = t.id AND p.account NOT LIKE 'payable:%'
                JOIN ledger_hold h ON h.id = t.hold JOIN ledger_price s ON s.id = t.price WHERE \(meant)
            GROUP BY COALESCE(h.service, ''), s.sku
            """, days)
        return try sums.reduce(into: [:]) { sides, row in
            let key = MoveKey(service: try row.get("service"), sku: try row.get("sku"))
            sides[key] = CostMove.Side(
                spent: try row.get("nanos"), calls: try row.get("calls"), jobs: jobs[key.service] ?? 0)
        }
    }

    /// The UTC day on which a release last called anybody, counted or not; nil when it never did. What others booked for it is
    /// no call.
    private static func lastDay(of release: String, on connection: any Connection) throws -> Int64? {
        let waiting = try uncounted(on: connection).map(\.hold)
            .filter { $0.context.release == release }.map(\.day)
        let hours = try connection.query(
            "SELECT DISTINCT starts_at / 86400000000 AS day FROM ledger_hour WHERE release_id = ? ORDER BY day DESC",
            [release])
        for row in hours {
            let day: Int64 = try row.get("day")
            let call = try connection.first(
                """
                SELECT 1 AS found FROM ledger_transfer t JOIN ledger_hold h ON h.id = t.hold
                WHERE t.day = ? AND h.release_id = ? AND h.booked_by IS NULL LIMIT 1
                """, [day, release])
            if call != nil { return ([day] + waiting).max() }
        }
        return waiting.max()
    }
}
