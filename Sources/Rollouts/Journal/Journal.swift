import Storage

/// The record of rollouts: every event is appended before anything follows from it.
package enum Journal {
    /// Takes one event: appends it, stores the new state, and applies an outcome, all of it in this transaction and only
    /// while the lease is ours. Synchronous and without effects outside of `connection`.
    /// - Returns: the rollout after the event, what was recorded, and the actions that are new.
    /// - Throws: `RolloutError.staleLease`, `TransitionError`, `DatabaseError`; then nothing was recorded.
    package static func step(
        _ rollout: Rollout, _ event: Event, at now: Timestamp, lease: Lease, _ connection: any Connection
    ) throws -> (rollout: Rollout, entry: JournalEntry, actions: [Action]) {
        try lease.check(connection)
        var next = rollout
        let actions = try next.handle(event, at: now)
        let ends = rollout.outcome == nil && next.outcome != nil
        let entry = JournalEntry(
            seq: next.seq, at: now, rollout: next.id, event: event, stage: next.stage,
            verdicts: Array(next.verdicts.dropFirst(rollout.verdicts.count)), outcome: ends ? next.outcome : nil)
        if rollout.seq == 0 {
            try insert(next, now, connection)
        } else if !isMereLook(event, rollout, next) {
            try update(next, connection)
        }
        try connection.execute(
            "INSERT INTO journal (rollout, seq, at, entry) VALUES (?, ?, ?, ?)",
            [next.id, next.seq, now.microseconds, try CanonicalJSON.encode(entry)])
        try RequestKey.record(event, of: next, connection)
        try keepSnapshot(next, ends: ends, connection)
        if ends { try EnvironmentRecord.apply(next, now: now, connection) }
        if next.previousRetired, !rollout.previousRetired { try EnvironmentRecord.retirePrevious(next, connection) }
        if next.outcome != nil, next.pending.isEmpty { try lease.rest(connection) }
        return (next, entry, actions)
    }

    /// A look that moved nothing is in the journal, and needs no new copy of the whole state.
    private static func isMereLook(_ event: Event, _ before: Rollout, _ after: Rollout) -> Bool {
        guard case .sampled = event else { return false }
        return before.stage == after.stage && before.pending == after.pending && before.outcome == after.outcome
            && before.waitsAtBoundary == after.waitsAtBoundary && before.notes.count == after.notes.count
    }

    /// What the journal comes to, from the last snapshot on.
    /// - Throws: `RolloutError.unknownRollout`, or `.corrupt` when what was recorded makes no sense.
    package static func fold(_ id: String, _ connection: any Connection) throws -> Rollout {
        try fold(try snapshot(id, connection) ?? Rollout(id: id), connection)
    }

    /// The same from the journal alone.
    package static func foldAll(_ id: String, _ connection: any Connection) throws -> Rollout {
        try fold(Rollout(id: id), connection)
    }

    private static func fold(_ start: Rollout, _ connection: any Connection) throws -> Rollout {
        let id = start.id
        var rollout = start
        for entry in try entries(id, after: rollout.seq, connection) {
            guard entry.seq == rollout.seq + 1 else {
                throw RolloutError.corrupt(rollout: id, reason: "record \(rollout.seq + 1) is missing")
            }
            do {
                _ = try rollout.handle(entry.event, at: entry.at)
            } catch {
                throw RolloutError.corrupt(rollout: id, reason: "record \(entry.seq): \(error)")
            }
            guard rollout.stage == entry.stage else {
                throw RolloutError.corrupt(
                    rollout: id,
                    reason: "record \(entry.seq) led to \(entry.stage.name), and leads to \(rollout.stage.name) now")
            }
        }
        guard rollout.seq > 0 else { throw RolloutError.unknownRollout(id) }
        guard rollout.machine == Rollout.machineVersion else {
            throw RolloutError.corrupt(rollout: id, reason: "it was begun by version \(rollout.machine) of the machine")
        }
        return rollout
    }

    package static func entries(_ id: String, after seq: Int, _ connection: any Connection) throws -> [JournalEntry] {
        let rows = try connection.query(
            "SELECT seq, at, entry FROM journal WHERE rollout = ? AND seq > ? ORDER BY seq", [id, seq])
        return try rows.map { row in
            do {
                var entry = try CanonicalJSON.decode(JournalEntry.self, try row.get("entry"))
                entry.seq = try row.get("seq")
                entry.at = Timestamp(microseconds: try row.get("at"))
                return entry
            } catch let error as DecodingError {
                throw RolloutError.corrupt(rollout: id, reason: "record \(try row.get("seq", as: Int.self)): \(error)")
            }
        }
    }

    /// The rollout as last stored, without its judges.
    package static func rollout(_ id: String, _ connection: any Connection) throws -> Rollout {
        guard let row = try connection.first("SELECT document FROM rollouts WHERE id = ?", [id]) else {
            throw RolloutError.unknownRollout(id)
        }
        return try CanonicalJSON.decode(Rollout.self, try row.get("document"))
    }

    /// The newest first, whatever the clock said when they began.
    package static func history(_ environment: String, limit: Int, _ connection: any Connection) throws -> [Rollout] {
        let rows = try connection.query(
            "SELECT document FROM rollouts WHERE environment = ? ORDER BY number DESC LIMIT ?",
            [environment, limit])
        return try rows.map { try CanonicalJSON.decode(Rollout.self, try $0.get("document")) }
    }

    /// Those that have no outcome, and those that ended but have something pending.
    package static func unfinished(_ connection: any Connection) throws -> [String] {
        try connection.query("SELECT id FROM rollouts WHERE outcome IS NULL ORDER BY started_at, id").map {
            try $0.get("id")
        }
    }

    /// Marks a rollout whose journal does not fold; its environment is free again.
    package static func quarantine(_ id: String, reason: String, now: Timestamp, _ connection: any Connection) throws {
        var rollout = try readable(id, connection)
        rollout.outcome = .quarantined
        rollout.why = reason
        rollout.endedAt = now
        rollout.pending = []
        try update(rollout, connection)
        try connection.execute(
            "UPDATE environments SET rollout = NULL, last_rollout = ? WHERE name = ?", [id, rollout.environment])
    }

    /// The rollout as last stored; where that cannot be read any more, what is left: its id and its environment.
    private static func readable(_ id: String, _ connection: any Connection) throws -> Rollout {
        do { return try rollout(id, connection) } catch is DecodingError {
            guard let row = try connection.first("SELECT environment FROM rollouts WHERE id = ?", [id]) else {
                throw RolloutError.unknownRollout(id)
            }
            var rollout = Rollout(id: id)
            rollout.environment = try row.get("environment")
            return rollout
        }
    }

    private static func insert(_ rollout: Rollout, _ now: Timestamp, _ connection: any Connection) throws {
        try connection.execute(
            """
            INSERT INTO rollouts (id, environment, number, outcome, started_at, document) VALUES (?, ?,
                (SELECT COALESCE(MAX(number), 0) + 1 FROM rollouts WHERE environment = ?), NULL, ?, ?)
            """,
            [
                rollout.id, rollout.environment, rollout.environment, now.microseconds,
                try CanonicalJSON.encode(rollout),
            ])
        try EnvironmentRecord.begin(rollout, connection)
    }

    private static func update(_ rollout: Rollout, _ connection: any Connection) throws {
        try connection.execute(
            "UPDATE rollouts SET outcome = ?, document = ? WHERE id = ?",
            [rollout.outcome?.rawValue, try CanonicalJSON.encode(rollout), rollout.id])
    }
}
