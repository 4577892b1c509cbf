import Storage

/// What one thing that calls are made for, such as a job, did cost under a release.
package struct JobCost: Sendable, Equatable {
    /// Empty for what has none.
    package let service: String
    /// How many different things were called for.
    package let jobs: Int64
    package let spent: Nanodollars

    /// Rounded down to a billionth.
    package var average: Nanodollars { Nanodollars(jobs > 0 ? spent.count / jobs : 0) }
}

extension Ledger {
    /// What the calls that a release made on some UTC days, the last included, did cost for each thing that they were made for,
    /// by service. It reads every entry of those days.
    /// - Returns: none when nothing is known of the release.
    package static func jobCosts(
        of release: String, from first: Int64, through last: Int64, on connection: any Connection
    ) throws -> [JobCost] {
        try connection.query(
            """
            SELECT COALESCE(h.service, '') AS service, COUNT(DISTINCT t.reference) AS jobs, SUM(p.nanos) AS nanos
            FROM ledger_transfer t JOIN ledger_posting p ON p.transfer = t.id AND p.account NOT LIKE 'payable:%'
                JOIN ledger_hold h ON h.id = t.hold
            WHERE t.day >= ? AND t.day <= ? AND h.release_id = ? AND h.booked_by IS NULL
            GROUP BY COALESCE(h.service, '') ORDER BY 1
            """, [first, last, release]
        ).map { row in
            JobCost(service: try row.get("service"), jobs: try row.get("jobs"), spent: try row.get("nanos"))
        }
    }
}
