import Contract
import Crypto
import Documents
import HTTPTypes
import Hummingbird
import Storage

/// Lets only callers with a valid token or key pass, only as far as their role goes, and only as often as they may.
///
/// The database is asked about every caller, so that a disabled user, an ended session or a revoked key is refused
/// with the next request, by every replica. Those who come at the same time are asked about together.
struct Gate: Sendable {
    private let tokens: Tokens?
    private let database: any Database
    private let quota: RequestQuota
    private let clock: MicrosecondClock
    private let standings: GroupDesk<Users.Bearer, AccountStanding>

    init(tokens: Tokens?, database: any Database, quota: RequestQuota, clock: @escaping MicrosecondClock) {
        self.tokens = tokens
        self.database = database
        self.quota = quota
        self.clock = clock
        standings = GroupDesk(most: 100) { bearers in
            let standings = try await database.read(.eachStatement) { connection in
                try Users.standings(of: Set(bearers), on: connection)
            }
            return bearers.map { bearer in
                // Who was not looked at must not pass as somebody whom this database does not know.
                standings[bearer].map { .success($0) } ?? .failure(APIError.internalFailure)
            }
        }
    }

    /// - Parameter role: the least that is needed.
    /// - Throws: `APIError` 401, 403, 429, or 503 when nothing can be verified; `DatabaseError`.
    func admit(_ request: Request, role: UserRole) async throws -> Caller {
        let now = clock()
        let caller = try await caller(try Self.bearer(request), now: now)
        guard caller.role >= role else {
            throw APIError(
                .forbidden, "role_refused", "This needs the role \(role.rawValue); yours is \(caller.role.rawValue).")
        }
        try await quota.spend(caller.id, now: now)
        return caller
    }

    private static func bearer(_ request: Request) throws(APIError) -> String {
        guard let header = request.headers[.authorization] else {
            throw .unauthorized("missing_token", "Send a token: Authorization: Bearer …")
        }
        let parts = header.split(separator: " ")
        guard parts.count == 2, parts[0].lowercased() == "bearer" else {
            throw .unauthorized("token_malformed", "The header Authorization must read: Bearer TOKEN.")
        }
        return String(parts[1])
    }

    private func caller(_ bearer: String, now: Int64) async throws -> Caller {
        if bearer.hasPrefix(KeyText.prefix) { return try await keyHolder(bearer, now: now) }
        guard let tokens else {
            throw APIError(
                .serviceUnavailable, "auth_unconfigured", "Tokens cannot be verified here; tell the operators.")
        }
        var caller = try await tokens.verify(bearer, now: now)
        switch try await standings.ask(.init(user: caller.id, session: caller.session)) {
        case .unknown: break
        case .active(let role): caller.role = role
        case .disabled: throw APIError.disabled
        case .sessionEnded:
            throw APIError.unauthorized("session_ended", "The session of this token has ended; log in again.")
        }
        return caller
    }

    private func keyHolder(_ key: String, now: Int64) async throws -> Caller {
        let hash = KeyText.hash(key)
        guard let bearer = try await database.read(.eachStatement, { try APIKeys.bearer(hash: hash, on: $0) }) else {
            throw APIError.unauthorized("key_unknown", "The API key is unknown or revoked.")
        }
        guard !bearer.user.isDisabled else { throw APIError.disabled }
        if APIKeys.isUseNews(bearer.key, now: now) {
            let id = bearer.key.id
            try await database.write { try APIKeys.used(id, now: now, on: $0) }
        }
        return Caller(id: bearer.user.id, role: bearer.role, isKey: true)
    }
}

/// How API keys look: a prefix by which people and scanners know them, and 256 random bits.
package enum KeyText {
    package static let prefix = "tgk_"

    package static func make() -> String { prefix + Hexadecimal.text(RandomBytes.make(32)) }

    /// What is stored of a key, in hex. Of 256 random bits nobody finds the origin, so a plain hash is enough.
    package static func hash(_ key: String) -> String { Hexadecimal.text(SHA256.hash(data: Array(key.utf8))) }
}
