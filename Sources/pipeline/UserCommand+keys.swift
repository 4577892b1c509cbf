import API
import ArgumentParser
import Documents
import Foundation
import Storage

/// An account's API keys.
extension UserCommand {
    struct Keys: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show an account's API keys.")
        @Argument(help: "The account's address.") var email: String

        func run() async throws {
            try await withDatabase { database in
                let id = try await find(email, in: database).id
                for key in try await database.read({ connection in try APIKeys.all(user: id, on: connection) }) {
                    let used = key.lastUsedAt.map { "last used \(Self.time($0))" } ?? "never used"
                    let state = key.revokedAt.map { "revoked \(Self.time($0))" } ?? used
                    print("\(key.id)  \(key.role.rawValue)  \(state)  \(key.name)")
                }
            }
        }

        private static func time(_ microseconds: Int64) -> String {
            Date(timeIntervalSince1970: Double(microseconds / 1_000_000)).formatted(.iso8601)
        }
    }

    struct Key: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make an API key for an account, and print it this once.")
        @Argument(help: "The account's address.") var email: String
        @Argument(help: "What the key is for.") var name: String
        @Option(help: "The key's role; never more than the account's own.") var role = UserRole.user

        func run() async throws {
            let role = role
            try await withDatabase { database in
                let user = try await find(email, in: database)
                guard role <= user.role else {
                    throw ValidationError("\(email) is \(user.role.rawValue), so its keys cannot be \(role.rawValue).")
                }
                let text = KeyText.make()
                let key = APIKeyRecord(
                    id: RandomBytes.uuid(), userID: user.id, name: name, role: role,
                    createdAt: WallClock.microseconds())
                let hash = KeyText.hash(text)
                guard try await database.write({ try APIKeys.create(key, hash: hash, on: $0) }) else {
                    throw ValidationError(
                        "\(email) has \(APIKeys.maximum) valid keys; revoke one: pipeline user keys \(email)")
                }
                print(text)
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Revoke an API key.")
        @Argument(help: "The key's id, as `pipeline user keys` shows it.") var key: String

        func run() async throws {
            try await withDatabase { database in
                let now = WallClock.microseconds()
                guard try await database.write({ try APIKeys.revoke(key, user: nil, now: now, on: $0) }) else {
                    throw ValidationError("There is no valid key \(key); `pipeline user keys EMAIL` shows them.")
                }
                print("\(key) is revoked.")
            }
        }
    }
}
