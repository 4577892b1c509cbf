import Storage

/// What somebody may do, from the least: a reader looks and searches, a user has documents as well, and an admin
/// manages accounts as well.
package enum UserRole: String, Sendable, Codable, CaseIterable, Comparable {
    case reader, user, admin

    /// As the database has it. A role that only a later release knows is read as the least, so that after a rollback whoever
    /// has it still gets in, and can do no more than before.
    package init(stored: String) { self = UserRole(rawValue: stored) ?? .reader }

    package static func < (first: UserRole, second: UserRole) -> Bool { first.rank < second.rank }

    private var rank: Int {
        switch self {
        case .reader: 0
        case .user: 1
        case .admin: 2
        }
    }
}

/// What the database says about the bearer of a token.
package enum AccountStanding: Sendable, Equatable {
    /// No such account: its token comes from another issuer, or from `pipeline token`.
    case unknown
    case active(UserRole)
    case disabled
    /// The session was ended: by logging out, or because a refresh token was used twice.
    case sessionEnded
}

package struct UserRecord: Sendable, Equatable {
    package var id: String
    /// Lower case.
    package var email: String
    package var passwordHash: String
    package var role: UserRole
    package var isDisabled: Bool
    package var createdAt: Int64

    package init(
        id: String, email: String, passwordHash: String, role: UserRole = .user, isDisabled: Bool = false,
        createdAt: Int64
    ) {
        self.id = id
        self.email = email.lowercased()
        self.passwordHash = passwordHash
        self.role = role
        self.isDisabled = isDisabled
        self.createdAt = createdAt
    }

    init(row: Row) throws(DatabaseError) {
        self.init(
            id: try row.get("id"), email: try row.get("email"), passwordHash: try row.get("password_hash"),
            role: UserRole(stored: try row.get("role")), isDisabled: try row.get("disabled", as: Int.self) != 0,
            createdAt: try row.get("created_at"))
    }
}

package enum Users {
    /// Adds a user.
    /// - Returns: false when the address is taken; nothing is then changed.
    package static func create(_ user: UserRecord, on connection: any Connection) throws -> Bool {
        try connection.execute(
            """
            INSERT INTO users (id, email, password_hash, role, disabled, created_at) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (email) DO NOTHING
            """,
            [user.id, user.email, user.passwordHash, user.role.rawValue, user.isDisabled ? 1 : 0, user.createdAt]) == 1
    }

    package static func find(email: String, on connection: any Connection) throws -> UserRecord? {
        try connection.query("SELECT * FROM users WHERE email = ?", [email.lowercased()]).first
            .map { row in try UserRecord(row: row) }
    }

    package static func find(id: String, on connection: any Connection) throws -> UserRecord? {
        try connection.query("SELECT * FROM users WHERE id = ?", [id]).first.map { row in try UserRecord(row: row) }
    }

    package static func all(on connection: any Connection) throws -> [UserRecord] {
        try connection.query("SELECT * FROM users ORDER BY email", []).map { row in try UserRecord(row: row) }
    }

    package struct Page: Sendable, Equatable {
        package var users: [UserRecord]
        package var total: Int
    }

    /// By address.
    package static func page(limit: Int, offset: Int, on connection: any Connection) throws -> Page {
        let rows = try connection.query("SELECT * FROM users ORDER BY email LIMIT ? OFFSET ?", [limit, offset])
        let count = try connection.query("SELECT COUNT(*) AS n FROM users", [])
        return Page(users: try rows.map { row in try UserRecord(row: row) }, total: try count[0].get("n"))
    }

    /// A user, and the session that the token belongs to, if it belongs to one.
    package struct Bearer: Sendable, Hashable {
        package var user: String
        package var session: String?

        package init(user: String, session: String?) {
            self.user = user
            self.session = session
        }
    }

    /// How each of these stands now, in one statement.
    package static func standings(
        of bearers: Set<Bearer>, on connection: any Connection
    ) throws -> [Bearer: AccountStanding] {
        guard !bearers.isEmpty else { return [:] }
        var asked = Array(bearers)
        // Lists of few lengths are few statements, which the server then knows; the last one fills them up.
        while asked.count & (asked.count - 1) != 0 { asked.append(asked[asked.count - 1]) }
        let rows = try connection.query(
            """
            SELECT u.id, u.role, u.disabled, a.column2 AS session,
                (SELECT COUNT(*) FROM refresh_tokens WHERE family = a.column2 AND used_at IS NULL) AS valid_tokens
            FROM (VALUES \(Placeholders.rows(asked.count, of: 2))) AS a
            JOIN users u ON u.id = a.column1
            """, asked.flatMap { [$0.user, $0.session ?? ""] as [any SQLConvertible] })
        let found = try rows.reduce(into: [:]) { found, row in
            found[[try row.get("id", as: String.self), try row.get("session", as: String.self)]] = row
        }
        return try asked.reduce(into: [:]) { standings, bearer in
            let row = found[[bearer.user, bearer.session ?? ""]]
            standings[bearer] = try row.map { row in try standing(row, bearer) } ?? .unknown
        }
    }

    private static func standing(_ row: Row, _ bearer: Bearer) throws -> AccountStanding {
        if try row.get("disabled", as: Int.self) != 0 { return .disabled }
        if bearer.session != nil, try row.get("valid_tokens", as: Int.self) == 0 { return .sessionEnded }
        return .active(UserRole(stored: try row.get("role")))
    }

    /// - Returns: whether there is such a user.
    package static func setRole(_ role: UserRole, of id: String, on connection: any Connection) throws -> Bool {
        try connection.execute("UPDATE users SET role = ? WHERE id = ?", [role.rawValue, id]) == 1
    }

    /// Disables a user, and ends all of the user's sessions.
    /// - Returns: whether there is such a user.
    package static func disable(_ id: String, now: Int64, on connection: any Connection) throws -> Bool {
        try RefreshTokens.revokeAll(user: id, now: now, on: connection)
        return try connection.execute("UPDATE users SET disabled = 1 WHERE id = ?", [id]) == 1
    }
}

extension Users {
    /// Lets a disabled user in again; the user's sessions stay ended.
    /// - Returns: whether there is such a user.
    package static func enable(_ id: String, on connection: any Connection) throws -> Bool {
        try connection.execute("UPDATE users SET disabled = 0 WHERE id = ?", [id]) == 1
    }
}

/// Refresh tokens, stored as hashes only. Each may be used once; all that descend from one login are a family.
package enum RefreshTokens {
    package enum Use: Sendable, Equatable {
        /// The token was good, and is used up. The next one belongs to the same family.
        case accepted(user: String, family: String)
        case unknown
        case expired
        /// It was used before: somebody has stolen it, or the answer was lost. Its whole family is now revoked.
        case reused
    }

    package static func add(
        hash: String, user: String, family: String, expiresAt: Int64, now: Int64, on connection: any Connection
    ) throws {
        try connection.execute(
            """
            INSERT INTO refresh_tokens (token_hash, user_id, family, created_at, expires_at) VALUES (?, ?, ?, ?, ?)
            """, [hash, user, family, now, expiresAt])
    }

    /// Uses a token up.
    package static func use(hash: String, now: Int64, on connection: any Connection) throws -> Use {
        let rows = try connection.query("SELECT * FROM refresh_tokens WHERE token_hash = ?", [hash])
        guard let row = rows.first else { return .unknown }
        let user = try row.get("user_id", as: String.self)
        let family = try row.get("family", as: String.self)
        guard try row.get("expires_at", as: Int64.self) > now else { return .expired }
        let used = try connection.execute(
            "UPDATE refresh_tokens SET used_at = ? WHERE token_hash = ? AND used_at IS NULL", [now, hash])
        guard used == 1 else {
            try revoke(family: family, now: now, on: connection)
            return .reused
        }
        return .accepted(user: user, family: family)
    }

    /// Ends a session (logout).
    package static func revoke(family: String, now: Int64, on connection: any Connection) throws {
        try connection.execute(
            "UPDATE refresh_tokens SET used_at = ? WHERE family = ? AND used_at IS NULL", [now, family])
    }

    package static func revokeAll(user: String, now: Int64, on connection: any Connection) throws {
        try connection.execute(
            "UPDATE refresh_tokens SET used_at = ? WHERE user_id = ? AND used_at IS NULL", [now, user])
    }

    /// Removes what expired before `limit`.
    package static func prune(before limit: Int64, on connection: any Connection) throws {
        try connection.execute("DELETE FROM refresh_tokens WHERE expires_at < ?", [limit])
    }
}
