import Contract
import Crypto
import Documents
import HTTPTypes
import Hummingbird
import Storage

/// Accounts and sessions: register, log in, refresh, log out, who am I.
struct SessionRoutes: Sendable {
    static let loginsPerMinute = 10
    static let passwordLength = 8...200
    static let emailLength = 3...254

    let tokens: Tokens?
    let database: any Database
    let passwords: PasswordThreads
    let refreshLifetime: Duration
    let clock: MicrosecondClock

    var endpoints: [Endpoint] {
        let wrong = Endpoint.Refusal(.unauthorized, "The address, the password or the refresh token is wrong.")
        let busy = Endpoint.Refusal(.tooManyRequests, "Too many log in or register at this moment.")
        let unavailable = Endpoint.Refusal(.serviceUnavailable, "Tokens cannot be made now.")
        return [
            Endpoint(
                .post, "/api/v2/auth/register", "Register, and log in", .open, takes: Credentials.self,
                gives: Session.self, statuses: [.created],
                refuses: [.init(.conflict, "The address is registered already."), busy, unavailable]
            ) { body, _, _ in try await register(try checked(body)) },
            Endpoint(
                .post, "/api/v2/auth/login", "Log in", .open, takes: Credentials.self, gives: Session.self,
                refuses: [
                    wrong,
                    .init(
                        .tooManyRequests, "Too many attempts with this address, or too many who log in at this moment."),
                    unavailable,
                ]
            ) { body, _, _ in try await login(try checked(body)) },
            Endpoint(
                .post, "/api/v2/auth/refresh", "Go on with a session; a refresh token works once", .open,
                takes: RefreshRequest.self, gives: Session.self, refuses: [wrong, unavailable]
            ) { body, _, _ in try await refresh(body.refreshToken) },
            Endpoint(
                .post, "/api/v2/auth/logout", "End the session", .caller(.reader),
                refuses: [.init(.forbidden, "An API key has no session.")]
            ) { _, context in
                try await logout(try context.requireCaller())
            },
            Endpoint(.get, "/api/v2/auth/me", "Who one is", .caller(.reader), gives: Me.self) { _, context in
                try await me(try context.requireCaller())
            },
        ]
    }

    private func register(_ credentials: Credentials) async throws -> Session {
        let hash = try await passwords.run { try Passwords.hash(credentials.password, salt: RandomBytes.make(16)) }
        let user = UserRecord(
            id: RandomBytes.uuid(), email: credentials.email, passwordHash: hash, createdAt: clock())
        guard try await database.write({ connection in try Users.create(user, on: connection) }) else {
            throw APIError(.conflict, "email_taken", "This address is registered already; log in instead.")
        }
        return try await open(user)
    }

    private func login(_ credentials: Credentials) async throws -> Session {
        let now = clock()
        let (decision, user) = try await database.write { connection in
            (
                try RequestLimits.count(
                    "login:\(credentials.email)", limit: Self.loginsPerMinute, window: 60_000_000, now: now,
                    on: connection),
                try Users.find(email: credentials.email, on: connection)
            )
        }
        if case .refused(let seconds) = decision {
            throw APIError.tooMany("Too many attempts to log in; wait a little.", retryAfter: seconds)
        }
        // An unknown address costs as much time as a wrong password.
        let stored = user?.passwordHash ?? "scrypt$16384$8$1$00000000000000000000000000000000$"
        let isRight = try await passwords.run { try Passwords.matches(credentials.password, stored: stored) }
        guard let user, isRight, !user.isDisabled else {
            throw APIError.unauthorized("wrong_credentials", "The address or the password is wrong.")
        }
        return try await open(user)
    }

    /// Uses the token up and makes its successor in one transaction: the session never looks ended in between.
    private func refresh(_ token: String) async throws -> Session {
        let now = clock()
        let next = RefreshText()
        let expiry = now + refreshLifetime.microseconds
        let found = try await database.write { connection -> (UserRecord, String)? in
            guard
                case .accepted(let id, let family) = try RefreshTokens.use(
                    hash: RefreshText.hash(token), now: now, on: connection),
                let user = try Users.find(id: id, on: connection), !user.isDisabled
            else { return nil }
            try RefreshTokens.add(
                hash: next.hash, user: id, family: family, expiresAt: expiry, now: now, on: connection)
            return (user, family)
        }
        guard let (user, family) = found else {
            throw APIError.unauthorized(
                "refresh_refused", "The refresh token is used, expired or unknown; log in again.")
        }
        return try await session(user, family, next, now: now)
    }

    private func logout(_ caller: Caller) async throws {
        let now = clock()
        guard !caller.isKey else {
            throw APIError(.forbidden, "session_needed", "An API key has no session; revoke it instead.")
        }
        try await database.write { connection in
            if let session = caller.session {
                try RefreshTokens.revoke(family: session, now: now, on: connection)
            } else {
                try RefreshTokens.revokeAll(user: caller.id, now: now, on: connection)
            }
        }
    }

    private func me(_ caller: Caller) async throws -> Me {
        let user = try await database.read { connection in try Users.find(id: caller.id, on: connection) }
        return Me(id: caller.id, email: user?.email, role: caller.role.rawValue)
    }

    /// A new session.
    private func open(_ user: UserRecord) async throws -> Session {
        let now = clock()
        let (token, family) = (RefreshText(), RandomBytes.uuid())
        let expiry = now + refreshLifetime.microseconds
        try await database.write { connection in
            try RefreshTokens.add(
                hash: token.hash, user: user.id, family: family, expiresAt: expiry, now: now, on: connection)
        }
        return try await session(user, family, token, now: now)
    }

    private func session(
        _ user: UserRecord, _ family: String, _ refresh: RefreshText, now: Int64
    ) async throws -> Session {
        guard let tokens else {
            throw APIError(.serviceUnavailable, "auth_unconfigured", "Tokens cannot be made here; tell the operators.")
        }
        let access = try await tokens.sign(subject: user.id, role: user.role.rawValue, session: family, now: now)
        return Session(
            accessToken: access, refreshToken: refresh.text, expiresIn: Int(tokens.lifetime.inSeconds),
            user: Me(id: user.id, email: user.email, role: user.role.rawValue))
    }

    private func checked(_ given: Credentials) throws(APIError) -> Credentials {
        let email = given.email.lowercased()
        let parts = email.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), email.utf8.count <= Self.emailLength.upperBound,
            !email.contains(where: \.isWhitespace), email == email.withoutControls
        else { throw APIError.invalid("email", "must be an e-mail address") }
        guard Self.passwordLength.contains(given.password.unicodeScalars.count) else {
            throw APIError.invalid("password", "must have 8 to 200 characters")
        }
        return Credentials(email: email, password: given.password)
    }
}

/// A refresh token, and what is stored of it.
private struct RefreshText: Sendable {
    let text = Hexadecimal.text(RandomBytes.make(32))
    var hash: String { Self.hash(text) }

    static func hash(_ token: String) -> String { Hexadecimal.text(SHA256.hash(data: Array(token.utf8))) }
}

struct Credentials: Described {
    var email: String
    var password: String

    static let example = Credentials(email: "ann@example.com", password: "correct horse")
    static let rules: [String: FieldRule] = [
        "email": .text(
            length: SessionRoutes.emailLength, pattern: #"^[^@\s\x00-\x1f\x7f-\x9f]+@[^@\s\x00-\x1f\x7f-\x9f]+$"#),
        "password": .text(length: SessionRoutes.passwordLength),
    ]
}

struct RefreshRequest: Described {
    var refreshToken: String
    static let example = RefreshRequest(refreshToken: "a")
}

struct Session: Described {
    var accessToken: String
    var refreshToken: String
    var tokenType = "Bearer"
    /// Seconds.
    var expiresIn: Int
    var user: Me

    static let example = Session(accessToken: "a", refreshToken: "b", expiresIn: 900, user: .example)
    static let rules: [String: FieldRule] = ["expiresIn": .integer("Seconds")]
}

struct Me: Described {
    var id: String
    /// A token of another issuer has none.
    var email: String?
    var role: String

    static let example = Me(id: "a", email: "ann@example.com", role: "user")
    static let rules: [String: FieldRule] = ["id": .uuid, "role": .values(UserRole.allCases.map(\.rawValue))]
}
