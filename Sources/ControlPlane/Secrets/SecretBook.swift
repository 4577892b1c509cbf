import Definitions
import Rollouts
import Secrets
import Storage

/// What is on record of secrets: the fingerprints of the values that bundles were made with, and rotations. Values are
/// never in it.
package struct SecretBook: Sendable {
    package static let migrator = Migrator(
        owner: "secrets",
        migrations: [
            Migration("0001_secrets") { _ in
                [
                    """
                    CREATE TABLE secret_fingerprints (
                        environment TEXT NOT NULL, bundle TEXT NOT NULL, name TEXT NOT NULL, production BIGINT NOT NULL,
                        fingerprint TEXT NOT NULL, version TEXT, recorded_at BIGINT NOT NULL,
                        PRIMARY KEY (environment, bundle, name))
                    """,
                    """
                    CREATE TABLE secret_rotations (
                        id TEXT PRIMARY KEY, environment TEXT NOT NULL, name TEXT NOT NULL, open BIGINT NOT NULL,
                        document TEXT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL)
                    """,
                    "CREATE INDEX secret_rotations_open ON secret_rotations (open, environment)",
                ]
            }, keyMigration,
        ])

    /// A value that a bundle was made with.
    package struct Entry: Sendable, Equatable {
        package var name: String
        package var fingerprint: String
        package var version: String?
        /// When this environment was first given this value.
        package var since: Timestamp
    }

    let database: any Database

    package init(database: any Database) { self.database = database }

    package func record(
        _ values: [String: ResolvedSecret], key: InstallationKey, environment: Environment, bundle: Digest,
        now: Timestamp
    ) async throws {
        let rows = values.map { ($0.key, key.fingerprint($0.value.value), $0.value.version) }
        let (name, isProduction) = (environment.name, environment.kind == .production)
        try await database.write { connection in
            for (secret, fingerprint, version) in rows {
                try connection.execute(
                    """
                    INSERT INTO secret_fingerprints
                        (environment, bundle, name, production, fingerprint, version, recorded_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (environment, bundle, name) DO NOTHING
                    """,
                    [
                        name, bundle.text, secret, Int64(isProduction ? 1 : 0), fingerprint, version, now.microseconds,
                    ])
            }
        }
    }

    /// What the environments other than this one run, or keep warm.
    package func elsewhere(than environment: String) async throws -> [KnownFingerprint] {
        try await database.read { connection in
            let names = try connection.query(
                "SELECT DISTINCT environment FROM secret_fingerprints WHERE environment <> ? ORDER BY environment",
                [environment])
            var found: [KnownFingerprint] = []
            for name in try names.map({ try $0.get("environment", as: String.self) }) {
                let row = try EnvironmentRecord.row(name, connection)
                for bundle in [row.current, row.previous].compactMap(\.self) {
                    found += try Self.rows(name, bundle, connection).map { row in
                        KnownFingerprint(
                            environment: name, isProduction: try row.get("production", as: Int64.self) == 1,
                            name: try row.get("name"), fingerprint: try row.get("fingerprint"))
                    }
                }
            }
            return found
        }
    }

    /// What a bundle was made with, by name.
    package func entries(environment: String, bundle: Digest) async throws -> [String: Entry] {
        try await database.read { connection in
            try Self.rows(environment, bundle, connection).reduce(into: [:]) { entries, row in
                let name: String = try row.get("name")
                let fingerprint: String = try row.get("fingerprint")
                let first = try connection.first(
                    """
                    SELECT MIN(recorded_at) AS since FROM secret_fingerprints
                    WHERE environment = ? AND name = ? AND fingerprint = ?
                    """, [environment, name, fingerprint])
                entries[name] = Entry(
                    name: name, fingerprint: fingerprint, version: try row.get("version"),
                    since: Timestamp(microseconds: try first?.get("since") ?? 0))
            }
        }
    }

    private static func rows(_ environment: String, _ bundle: Digest, _ connection: any Connection) throws -> [Row] {
        try connection.query(
            "SELECT * FROM secret_fingerprints WHERE environment = ? AND bundle = ? ORDER BY name",
            [environment, bundle.text])
    }

    // MARK: Rotations

    package func save(_ rotation: Rotation, now: Timestamp) async throws {
        let document = try JSON.text(rotation)
        _ = try await database.write { connection in
            try connection.execute(
                """
                INSERT INTO secret_rotations (id, environment, name, open, document, created_at, updated_at)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (id) DO UPDATE
                SET open = excluded.open, document = excluded.document, updated_at = excluded.updated_at
                """,
                [
                    rotation.id, rotation.environment, rotation.name, Int64(rotation.isOpen ? 1 : 0), document,
                    rotation.createdAt.microseconds, now.microseconds,
                ])
        }
    }

    /// Those that have not ended, the oldest first.
    package func openRotations(environment: String? = nil) async throws -> [Rotation] {
        try await database.read { connection in
            try connection.query("SELECT document FROM secret_rotations WHERE open = 1 ORDER BY created_at, id", [])
                .map(Self.rotation).filter { environment == nil || $0.environment == environment }
        }
    }

    package func rotation(_ id: String) async throws -> Rotation? {
        try await database.read { connection in
            try connection.first("SELECT document FROM secret_rotations WHERE id = ?", [id]).map(Self.rotation)
        }
    }

    private static func rotation(_ row: Row) throws -> Rotation {
        let text: String = try row.get("document")
        return try JSON.decode(Rotation.self, from: Array(text.utf8))
    }
}
