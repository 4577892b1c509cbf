import Storage

/// The right to write in one environment, until somebody takes it over. Its token only grows: whoever holds an older one
/// is refused.
package struct Lease: Sendable, Equatable {
    package let environment: String
    package let holder: String
    package let token: Int64

    /// What an engine does in an environment in which no rollout is under way; the others wait for its end.
    package static let resting = "resting"

    /// A lease as one engine saw it, and for how long it has seen no sign of life in it. Whether a holder is gone is decided
    /// by that, and not by clocks of the day, which may differ between hosts and be stepped.
    package struct Sight: Sendable, Equatable {
        package var token: Int64
        package var beat: Int64
        /// By the watcher's own clock, which nobody steps.
        package var unchanged: Duration

        package init(token: Int64, beat: Int64, unchanged: Duration) {
            self.token = token
            self.beat = beat
            self.unchanged = unchanged
        }
    }

    /// How the lease is just now; nil when nobody has it.
    package static func sight(_ environment: String, _ connection: any Connection) throws -> Sight? {
        let row = try connection.first(
            "SELECT token, beat FROM leases WHERE environment = ? AND holder IS NOT NULL", [environment])
        return try row.map { Sight(token: try $0.get("token"), beat: try $0.get("beat"), unchanged: .zero) }
    }

    /// Takes the lease if nobody has it, if the same holder had it before (an engine that was killed and started again: the
    /// state directory's lock says that the old one is gone), or if whoever has it was seen to do nothing for as long as it
    /// may act without a renewal.
    /// - Parameter duration: for how long the holder may act from now on.
    /// - Throws: `RolloutError.locked`.
    package static func acquire(
        environment: String, holder: String, purpose: String, for duration: Duration, now: Timestamp,
        seen: Sight? = nil, _ connection: any Connection
    ) throws -> Lease {
        let row = try connection.first("SELECT * FROM leases WHERE environment = ?", [environment])
        let expiry = now + duration
        guard let row else {
            try connection.execute(
                """
                INSERT INTO leases (environment, token, holder, purpose, taken_at, expires_at, lasts)
                VALUES (?, 1, ?, ?, ?, ?, ?)
                """,
                [environment, holder, purpose, now.microseconds, expiry.microseconds, duration.microseconds])
            return Lease(environment: environment, holder: holder, token: 1)
        }
        if let current: String = try row.get("holder"), current != holder, try !isGone(row, seen) {
            let purpose: String? = try row.get("purpose")
            throw RolloutError.locked(
                environment: environment, holder: current, rollout: purpose == resting ? nil : purpose,
                since: Timestamp(microseconds: try row.get("taken_at")))
        }
        let token: Int64 = try row.get("token") + 1
        try connection.execute(
            """
            UPDATE leases SET token = ?, holder = ?, purpose = ?, taken_at = ?, expires_at = ?, beat = 0, lasts = ?
            WHERE environment = ?
            """,
            [
                token, holder, purpose, now.microseconds, expiry.microseconds, duration.microseconds, environment,
            ])
        return Lease(environment: environment, holder: holder, token: token)
    }

    private static func isGone(_ row: Row, _ seen: Sight?) throws -> Bool {
        guard let seen, seen.token == (try row.get("token", as: Int64.self)),
            seen.beat == (try row.get("beat", as: Int64.self))
        else { return false }
        return seen.unchanged >= .microseconds(try row.get("lasts", as: Int64.self))
    }

    /// - Throws: `RolloutError.staleLease` when somebody has taken over, or it was given back.
    package func check(_ connection: any Connection) throws {
        let row = try connection.first("SELECT token, holder FROM leases WHERE environment = ?", [environment])
        let present: String? = try row?.get("holder")
        guard let row, present != nil, try row.get("token", as: Int64.self) == token else {
            throw RolloutError.staleLease(environment: environment, holder: present ?? "nobody")
        }
    }

    /// From now on the holder may act for that long.
    /// - Parameter beat: grows with each renewal that is asked for, so that one which comes late changes nothing.
    package func renew(for duration: Duration, beat: Int64, now: Timestamp, _ connection: any Connection) throws {
        try check(connection)
        try connection.execute(
            "UPDATE leases SET expires_at = ?, lasts = ?, beat = ? WHERE environment = ? AND beat < ?",
            [(now + duration).microseconds, duration.microseconds, beat, environment, beat])
    }

    /// Nothing is left to do; the holder gives it back once nothing of his is on its way any more.
    package func rest(_ connection: any Connection) throws {
        try check(connection)
        try connection.execute("UPDATE leases SET purpose = ? WHERE environment = ?", [Self.resting, environment])
    }

    /// - Throws: `RolloutError.staleLease` when somebody has taken over, or it was given back before.
    package func release(_ connection: any Connection) throws {
        try check(connection)
        try connection.execute("UPDATE leases SET holder = NULL, expires_at = 0 WHERE environment = ?", [environment])
    }
}
