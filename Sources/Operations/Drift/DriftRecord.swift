import Rollouts
import Storage

/// Since when each difference is known, kept in the database so that a restart of the engine does not begin anew.
package struct DriftRecord: Sendable {
    package static let migrator = Migrator(
        owner: "drift",
        migrations: [
            Migration("0001_drift") { _ in
                [
                    """
                    CREATE TABLE drift (
                        environment TEXT NOT NULL, key TEXT NOT NULL, since BIGINT NOT NULL,
                        PRIMARY KEY (environment, key))
                    """
                ]
            }
        ])

    private let database: any Database

    package init(database: any Database) { self.database = database }

    /// Since when what is on record has been so, by key.
    package func since(environment: String) async throws -> [String: Timestamp] {
        try await database.read { try Self.all(environment, $0) }
    }

    /// Puts on record what is seen now, and forgets what is not there any more.
    /// - Parameters:
    ///   - seen: each key with the moment from which it has been so, as far as that is known; what is on record already
    ///     keeps its moment.
    ///   - isComplete: whether what is not seen is over; otherwise it stays, since it may only be hidden.
    /// - Returns: since when each seen key has been so.
    package func settle(
        environment: String, seen: [String: Timestamp], isComplete: Bool
    ) async throws -> [String: Timestamp] {
        let known = try await since(environment: environment)
        let gone = isComplete ? known.keys.filter { seen[$0] == nil } : []
        let new = seen.filter { known[$0.key] == nil }
        guard !gone.isEmpty || !new.isEmpty else { return known }
        return try await database.write { connection in
            for key in gone {
                try connection.execute("DELETE FROM drift WHERE environment = ? AND key = ?", [environment, key])
            }
            for (key, since) in new {
                try connection.execute(
                    "INSERT INTO drift (environment, key, since) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                    [environment, key, since.microseconds])
            }
            return try Self.all(environment, connection)
        }
    }

    private static func all(_ environment: String, _ connection: any Connection) throws -> [String: Timestamp] {
        let rows = try connection.query("SELECT key, since FROM drift WHERE environment = ?", [environment])
        return try rows.reduce(into: [:]) { found, row in
            found[try row.get("key")] = Timestamp(microseconds: try row.get("since"))
        }
    }
}
