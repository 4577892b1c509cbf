import Foundation
import HTTPClient
import TestSupport

/// What `pipeline load` prints, as far as it is read here; milliseconds.
struct LoadFigures: Decodable {
    var requests: Int
    var failed: Int
    var p50: Double
    var p95: Double
    var p99: Double
}

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
    private let scripts: String
    private let folder: TemporaryFolder
    private let own: API
    private let peer: API
    private let bundled: BundledPipeline
    private(set) var memory = (own: 0.0, peer: 0.0)

    private struct API {
        var url: String
        var command: RunningCommand
    }

    init(programs: String, peers: String, scripts: String, postgres: PostgresServer) async throws {
        self.scripts = scripts
        folder = try TemporaryFolder()
        bundled = try await BundledPipeline(programs: programs, database: try await postgres.create("tidegate"))
        let api = try await bundled.api()
        own = API(url: api.url, command: api.command)
        peer = try await Self.fastAPI(peers, scripts, folder, try await postgres.create("fastapi"))
        try await seed(peers)
    }

    func stop() async throws {
        for command in [own.command, peer.command] { try await command.stop() }
        try await bundled.stop()
    }

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

    /// Our own API's address.
    var url: String { own.url }

    /// Requests at a constant rate, whatever becomes of those before, by `pipeline load`.
    func load(rate: Int, seconds: Int) async throws -> (own: LoadFigures, peer: LoadFigures) {
        (try await load(own, rate, seconds), try await load(peer, rate, seconds))
    }

    private func load(_ api: API, _ rate: Int, _ seconds: Int) async throws -> LoadFigures {
        let tokens = try String(contentsOfFile: folder.file("tokens"), encoding: .utf8).split(separator: "\n")
        let result = try await bundled.load(
            api.url, tokens.map(String.init), rate: rate, seconds: seconds, connections: 64
        ).result()
        return try JSONDecoder().decode(LoadFigures.self, from: Data(result.output.utf8))
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

    /// As many processes as there are cores, which is how uvicorn uses them.
    private static func fastAPI(
        _ peers: String, _ scripts: String, _ folder: TemporaryFolder, _ database: String
    ) async throws -> API {
        let port = try freePort()
        let variables = ["DATABASE_URL": database, "JWT_SECRET": BundledPipeline.secret]
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
        let url = "http://127.0.0.1:\(port)"
        try await BundledPipeline.serves(url, command)
        return API(url: url, command: command)
    }

    /// Users with tokens that both take, and the same number of jobs at both.
    private func seed(_ peers: String) async throws {
        let command = try RunningCommand(
            "\(peers)/python", ["fastapi_app.py", "tokens", "\(Self.users)"], directory: "\(scripts)/peers",
            environment: ["JWT_SECRET": BundledPipeline.secret])
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
