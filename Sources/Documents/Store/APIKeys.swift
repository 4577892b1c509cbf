import Storage

/// A key that stands for its user until it is revoked. The key itself is never stored, only its hash.
package struct APIKeyRecord: Sendable, Equatable {
    package var id: String
    package var userID: String
    package var name: String
    /// What it may do; never more than its user may.
    package var role: UserRole
    package var createdAt: Int64
    /// To the minute.
    package var lastUsedAt: Int64?
    package var revokedAt: Int64?

    package init(id: String, userID: String, name: String, role: UserRole, createdAt: Int64) {
        self.id = id
        self.userID = userID
        self.name = name
        self.role = role
        self.createdAt = createdAt
    }

    init(row: Row) throws(DatabaseError) {
        id = try row.get("id")
        userID = try row.get("user_id")
        name = try row.get("name")
        role = UserRole(stored: try row.get("role"))
        createdAt = try row.get("created_at")
        lastUsedAt = try row.get("last_used_at")
        revokedAt = try row.get("revoked_at")
    }
}

/// Who a key stands for.
package struct KeyBearer: Sendable, Equatable {
    package var key: APIKeyRecord
    package var user: UserRecord

    /// The key's role, as far as its user still has it.
    package var role: UserRole { min(key.role, user.role) }
}

package enum APIKeys {
    /// How many keys of a user are valid at once.
    package static let maximum = 20
    /// How exactly the last use is known: a write for every request would cost more than it tells.
    static let useInterval: Int64 = 60_000_000

    /// Adds a key.
    /// - Parameter hash: of the key, in hex.
    /// - Returns: false when the user has as many as may be; nothing is then changed.
    package static func create(_ key: APIKeyRecord, hash: String, on connection: any Connection) throws -> Bool {
        if connection.dialect == .postgresql {
            // Two at once would both see the last free place.
            _ = try connection.query("SELECT id FROM users WHERE id = ? FOR UPDATE", [key.userID])
        }
        let valid = try connection.query(
            "SELECT COUNT(*) AS n FROM api_keys WHERE user_id = ? AND revoked_at IS NULL", [key.userID])
        guard try valid[0].get("n", as: Int.self) < maximum else { return false }
        try connection.execute(
            "INSERT INTO api_keys (id, user_id, name, role, key_hash, created_at) VALUES (?, ?, ?, ?, ?, ?)",
            [key.id, key.userID, key.name, key.role.rawValue, hash, key.createdAt])
        return true
    }

    /// A user's keys, newest first, the revoked ones among them.
    package static func all(user: String, on connection: any Connection) throws -> [APIKeyRecord] {
        try connection.query("SELECT * FROM api_keys WHERE user_id = ? ORDER BY created_at DESC, id", [user])
            .map { row in try APIKeyRecord(row: row) }
    }

    /// Who holds a key; nil when there is no such key, or it is revoked.
    package static func bearer(hash: String, on connection: any Connection) throws -> KeyBearer? {
        let rows = try connection.query("SELECT * FROM api_keys WHERE key_hash = ? AND revoked_at IS NULL", [hash])
        guard let key = try rows.first.map({ row in try APIKeyRecord(row: row) }),
            let user = try Users.find(id: key.userID, on: connection)
        else { return nil }
        return KeyBearer(key: key, user: user)
    }

    /// Whether a use at `now` is worth a write.
    package static func isUseNews(_ key: APIKeyRecord, now: Int64) -> Bool {
        key.lastUsedAt.map { now - $0 >= useInterval } ?? true
    }

    package static func used(_ id: String, now: Int64, on connection: any Connection) throws {
        try connection.execute("UPDATE api_keys SET last_used_at = ? WHERE id = ?", [now, id])
    }

    /// - Parameter user: only a key of this user; any when nil.
    /// - Returns: whether there was such a key that was valid.
    package static func revoke(
        _ id: String, user: String?, now: Int64, on connection: any Connection
    ) throws -> Bool {
        let owner = user == nil ? "" : " AND user_id = ?"
        let arguments: [any SQLConvertible] = [now, id] + (user.map { [$0] } ?? [])
        return try connection.execute(
            "UPDATE api_keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL\(owner)", arguments) == 1
    }
}

extension DocumentsSchema {
    static let keysAndReplays = [
        """
        CREATE TABLE api_keys (
            id TEXT PRIMARY KEY, user_id TEXT NOT NULL, name TEXT NOT NULL, role TEXT NOT NULL,
            key_hash TEXT NOT NULL UNIQUE, created_at BIGINT NOT NULL, last_used_at BIGINT, revoked_at BIGINT)
        """,
        "CREATE INDEX api_keys_by_user ON api_keys (user_id)",
        // How often the same delivery came again.
        "ALTER TABLE webhook_deliveries ADD COLUMN replays BIGINT NOT NULL DEFAULT 0",
    ]
}
