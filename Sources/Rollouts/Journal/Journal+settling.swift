import Storage

extension Journal {
    /// The environment that the rollout is about.
    /// - Throws: `RolloutError.unknownRollout`.
    static func environment(of id: String, _ connection: any Connection) throws -> String {
        guard let row = try connection.first("SELECT environment FROM rollouts WHERE id = ?", [id]) else {
            throw RolloutError.unknownRollout(id)
        }
        return try row.get("environment")
    }

    /// Takes an event as `step` does, on top of what is recorded already: the answer to an earlier commit may have been
    /// lost. Whatever was recorded under this lease since, this engine has recorded.
    /// - Parameter event: nil only catches up.
    /// - Returns: the rollout, and what was recorded that the caller has not seen, the event at the end of it.
    /// - Throws: as `step` does.
    package static func settle(
        _ rollout: Rollout, _ event: Event?, at now: Timestamp, lease: Lease, _ connection: any Connection
    ) throws -> (rollout: Rollout, entries: [JournalEntry]) {
        try lease.check(connection)
        var rollout = rollout
        var entries = try entries(rollout.id, after: rollout.seq, connection)
        for entry in entries { _ = try rollout.handle(entry.event, at: entry.at) }
        guard let event, entries.last?.event != event else { return (rollout, entries) }
        let step = try step(rollout, event, at: now, lease: lease, connection)
        entries.append(step.entry)
        return (step.rollout, entries)
    }
}
