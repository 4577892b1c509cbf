import Foundation
import HTTPClient
import TestSupport

/// The same requests to both APIs in turns, by `wrk`.
struct HTTPTimes {
    struct Report: Decodable {
        var requests: Int
        var microseconds: Int
        var failed: Int
        var mean: Double
        var p95: Double
        var p99: Double

        var rate: Double { Double(requests) / Double(microseconds) * 1e6 }
        var times: String { [mean, p95, p99].map { ($0 / 1_000).rounded(1) }.joined(separator: ", ") + " ms" }
    }

    struct Row {
        var what: String
        var own: Report
        var peer: Report
    }

    static let connections = 32
    static let seconds = 10
    private static let users = 100
    /// Jobs that each user has before anything is measured.
    private static let jobs = 20
    private static let secret = "0123456789abcdef0123456789abcdef0123456789abcdef"

    private let scripts: String
    private let folder: TemporaryFolder
    private let own: API
    private let peer: API
    private let simulators: RunningCommand
    private(set) var memory = (own: 0.0, peer: 0.0)

    private struct API {
        var url: String
        var command: RunningCommand
    }

    init(programs: String, peers: String, scripts: String, postgres: PostgresServer) async throws {
        self.scripts = scripts
        folder = try TemporaryFolder()
        let simulator = try freePort()
        simulators = try RunningCommand(
            "\(programs)/pipeline", ["simulate", "--port", "\(simulator)"], directory: folder.path)
        own = try await Self.own("\(programs)/pipeline", folder, simulator, try await postgres.create("tidegate"))
        peer = try await Self.fastAPI(peers, scripts, folder, try await postgres.create("fastapi"))
        try await seed(peers)
    }

    func stop() async throws { for command in [own.command, peer.command, simulators] { try await command.stop() } }

    mutating func measure(rounds: Int) async throws -> [Row] {
        var rows: [Row] = []
        for (what, script) in [("health", "health"), ("a list of jobs", "list"), ("announcing an upload", "upload")] {
            var (owns, peers): ([Report], [Report]) = ([], [])
            for round in 1...rounds {
                owns.append(try await run(script, own, round))
                peers.append(try await run(script, peer, round))
            }
            rows.append(Row(what: what, own: Self.median(owns), peer: Self.median(peers)))
        }
        memory = (
            try ProcessMemory.megabytes(withChildrenOf: own.command.pid),
            try ProcessMemory.megabytes(withChildrenOf: peer.command.pid)
        )
        return rows
    }

    private static func median(_ reports: [Report]) -> Report {
        reports.sorted { $0.rate < $1.rate }[reports.count / 2]
    }

    private func run(_ script: String, _ api: API, _ round: Int) async throws -> Report {
        let text = try ["\(script).lua", "report.lua"].map {
            try String(contentsOfFile: "\(scripts)/\($0)", encoding: .utf8)
        }
        let path = try folder.write("wrk.lua", text.joined(separator: "\n"))
        let command = try RunningCommand(
            "/usr/bin/wrk",
            ["-t1", "-c\(Self.connections)", "-d\(Self.seconds)s", "--latency", "-s", path, api.url],
            directory: folder.path, environment: ["TOKENS": folder.file("tokens"), "RUN": "\(round)"])
        let result = try await command.result()
        guard let line = result.output.split(separator: "\n").last(where: { $0.hasPrefix("{") }) else {
            throw Unexpected(what: "wrk", result: result)
        }
        return try JSONDecoder().decode(Report.self, from: Data(line.utf8))
    }

    // MARK: Servers

    private static func own(
        _ program: String, _ folder: TemporaryFolder, _ simulator: Int, _ database: String
    ) async throws -> API {
        let port = try freePort()
        let provider = "http://127.0.0.1:\(simulator)"
        let variables = [
            "ENVIRONMENT": "dev", "DATABASE_URL": database, "STORAGE": "disk:\(folder.file("files"))",
            "PORT": "\(port)",
            "JWT_SECRET": "k1:\(secret)", "JWT_ISSUER": "upload-pipeline", "JWT_AUDIENCE": "upload-pipeline",
            "LLAMAPARSE_API_KEY": "key", "LLAMAPARSE_URL": provider, "OPENAI_API_KEY": "key", "OPENAI_URL": provider,
            "MAX_CONCURRENT_JOBS_PER_USER": "1000000", "MAX_UPLOADS_PER_DAY_PER_USER": "1000000",
            "MAX_REQUESTS_PER_HOUR_PER_USER": "1000000000", "LOG_LEVEL": "warning",
        ].reduce(into: [:]) { $0["UPLOAD_PIPELINE_" + $1.key] = $1.value }
        let migration = try RunningCommand(program, ["migrate"], directory: folder.path, environment: variables)
        let migrated = try await migration.result()
        guard migrated.exit == 0 else { throw Unexpected(what: "pipeline migrate", result: migrated) }
        let command = try RunningCommand(program, ["api"], directory: folder.path, environment: variables)
        return try await listening(API(url: "http://127.0.0.1:\(port)", command: command))
    }

    /// As many processes as there are cores, which is how uvicorn uses them.
    private static func fastAPI(
        _ peers: String, _ scripts: String, _ folder: TemporaryFolder, _ database: String
    ) async throws -> API {
        let port = try freePort()
        let variables = ["DATABASE_URL": database, "JWT_SECRET": secret]
        let place = "\(scripts)/peers"
        let schema = try RunningCommand(
            "\(peers)/python", ["fastapi_app.py", "schema"], directory: place, environment: variables)
        let made = try await schema.result()
        guard made.exit == 0 else { throw Unexpected(what: "fastapi_app.py schema", result: made) }
        let workers = ProcessInfo.processInfo.activeProcessorCount
        let command = try RunningCommand(
            "\(peers)/uvicorn",
            [
                "fastapi_app:app", "--port", "\(port)", "--workers", "\(workers)", "--no-access-log", "--log-level",
                "warning",
            ],
            directory: place, environment: variables)
        return try await listening(API(url: "http://127.0.0.1:\(port)", command: command))
    }

    private static func listening(_ api: API) async throws -> API {
        let http = HTTPClient(name: "benchmark")
        defer { http.close() }
        let answers = await eventually(within: .seconds(40)) {
            do { return try await http.send(HTTPRequest("GET", api.url + "/health")).status == 200 } catch {
                return false
            }
        }
        guard answers else { throw Unexpected(what: api.url, result: try await api.command.result()) }
        return api
    }

    /// Users with tokens that both take, and the same number of jobs at both.
    private func seed(_ peers: String) async throws {
        let command = try RunningCommand(
            "\(peers)/python", ["fastapi_app.py", "tokens", "\(Self.users)"], directory: "\(scripts)/peers",
            environment: ["JWT_SECRET": Self.secret])
        let made = try await command.result()
        guard made.exit == 0 else { throw Unexpected(what: "fastapi_app.py tokens", result: made) }
        try folder.write("tokens", made.output)
        let http = HTTPClient(name: "benchmark")
        defer { http.close() }
        for token in made.output.split(separator: "\n") {
            for number in 0..<Self.jobs {
                for api in [own, peer] { try await announce(number, String(token), api, http) }
            }
        }
    }

    private func announce(_ number: Int, _ token: String, _ api: API, _ http: HTTPClient) async throws {
        let digest = String(repeating: "0", count: 60) + String(format: "%04x", number)
        let body = #"{"filename":"seed.pdf","bytes_len":1,"mime":"application/pdf","sha256":"\#(digest)"}"#
        let answer = try await http.send(
            HTTPRequest(
                "POST", api.url + "/api/v2/upload",
                headers: [
                    (name: "Authorization", value: "Bearer \(token)"),
                    (name: "Content-Type", value: "application/json"),
                ], body: .bytes(Array(body.utf8))))
        guard answer.status == 200 else { throw WrongUse(word: "\(api.url) answered \(answer.status) to an upload") }
    }
}
