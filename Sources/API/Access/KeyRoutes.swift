import Documents
import HTTPTypes
import Hummingbird
import Storage

/// A user's API keys: made, listed, revoked. Only a session may do so: a key that is lost cannot make others.
struct KeyRoutes: Sendable {
    static let nameLength = 1...80

    let database: any Database
    let clock: MicrosecondClock

    var endpoints: [Endpoint] {
        [
            Endpoint(
                .post, "/api/v2/auth/keys", "Make an API key; its text is shown this once", .caller(.user),
                takes: KeyRequest.self, gives: NewKey.self, statuses: [.created],
                refuses: [.init(.conflict, "There are \(APIKeys.maximum) valid keys already.")]
            ) { body, _, context in try await create(body, try Self.session(context)) },
            Endpoint(.get, "/api/v2/auth/keys", "List one's API keys", .caller(.reader), gives: KeyList.self) {
                _, context in try await list(try context.requireCaller())
            },
            Endpoint(
                .delete, "/api/v2/auth/keys/{id}", "Revoke an API key", .caller(.user),
                refuses: [.init(.notFound, "There is no such valid key.")]
            ) { _, context in
                try await revoke(try context.identifier("key"), try Self.session(context))
            },
        ]
    }

    private func create(_ body: KeyRequest, _ caller: Caller) async throws -> NewKey {
        let name = body.name.withoutControls
        guard Self.nameLength.contains(name.unicodeScalars.count) else {
            throw APIError.invalid("name", "must have 1 to 80 characters besides control characters")
        }
        let given = body.role ?? min(caller.role, .user).rawValue
        guard let role = UserRole(rawValue: given) else {
            throw APIError.invalid("role", "must be one of \(UserRole.names)")
        }
        guard role <= caller.role else {
            throw APIError(.forbidden, "role_refused", "A key cannot do more than you may: \(caller.role.rawValue).")
        }
        let text = KeyText.make()
        let now = clock()
        let key = APIKeyRecord(id: RandomBytes.uuid(), userID: caller.id, name: name, role: role, createdAt: now)
        let isMade = try await database.write { connection in
            guard try Users.find(id: key.userID, on: connection) != nil else { return nil as Bool? }
            return try APIKeys.create(key, hash: KeyText.hash(text), on: connection)
        }
        guard let isMade else {
            throw APIError(.forbidden, "no_account", "This token belongs to no account here, so it has no keys.")
        }
        guard isMade else {
            throw APIError(
                .conflict, "too_many_keys", "You have \(APIKeys.maximum) valid keys; revoke one that is not in use.")
        }
        return NewKey(
            id: key.id, name: name, role: role.rawValue, key: text, createdAt: Timestamp.text(microseconds: now))
    }

    private func list(_ caller: Caller) async throws -> KeyList {
        let keys = try await database.read { try APIKeys.all(user: caller.id, on: $0) }
        return KeyList(keys: keys.map(KeySummary.init))
    }

    private func revoke(_ id: String, _ caller: Caller) async throws {
        let now = clock()
        guard try await database.write({ try APIKeys.revoke(id, user: caller.id, now: now, on: $0) }) else {
            throw APIError.notFound("key")
        }
    }

    private static func session(_ context: APIContext) throws(APIError) -> Caller {
        let caller = try context.requireCaller()
        guard !caller.isKey else {
            throw APIError(.forbidden, "session_needed", "An API key cannot make or revoke keys; log in.")
        }
        return caller
    }
}

struct KeyRequest: Described {
    var name: String
    /// `user` unless said otherwise.
    var role: String?

    static let example = KeyRequest(name: "nightly import", role: "user")
    static let rules: [String: FieldRule] = [
        "name": .text("What it is for", length: KeyRoutes.nameLength),
        "role": .values(UserRole.allCases.map(\.rawValue), "No higher than one's own; user by default"),
    ]
}

struct NewKey: Described {
    var id: String
    var name: String
    var role: String
    var key: String
    var createdAt: String

    static let example = NewKey(id: "a", name: "b", role: "user", key: "tgk_…", createdAt: "c")
    static let rules: [String: FieldRule] = [
        "id": .uuid, "key": .text("Use it as a bearer token. It is shown this once"), "createdAt": .time,
        "role": .values(UserRole.allCases.map(\.rawValue)),
    ]
}

struct KeyList: Described {
    var keys: [KeySummary]
    static let example = KeyList(keys: [.example])
}

struct KeySummary: Described {
    var id: String
    var name: String
    var role: String
    var createdAt: String
    var lastUsedAt: String?
    var revokedAt: String?

    static let example = KeySummary(id: "a", name: "b", role: "user", createdAt: "c", lastUsedAt: "d", revokedAt: "e")
    static let rules: [String: FieldRule] = [
        "id": .uuid, "createdAt": .time, "lastUsedAt": .time, "revokedAt": .time,
        "role": .values(UserRole.allCases.map(\.rawValue)),
    ]
}

extension KeySummary {
    init(_ key: APIKeyRecord) {
        self.init(
            id: key.id, name: key.name, role: key.role.rawValue,
            createdAt: Timestamp.text(microseconds: key.createdAt),
            lastUsedAt: key.lastUsedAt.map { Timestamp.text(microseconds: $0) },
            revokedAt: key.revokedAt.map { Timestamp.text(microseconds: $0) })
    }
}
