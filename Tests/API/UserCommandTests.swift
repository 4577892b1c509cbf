import Documents
import Foundation
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct `The command for accounts` {
    private typealias Command = @Sendable ([String]) async throws -> CommandResult

    /// The API with an account, and the command on its database.
    private func with(
        _ body: @Sendable (RunningAPI, RunningAPI.Account, Command) async throws -> Void
    ) async throws {
        let program = try BuildProducts.path("pipeline")
        try await RunningAPI.with { api in
            let ann = try await api.account("ann@example.com")
            let address = api.settings.common.databaseURL.reveal()
            try await body(api, ann) { arguments in
                try await RunningCommand(
                    program, ["user"] + arguments, directory: api.folder.path,
                    environment: ["UPLOAD_PIPELINE_DATABASE_URL": address]
                ).result()
            }
        }
    }

    @Test func `lists them with role and state, and never a password's hash`() async throws {
        try await with { _, ann, user in
            let list = try await user(["list"])
            #expect(list.exit == 0 && list.output == "\(ann.id)  user  active  ann@example.com\n")
            #expect(try await user(["disable", "ann@example.com"]).exit == 0)
            #expect(try await user(["list"]).output == "\(ann.id)  user  disabled  ann@example.com\n")
        }
    }

    @Test func `gives a role that counts from the next request on`() async throws {
        try await with { api, ann, user in
            #expect(try await api.call("GET", "/api/v2/users", token: ann.token).status == 403)
            let given = try await user(["role", "ann@example.com", "admin"])
            #expect(given.exit == 0 && given.output.contains("ann@example.com is admin"))
            #expect(try await api.call("GET", "/api/v2/users", token: ann.token).status == 200)
            #expect(try await user(["role", "ann@example.com", "reader"]).exit == 0)
            #expect(try await api.announce([1], token: ann.token).status == 403)
        }
    }

    @Test func `disables one so that it is refused at once, and lets it in again`() async throws {
        try await with { api, ann, user async throws in
            #expect(try await api.call("GET", "/api/v2/jobs", token: ann.token).status == 200)
            #expect(try await user(["disable", "ann@example.com"]).exit == 0)
            #expect(try await api.call("GET", "/api/v2/jobs", token: ann.token).status == 401)
            #expect(try await login(ann, api) == 401)
            #expect(try await user(["enable", "ann@example.com"]).exit == 0)
            #expect(try await login(ann, api) == 200)
        }
    }

    private func login(_ account: RunningAPI.Account, _ api: RunningAPI) async throws -> Int {
        let body = ["email": account.email, "password": "correct horse"]
        return try await api.call("POST", "/api/v2/auth/login", json: body).status
    }

    @Test(arguments: [
        (["role", "ann@example.com", "root"], "'reader', 'user' or 'admin'"),
        (["role", "bob@example.com", "user"], "pipeline user list"),
        (["disable", "bob@example.com"], "pipeline user list"),
    ])
    func `refuses what is not there, and says what is`(_ arguments: [String], _ says: String) async throws {
        try await with { _, ann, user in
            let refused = try await user(arguments)
            #expect(refused.exit == 64 && refused.errors.contains(says), "\(refused.errors)")
            #expect(try await user(["list"]).output == "\(ann.id)  user  active  ann@example.com\n")
        }
    }
}
