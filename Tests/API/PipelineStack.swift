import Documents
import Foundation
import HTTPClient
import Storage
import TestSupport

/// API, worker and the providers' stand-in, as three processes that share a database and a folder.
struct PipelineStack: Sendable {
    let api: PipelineProcess
    let worker: RunningCommand
    let simulator: RunningCommand
    /// The worker's own listener.
    let workerBase: String
    let providers: String
    let database: any Database
    private var http: HTTPClient { api.http }

    /// - Parameters:
    ///   - changes: variables without their prefix, for both modules.
    ///   - platform: variables with their whole names.
    ///   - waitsForWorker: false when it cannot become ready.
    static func with(
        _ changes: [String: String] = [:], platform: [String: String] = [:], waitsForWorker: Bool = true,
        _ body: (PipelineStack) async throws -> Void
    ) async throws {
        let program = try BuildProducts.path("pipeline")
        let (providerPort, workerPort) = (try freePort(), try freePort())
        let providers = "http://127.0.0.1:\(providerPort)"
        let home = try TemporaryFolder()
        let simulator = try RunningCommand(
            program, ["simulate", "--port", "\(providerPort)", "--state-dir", home.file("stand-in")],
            directory: home.path)
        let usual = ["LLAMAPARSE_URL": providers, "OPENAI_URL": providers]
        let api = try await PipelineProcess.start(usual.merging(changes) { $1 }, platform: platform)
        let environment = api.environment.merging(["UPLOAD_PIPELINE_PORT": "\(workerPort)"]) { $1 }
        let worker = try RunningCommand(program, ["worker"], directory: api.folder.path, environment: environment)
        let database = try Databases.open(address: environment["UPLOAD_PIPELINE_DATABASE_URL"] ?? "")
        let stack = PipelineStack(
            api: api, worker: worker, simulator: simulator, workerBase: "http://127.0.0.1:\(workerPort)",
            providers: providers, database: database)
        let outcome: Result<Void, any Error>
        do {
            let isReady = waitsForWorker ? await stack.isReady() : true
            guard isReady else { throw PipelineProcess.Unready(description: try worker.errors) }
            outcome = .success(try await body(stack))
        } catch { outcome = .failure(error) }
        await database.close()
        try await worker.stop()
        try await api.stop()
        try await simulator.stop()
        withExtendedLifetime(home) {}
        try outcome.get()
    }

    private func isReady() async -> Bool {
        await eventually {
            let reply = try? await http.send(HTTPRequest("GET", "\(workerBase)/health"))
            return reply?.status == 200
        }
    }

    func call(
        _ method: String, _ path: String, token: String? = nil, json: [String: Any]? = nil,
        headers: [(name: String, value: String)] = []
    ) async throws -> Reply {
        try await http.call(method, path, at: api.base, token: token, json: json, headers: headers)
    }

    /// Registers somebody, and logs in.
    func token(_ email: String = "\(UUID().uuidString.lowercased())@example.com") async throws -> String {
        let body = ["email": email, "password": "correct horse"]
        return try await call("POST", "/api/v2/auth/register", json: body).text("access_token")
    }

    /// Announces a document and sends its bytes.
    /// - Returns: what the announcement was answered with.
    func upload(
        _ bytes: [UInt8], name: String = "a.pdf", token: String, headers: [(name: String, value: String)] = []
    ) async throws -> Reply {
        let body: [String: Any] = [
            "filename": name, "bytes_len": bytes.count, "mime": "application/pdf", "sha256": digest(bytes),
        ]
        let reply = try await call("POST", "/api/v2/upload", token: token, json: body, headers: headers)
        guard reply.status == 200 else { return reply }
        let type = [(name: "Content-Type", value: "application/pdf")]
        let put = try await http.send(
            HTTPRequest("PUT", reply.text("signed_url"), headers: type, body: .bytes(bytes)))
        guard put.status == 204 else { throw PipelineProcess.Unready(description: put.text) }
        return reply
    }

    func job(_ id: String) async throws -> JobRecord? {
        try await database.read { try JobList.job(id, on: $0) }
    }

    /// Waits for a job's end, by the database: looking through the API is limited.
    func ends(_ id: String, as state: JobState = .done) async throws -> Bool {
        try await eventually(within: .seconds(40)) {
            guard let job = try await job(id) else { return false }
            return job.state == state
        }
    }

    func setFaults(_ json: String) async throws {
        let request = HTTPRequest("PUT", "\(providers)/_faults", body: .bytes(Array(json.utf8)))
        guard try await http.send(request).status == 200 else {
            throw PipelineProcess.Unready(description: "the stand-in takes no faults")
        }
    }
}
