import Foundation
import HTTPClient
import TestSupport

/// The bundled pipeline's processes on one database, with limits that nothing here reaches, and stand-ins for its providers.
struct BundledPipeline {
    static let secret = "0123456789abcdef0123456789abcdef0123456789abcdef"

    let folder: TemporaryFolder
    private let program: String
    private let database: String
    private let simulators: RunningCommand
    private let provider: String

    /// Starts the stand-ins, and migrates the database.
    init(programs: String, database: String) async throws {
        folder = try TemporaryFolder()
        program = "\(programs)/pipeline"
        self.database = database
        let port = try freePort()
        provider = "http://127.0.0.1:\(port)"
        simulators = try RunningCommand(program, ["simulate", "--port", "\(port)"], directory: folder.path)
        let migrated = try await run(["migrate"])
        guard migrated.exit == 0 else { throw Unexpected(what: "pipeline migrate", result: migrated) }
    }

    func stop() async throws { try await simulators.stop() }

    /// Starts the API, and returns when it serves.
    func api() async throws -> (url: String, command: RunningCommand) {
        let port = try freePort()
        let url = "http://127.0.0.1:\(port)"
        let command = try start(["api"], port: port)
        try await Self.serves(url, command)
        return (url, command)
    }

    /// Has the stand-in for LlamaParse say the same of each document, instead of starting `pdftotext` for it.
    func parseForFree() async throws {
        let http = HTTPClient(name: "benchmark")
        defer { http.close() }
        let body = Array(#"{"parse_canned":true,"provider":"llamaparse"}"#.utf8)
        let answer = try await http.send(HTTPRequest("PUT", "\(provider)/_faults", body: .bytes(body)))
        guard answer.status == 200 else { throw WrongUse(word: "\(provider) answered \(answer.status)") }
    }

    /// Starts a worker that takes jobs of all buckets.
    /// - Parameter changes: variables without their prefix.
    func worker(_ changes: [String: String] = [:]) throws -> RunningCommand {
        try start(["worker"], port: try freePort(), changes)
    }

    /// An access token of a user of its own.
    func token() async throws -> String {
        let made = try await run(["token"])
        guard made.exit == 0 else { throw Unexpected(what: "pipeline token", result: made) }
        return made.output.trimmingCharacters(in: .newlines)
    }

    func load(
        _ url: String, _ tokens: [String], rate: Int, seconds: Int, connections: Int
    ) throws -> RunningCommand {
        let words = ["load", "--url", url, "--rps", "\(rate)", "--seconds", "\(seconds)"]
        return try RunningCommand(
            program, words + ["--connections", "\(connections)"] + tokens.flatMap { ["--token", $0] },
            directory: folder.path)
    }

    /// Returns when something at `url` says that it is healthy.
    static func serves(_ url: String, _ command: RunningCommand) async throws {
        let http = HTTPClient(name: "benchmark")
        defer { http.close() }
        let answers = await eventually(within: .seconds(40)) {
            do { return try await http.send(HTTPRequest("GET", url + "/health")).status == 200 } catch { return false }
        }
        guard answers else { throw Unexpected(what: url, result: try await command.result()) }
    }

    private func run(_ words: [String]) async throws -> CommandResult {
        try await start(words, port: try freePort()).result()
    }

    private func start(_ words: [String], port: Int, _ changes: [String: String] = [:]) throws -> RunningCommand {
        let variables = [
            "ENVIRONMENT": "dev", "DATABASE_URL": database, "STORAGE": "disk:\(folder.file("files"))",
            "PORT": "\(port)", "JWT_SECRET": "k1:\(Self.secret)", "JWT_ISSUER": "upload-pipeline",
            "JWT_AUDIENCE": "upload-pipeline", "LLAMAPARSE_API_KEY": "key", "LLAMAPARSE_URL": provider,
            "OPENAI_API_KEY": "key", "OPENAI_URL": provider, "OPENAI_REQUESTS_PER_MINUTE": "1000000",
            "OPENAI_TOKENS_PER_MINUTE": "1000000000", "MAX_CONCURRENT_JOBS_PER_USER": "1000000",
            "MAX_UPLOADS_PER_DAY_PER_USER": "1000000", "MAX_REQUESTS_PER_HOUR_PER_USER": "1000000000",
            "LOG_LEVEL": "warning",
        ].merging(changes) { $1 }.reduce(into: [:]) { $0["UPLOAD_PIPELINE_" + $1.key] = $1.value }
        return try RunningCommand(program, words, directory: folder.path, environment: variables)
    }
}
