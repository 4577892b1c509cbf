import Documents
import HTTPTypes
import Hummingbird
import Storage

/// What an admin does with accounts.
struct AccountRoutes: Sendable {
    let database: any Database
    let clock: MicrosecondClock

    var endpoints: [Endpoint] {
        [
            Endpoint(
                .get, "/api/v2/users", "List accounts, by address", .caller(.admin), parameters: PageRequest.parameters,
                gives: AccountList.self, refuses: [.init(.unprocessableContent, "A parameter is wrong.")]
            ) { request, _ in
                let asked = try PageRequest(request)
                let page = try await database.read { connection in
                    try Users.page(limit: asked.limit, offset: asked.offset, on: connection)
                }
                return AccountList(
                    users: page.users.map(Account.init),
                    pagination: Pagination(asked, count: page.users.count, total: page.total))
            },
            Endpoint(
                .put, "/api/v2/users/{id}", "Disable an account, or give it another role", .caller(.admin),
                takes: AccountChange.self, gives: Account.self,
                refuses: [
                    .init(.notFound, "There is no such account."),
                    .init(.conflict, "An admin does not lock out himself."),
                ]
            ) { body, _, context in
                try await change(try context.identifier("account"), body, try context.requireCaller())
            },
        ]
    }

    private func change(_ id: String, _ change: AccountChange, _ caller: Caller) async throws -> Account {
        var role: UserRole?
        if let name = change.role {
            role = UserRole(rawValue: name)
            guard role != nil else { throw APIError.invalid("role", "must be one of \(UserRole.names)") }
        }
        guard id != caller.id else {
            throw APIError(.conflict, "own_account", "Somebody else must change your own account.")
        }
        let (now, given) = (clock(), role)
        let user = try await database.write { connection in
            if let given { _ = try Users.setRole(given, of: id, on: connection) }
            switch change.disabled {
            case true?: _ = try Users.disable(id, now: now, on: connection)
            case false?: _ = try Users.enable(id, on: connection)
            case nil: break
            }
            return try Users.find(id: id, on: connection)
        }
        guard let user else { throw APIError.notFound("account") }
        return Account(user)
    }
}

struct AccountList: Described {
    var users: [Account]
    var pagination: Pagination
    static let example = AccountList(users: [.example], pagination: .example)
}

struct Account: Described {
    var id: String
    var email: String
    var role: String
    var disabled: Bool
    var createdAt: String

    static let example = Account(id: "a", email: "b", role: "user", disabled: false, createdAt: "c")
    static let rules: [String: FieldRule] = [
        "id": .uuid, "createdAt": .time, "role": .values(UserRole.allCases.map(\.rawValue)),
    ]
}

extension Account {
    init(_ user: UserRecord) {
        self.init(
            id: user.id, email: user.email, role: user.role.rawValue, disabled: user.isDisabled,
            createdAt: Timestamp.text(microseconds: user.createdAt))
    }
}

struct AccountChange: Described {
    var disabled: Bool?
    var role: String?

    static let example = AccountChange(disabled: true, role: "user")
    static let rules: [String: FieldRule] = ["role": .values(UserRole.allCases.map(\.rawValue))]
}
