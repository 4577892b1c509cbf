import API
import Crypto
import Documents
import Foundation
import HTTPClient
import TestSupport

/// `pipeline api` as a process of its own, with SQLite and files on disk; its providers cannot be reached.
struct PipelineProcess: Sendable {
    struct Unready: Error { let description: String }

    let base: String
    let folder: TemporaryFolder
    let http: HTTPClient
    let command: RunningCommand
    let environment: [String: String]

    /// - Parameters:
    ///   - changes: variables without their prefix.
    ///   - platform: variables with their whole names.
    static func start(_ changes: [String: String] = [:], platform: [String: String] = [:]) async throws
        -> PipelineProcess
    {
        let folder = try TemporaryFolder()
        let program = try BuildProducts.path("pipeline")
        let port = try freePort()
        let environment = [
            "ENVIRONMENT": "test", "DATABASE_URL": "sqlite:\(folder.file("db.sqlite"))",
            "STORAGE": "disk:\(folder.file("files"))", "JWT_SECRET": RunningAPI.secret, "PORT": "\(port)",
            "LLAMAPARSE_API_KEY": "key", "OPENAI_API_KEY": "key", "LLAMAPARSE_URL": "http://127.0.0.1:1",
            "OPENAI_URL": "http://127.0.0.1:1", "LOG_LEVEL": "error",
        ].merging(changes) { $1 }.reduce(into: platform) { $0["UPLOAD_PIPELINE_" + $1.key] = $1.value }
        let migrated = try await RunningCommand(
            program, ["migrate"], directory: folder.path, environment: environment
        ).result()
        guard migrated.exit == 0 else { throw Unready(description: migrated.errors) }
        let command = try RunningCommand(program, ["api"], directory: folder.path, environment: environment)
        let server = PipelineProcess(
            base: "http://127.0.0.1:\(port)", folder: folder, http: HTTPClient(name: "test"), command: command,
            environment: environment)
        let isReady = await eventually {
            let reply = try? await server.http.send(HTTPRequest("GET", "\(server.base)/health"))
            return reply?.status == 200
        }
        guard isReady else { throw Unready(description: try command.errors) }
        return server
    }

    func stop() async throws {
        http.close()
        try await command.stop()
    }

    func token() async throws -> String {
        var reader = SettingsReader(environment: environment)
        return try await Tokens(settings: TokenSettings(from: &reader))!.sign(
            subject: RandomBytes.uuid(), role: "user", session: nil, now: WallClock.microseconds())
    }

    /// - Returns: the job.
    func announce(sha256: String, token: String, bytes: Int = 3) async throws -> String {
        try await announcement(sha256: sha256, token: token, bytes: bytes).text("job_id")
    }

    func announcement(sha256: String, token: String, bytes: Int) async throws -> Reply {
        let body: [String: Any] = [
            "filename": "a.pdf", "bytes_len": bytes, "mime": "application/pdf", "sha256": sha256,
        ]
        return Reply(
            response: try await http.send(
                HTTPRequest(
                    "POST", "\(base)/api/v2/upload",
                    headers: [
                        (name: "Authorization", value: "Bearer \(token)"),
                        (name: "Content-Type", value: "application/json"),
                    ], body: .bytes(Array(try JSONSerialization.data(withJSONObject: body))))))
    }

    /// What of it is in memory now.
    func residentKilobytes() throws -> Int { try field("VmRSS:") }

    /// The most that ever was.
    func peakKilobytes() throws -> Int { try field("VmHWM:") }

    private func field(_ name: String) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(command.pid)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix(name) }
        return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0
    }
}

/// SHA-256 in hex, as an upload is announced with.
func digest(_ bytes: [UInt8]) -> String { SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined() }
