import Rollouts
import Secrets
import Storage

extension SecretBook {
    /// Everything that was sealed, fingerprinted and given to instances was so under one key. With another, each secret
    /// would look changed and no seal would open, so nothing is begun.
    static let keyMigration = Migration("0002_installation_key") { _ in
        [
            "CREATE TABLE installation_keys (id BIGINT PRIMARY KEY, fingerprint TEXT NOT NULL, recorded_at BIGINT NOT NULL)"
        ]
    }

    /// Records the key when it is the first.
    /// - Throws: `Refusal` (`foreign_key`, exit 3) when another was first.
    package func expect(_ key: InstallationKey, at path: String, now: Timestamp) async throws {
        let mine = key.fingerprint(Secret("installation"))
        let first = try await database.write { connection in
            try connection.execute(
                """
                INSERT INTO installation_keys (id, fingerprint, recorded_at) VALUES (1, ?, ?)
                ON CONFLICT (id) DO NOTHING
                """, [mine, now.microseconds])
            return try connection.first("SELECT fingerprint FROM installation_keys WHERE id = 1")?
                .get("fingerprint", as: String.self)
        }
        guard first == mine else {
            throw Refusal(
                "foreign_key",
                "\(path) is not the key that this state was made with: put back the one from the backup that the rest of "
                    + "the folder comes from. What runs goes on meanwhile. If the key is lost, no sealed secret can be "
                    + "opened any more: move the folder away, and roll out anew.", exit: .unreachable)
        }
    }
}
