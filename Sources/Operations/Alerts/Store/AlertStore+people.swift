import Definitions
import Rollouts
import Storage

/// What people and programs tell the store: that they know, that they do not want to know, and that they are alive.
extension AlertStore {
    /// Somebody has the alert in hand: it is not repeated, and nobody else is called.
    /// - Returns: the alert; nil when none of that id fires.
    package func acknowledge(
        _ environment: String, _ id: String, by name: String, reason: String, now: Timestamp
    ) async throws -> Alert? {
        try await database.write(.readCommitted) { connection in
            try AlertTables.takeTurn(environment, connection)
            let before = try AlertTables.board(environment, connection)
            guard var alert = before.alerts[id], alert.isFiring else { return nil }
            alert.acknowledged = Alert.Acknowledgement(by: name, at: now, reason: reason)
            var board = before
            board.alerts[id] = alert
            try AlertTables.save(board, before: before, now: before.lastStep ?? now, connection)
            return alert
        }
    }

    package func add(_ silence: Silence) async throws {
        _ = try await database.write { connection in
            try connection.execute(
                "INSERT INTO alert_silences (id, environment, ends_at, document) VALUES (?, ?, ?, ?)",
                [silence.id, silence.environment, silence.endsAt.microseconds, try CanonicalJSON.encode(silence)])
        }
    }

    /// Those that have not ended, the first to end first.
    package func silences(_ environment: String, now: Timestamp) async throws -> [Silence] {
        try await database.read { try AlertTables.silences(environment, endingAfter: now, $0) }
    }

    /// - Returns: the silence, ended; nil when there is none of that id that has not.
    package func expireSilence(_ environment: String, _ id: String, now: Timestamp) async throws -> Silence? {
        try await database.write { connection in
            guard
                var silence = try AlertTables.silences(environment, endingAfter: now, connection)
                    .first(where: { $0.id == id })
            else { return nil }
            silence.endsAt = now
            silence.startsAt = min(silence.startsAt, now)
            try connection.execute(
                "UPDATE alert_silences SET ends_at = ?, document = ? WHERE id = ?",
                [now.microseconds, try CanonicalJSON.encode(silence), id])
            return silence
        }
    }

    /// Something that reports regularly has reported.
    package func beat(_ environment: String, _ name: String, now: Timestamp) async throws {
        _ = try await database.write { connection in
            try connection.execute(
                """
                INSERT INTO alert_heartbeats (environment, name, expected_at, reported_at) VALUES (?, ?, ?, ?)
                ON CONFLICT (environment, name) DO UPDATE SET reported_at = excluded.reported_at
                """, [environment, name, now.microseconds, now.microseconds])
        }
    }

    /// When each last reported. One that is expected for the first time is waited for from now on.
    package func heartbeats(
        _ environment: String, _ expected: [Placed<Duration>], now: Timestamp
    ) async throws -> [AlertFacts.Heartbeat] {
        guard !expected.isEmpty else { return [] }
        let names = expected.map { ($0.name, $0.value) }
        return try await database.write { connection in
            let rows = try connection.query(
                "SELECT name, expected_at, reported_at FROM alert_heartbeats WHERE environment = ?", [environment])
            let known = Dictionary(try rows.map { (try $0.get("name", as: String.self), $0) }) { first, _ in first }
            return try names.map { name, within in
                let row = known[name]
                if row == nil {
                    try connection.execute(
                        """
                        INSERT INTO alert_heartbeats (environment, name, expected_at) VALUES (?, ?, ?)
                        ON CONFLICT (environment, name) DO NOTHING
                        """, [environment, name, now.microseconds])
                }
                let reported = try row?.get("reported_at", as: Int64?.self)
                let since = try reported ?? row?.get("expected_at", as: Int64.self) ?? now.microseconds
                return AlertFacts.Heartbeat(
                    name: name, within: within, last: Timestamp(microseconds: since), hasReported: reported != nil)
            }
        }
    }
}
