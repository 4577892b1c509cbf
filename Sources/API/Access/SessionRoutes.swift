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

    let tokens: Tokens?
    let database: any Database
    let refreshLifetime: Duration
    let clock: MicrosecondClock

    private struct Credentials: Decodable {
        var email: String
        var password: String
    }

    private struct RefreshRequest: Decodable { var refreshToken: String }

    private struct Session: Encodable {
        var accessToken: String
        var refreshToken: String
        var tokenType = "Bearer"
        var expiresIn: Int
        var user: User
    }

    private struct User: Encodable {
        var id: String
        var email: String?
        var role: String
    }

    func add(open: RouterGroup<APIContext>, guarded: RouterGroup<APIContext>) {
        open.post("/auth/register") { request, _ in try await register(request) }
        open.post("/auth/login") { request, _ in try await login(request) }
        open.post("/auth/refresh") { request, _ in try await refresh(request) }
        guarded.post("/auth/logout") { _, context in try await logout(try context.requireCaller()) }
        guarded.get("/auth/me") { _, context in try await me(try context.requireCaller()) }
    }

    private func register(_ request: Request) async throws -> Response {
        let credentials = try await credentials(request)
        let user = UserRecord(
            id: RandomBytes.uuid(), email: credentials.email,
            passwordHash: try Passwords.hash(credentials.password, salt: RandomBytes.make(16)), createdAt: clock())
        guard try await database.write({ connection in try Users.create(user, on: connection) }) else {
            throw APIError(.conflict, "email_taken", "This address is registered already; log in instead.")
        }
        return try await open(user, family: RandomBytes.uuid(), status: .created)
    }

    private func login(_ request: Request) async throws -> Response {
        let credentials = try await credentials(request)
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
        let isRight = try Passwords.matches(credentials.password, stored: stored)
        guard let user, isRight, !user.isDisabled else {
            throw APIError.unauthorized("wrong_credentials", "The address or the password is wrong.")
        }
        return try await open(user, family: RandomBytes.uuid())
    }

    private func refresh(_ request: Request) async throws -> Response {
        let token = try await Answer.decode(RefreshRequest.self, from: request).refreshToken
        let now = clock()
        let found = try await database.write { connection -> (UserRecord, String)? in
            guard
                case .accepted(let id, let family) = try RefreshTokens.use(
                    hash: Self.hash(token), now: now, on: connection)
            else { return nil }
            return try Users.find(id: id, on: connection).map { ($0, family) }
        }
        guard let (user, family) = found, !user.isDisabled else {
            throw APIError.unauthorized(
                "refresh_refused", "The refresh token is used, expired or unknown; log in again.")
        }
        return try await open(user, family: family)
    }

    private func logout(_ caller: Caller) async throws -> Response {
        let now = clock()
        try await database.write { connection in
            if let session = caller.session {
                try RefreshTokens.revoke(family: session, now: now, on: connection)
            } else {
                try RefreshTokens.revokeAll(user: caller.id, now: now, on: connection)
            }
        }
        return Response(status: .noContent)
    }

    private func me(_ caller: Caller) async throws -> Response {
        let user = try await database.read { connection in try Users.find(id: caller.id, on: connection) }
        return try Answer.json(User(id: caller.id, email: user?.email, role: user?.role.rawValue ?? caller.role))
    }

    private func open(
        _ user: UserRecord, family: String, status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        guard let tokens else {
            throw APIError(.serviceUnavailable, "auth_unconfigured", "Tokens cannot be made here; tell the operators.")
        }
        let now = clock()
        let refreshToken = Hexadecimal.text(RandomBytes.make(32))
        let expiry = now + refreshLifetime.microseconds
        try await database.write { connection in
            try RefreshTokens.add(
                hash: Self.hash(refreshToken), user: user.id, family: family, expiresAt: expiry, now: now,
                on: connection)
        }
        let access = try await tokens.sign(subject: user.id, role: user.role.rawValue, session: family, now: now)
        return try Answer.json(
            Session(
                accessToken: access, refreshToken: refreshToken, expiresIn: Int(tokens.lifetime.inSeconds),
                user: User(id: user.id, email: user.email, role: user.role.rawValue)), status: status)
    }

    private func credentials(_ request: Request) async throws -> Credentials {
        var given = try await Answer.decode(Credentials.self, from: request)
        given.email = given.email.lowercased()
        let parts = given.email.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), given.email.utf8.count <= 254,
            !given.email.contains(where: \.isWhitespace)
        else { throw APIError.invalid("email", "must be an e-mail address") }
        guard Self.passwordLength.contains(given.password.utf8.count) else {
            throw APIError.invalid("password", "must have 8 to 200 bytes")
        }
        return given
    }

    private static func hash(_ token: String) -> String { Hexadecimal.text(SHA256.hash(data: Array(token.utf8))) }
}
