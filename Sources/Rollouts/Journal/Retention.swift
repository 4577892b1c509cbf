import Storage

/// What of the rollouts' record need not be kept for ever. Events that people or verdicts caused are never removed; the
/// looks between them, by far the most, are, and then a rollout's verdicts can no longer be replayed.
package enum Retention {
    /// Rows that one transaction removes at most, so that nobody waits long for it.
    package static let batch = 2_000
    /// However few are to be kept: what the newest successes recorded is folded again when their window ends.
    private static let successes = 5

    /// Removes looks of ended rollouts, the newest `keep` of the environment excepted; at most a batch of them.
    /// - Returns: how many were removed; 0 when there are none left.
    package static func dropLooks(
        environment: String, keep: Int, _ connection: any Connection
    ) throws -> Int {
        let ended = try connection.query(
            "SELECT id FROM rollouts WHERE environment = ? AND outcome IS NOT NULL ORDER BY number DESC",
            [environment])
        let succeeded = try connection.query(
            """
            SELECT id FROM rollouts WHERE environment = ? AND outcome = 'succeeded'
            ORDER BY number DESC LIMIT ?
            """, [environment, successes])
        let kept = Set(try succeeded.map { try $0.get("id", as: String.self) })
        for row in ended.dropFirst(keep) {
            let id: String = try row.get("id")
            guard !kept.contains(id) else { continue }
            let count = try connection.execute(
                """
                DELETE FROM journal WHERE rollout = ? AND seq IN
                    (SELECT seq FROM journal WHERE rollout = ? AND entry LIKE '%"type":"sampled"%' LIMIT ?)
                """, [id, id, batch])
            // Without the looks there is nothing that it would spare.
            if count > 0 {
                try connection.execute("DELETE FROM snapshots WHERE rollout = ?", [id])
                return count
            }
        }
        return 0
    }

    /// The environment's bundles that nobody rolls back to any more: all but the `keep` that served last, what runs, what was
    /// before it, and what a rollout under way is about.
    package static func forgettable(
        environment: String, keep: Int, _ connection: any Connection
    ) throws -> [Digest] {
        let kept = try kept(environment: environment, keep: keep, connection)
        return try connection.query("SELECT digest FROM bundles WHERE environment = ?", [environment])
            .compactMap { Digest(try $0.get("digest")) }.filter { !kept.contains($0) }
    }

    /// The others of them.
    static func kept(environment: String, keep: Int, _ connection: any Connection) throws -> Set<Digest> {
        let row = try EnvironmentRecord.row(environment, connection)
        var kept = Set([row.current, row.previous].compactMap(\.self))
        let rollouts = try connection.query(
            """
            SELECT document FROM rollouts WHERE environment = ? AND (outcome IS NULL OR outcome = 'succeeded')
            ORDER BY number DESC
            """, [environment])
        for row in rollouts {
            let rollout = try CanonicalJSON.decode(Rollout.self, try row.get("document"))
            guard kept.count < keep || !rollout.isFinished else { continue }
            kept.formUnion([rollout.course?.to, rollout.course?.from, rollout.target].compactMap(\.self))
        }
        return kept
    }
}
