import Storage

/// The right to write in one environment, until somebody takes it over. Its token only grows: whoever holds an older one
/// is refused.
package struct Lease: Sendable, Equatable {
    package let environment: String
    package let holder: String
    package let token: Int64

    /// Takes the lease if nobody has it, if it expired, or if the same holder had it before (an engine that was killed and
    /// started again: the state directory's lock says that the old one is gone).
    /// - Throws: `RolloutError.locked`.
    package static func acquire(
        environment: String, holder: String, purpose: String, until: Timestamp, now: Timestamp,
        _ connection: any Connection
    ) throws -> Lease {
        let row = try connection.first("SELECT * FROM leases WHERE environment = ?", [environment])
        guard let row else {
            try connection.execute(
                """
                INSERT INTO leases (environment, token, holder, purpose, taken_at, expires_at) VALUES (?, 1, ?, ?, ?, ?)
                """, [environment, holder, purpose, now.microseconds, until.microseconds])
            return Lease(environment: environment, holder: holder, token: 1)
        }
        let current: String? = try row.get("holder")
        if let current, current != holder, try row.get("expires_at", as: Int64.self) > now.microseconds {
            throw RolloutError.locked(
                environment: environment, holder: current, rollout: try row.get("purpose"),
                since: Timestamp(microseconds: try row.get("taken_at")))
        }
        let token: Int64 = try row.get("token") + 1
        try connection.execute(
            "UPDATE leases SET token = ?, holder = ?, purpose = ?, taken_at = ?, expires_at = ? WHERE environment = ?",
            [token, holder, purpose, now.microseconds, until.microseconds, environment])
        return Lease(environment: environment, holder: holder, token: token)
    }

    /// - Throws: `RolloutError.staleLease` when somebody has taken over.
    package func check(_ connection: any Connection) throws {
        let row = try connection.first("SELECT token, holder FROM leases WHERE environment = ?", [environment])
        guard let row, try row.get("token", as: Int64.self) == token else {
            let other: String? = try row?.get("holder")
            throw RolloutError.staleLease(environment: environment, holder: other ?? "another engine")
        }
    }

    /// Makes the lease outlast `until`; it is never shortened.
    package func renew(until: Timestamp, _ connection: any Connection) throws {
        try check(connection)
        try connection.execute(
            "UPDATE leases SET expires_at = ? WHERE environment = ? AND expires_at < ?",
            [until.microseconds, environment, until.microseconds])
    }

    package func release(_ connection: any Connection) throws {
        try check(connection)
        try connection.execute("UPDATE leases SET holder = NULL, expires_at = 0 WHERE environment = ?", [environment])
    }
}
