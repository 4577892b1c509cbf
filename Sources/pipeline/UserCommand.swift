import API
import ArgumentParser
import Documents
import Foundation
import Storage

struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Manage accounts. Reads UPLOAD_PIPELINE_DATABASE_URL.",
        subcommands: [
            List.self, Role.self, Disable.self, Enable.self, Keys.self, Key.self, Revoke.self,
        ])

    /// Runs `body` with the database that the environment names.
    static func withDatabase(_ body: (any Database) async throws -> Void) async throws {
        let settings = try DatabaseSettings.load(
            module: "user command", environment: ProcessInfo.processInfo.environment)
        let database = try Databases.open(address: settings.url.reveal())
        try await body(database)
        await database.close()
    }

    static func find(_ email: String, in database: any Database) async throws -> UserRecord {
        guard let user = try await database.read({ connection in try Users.find(email: email, on: connection) }) else {
            throw ValidationError("There is no account \(email); `pipeline user list` shows all.")
        }
        return user
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show all accounts.")

        func run() async throws {
            try await withDatabase { database in
                for user in try await database.read({ connection in try Users.all(on: connection) }) {
                    print(
                        "\(user.id)  \(user.role.rawValue)  \(user.isDisabled ? "disabled" : "active")  \(user.email)")
                }
            }
        }
    }

    struct Role: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Give an account a role.")
        @Argument(help: "The account's address.") var email: String
        @Argument(help: "The role.") var role: UserRole

        func run() async throws {
            let role = role
            try await withDatabase { database in
                let id = try await find(email, in: database).id
                _ = try await database.write { connection in try Users.setRole(role, of: id, on: connection) }
                print("\(email) is \(role.rawValue) from the next request on.")
            }
        }
    }

    struct Disable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Disable an account: its sessions end, its keys are refused.")
        @Argument(help: "The account's address.") var email: String

        func run() async throws {
            try await withDatabase { database in
                let id = try await find(email, in: database).id
                let now = WallClock.microseconds()
                _ = try await database.write { connection in try Users.disable(id, now: now, on: connection) }
                print("\(email) is disabled; its tokens and keys are refused from now on.")
            }
        }
    }

    struct Enable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let a disabled account in again.")
        @Argument(help: "The account's address.") var email: String

        func run() async throws {
            try await withDatabase { database in
                let id = try await find(email, in: database).id
                _ = try await database.write { connection in try Users.enable(id, on: connection) }
                print("\(email) may log in again; its keys work again.")
            }
        }
    }
}

/// `--help` and refusals name them all.
extension UserRole: ExpressibleByArgument {}
