import API
import ArgumentParser
import Documents
import Foundation

struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Make an access token for tests; refused in production.",
        discussion: "Reads UPLOAD_PIPELINE_ENVIRONMENT, _JWT_SECRET, _JWT_ISSUER, _JWT_AUDIENCE and _ACCESS_TOKEN_TTL.")

    @Option(help: "The user's UUID; a new one by default.") var user: String?
    @Option(help: "The role.") var role = UserRole.user

    func run() async throws {
        let settings = try TestTokenSettings.load(
            module: "token command", environment: ProcessInfo.processInfo.environment)
        guard let tokens = await Tokens(settings: settings.tokens) else {
            throw ValidationError("UPLOAD_PIPELINE_JWT_SECRET holds no key.")
        }
        let id = user ?? RandomBytes.uuid()
        guard UUIDBytes(id) != nil else { throw ValidationError("\(id) is not a UUID.") }
        print(try await tokens.sign(subject: id, role: role.rawValue, session: nil, now: WallClock.microseconds()))
    }
}
