import Foundation
import HTTPClient
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct `The pipeline's executable` {
    private let folder: TemporaryFolder
    private let program: String

    init() throws {
        folder = try TemporaryFolder()
        program = try BuildProducts.path("pipeline")
    }

    @Test(arguments: ["api", "worker", "migrate", "token"])
    func `ends with 2 and one sentence when variables are missing`(_ command: String) async throws {
        let result = try await run([command])
        #expect(result.exit == 2)
        #expect(result.errors.contains("is missing"))
        #expect(result.errors.split(separator: "\n").count == 1)
    }

    @Test func `ends with 98 and the port's number when the port is taken`() async throws {
        let port = try freePort()
        #expect(try await run(["migrate"], variables(port)).exit == 0)
        let first = try RunningCommand(program, ["api"], directory: folder.path, environment: variables(port))
        #expect(await isServing(port))
        let second = try await run(["api"], variables(port))
        #expect(second.exit == 98)
        #expect(second.errors.contains("\(port)"))
        try await first.stop()
    }

    @Test func `answers what is in flight after SIGTERM, and ends with 0`() async throws {
        let port = try freePort()
        #expect(try await run(["migrate"], variables(port)).exit == 0)
        let slow = variables(port).merging(["UPLOAD_PIPELINE_DRILL_LATENCY": "4s"]) { $1 }
        let api = try RunningCommand(program, ["api"], directory: folder.path, environment: slow)
        #expect(await isServing(port))
        let http = HTTPClient(name: "test")
        async let answer = http.send(HTTPRequest("GET", "http://127.0.0.1:\(port)/api/v2/upload/limits"))
        // The slow request and the one that asks, whose connection is idle afterwards.
        #expect(
            await eventually {
                let metrics = try? await http.send(HTTPRequest("GET", "http://127.0.0.1:\(port)/metrics"))
                return metrics?.text.contains(
                    #"http_server_active_requests{http_request_method="GET",url_scheme="http"} 2"#) == true
            })
        api.signal(SIGTERM)
        #expect(try await answer.status == 200)
        #expect(try await api.result().exit == 0)
        http.close()
    }

    @Test func `makes test tokens, but not in production`() async throws {
        let token = try await run(["token"], variables(1))
        #expect(token.exit == 0)
        #expect(token.output.split(separator: ".").count == 3)
        let refused = try await run(
            ["token"], variables(1).merging(["UPLOAD_PIPELINE_ENVIRONMENT": "production"]) { $1 })
        #expect(refused.exit == 2)
        #expect(refused.output.isEmpty)
    }

    @Test func `counts every request of a load, and those that find nobody`() async throws {
        let port = try freePort()
        #expect(try await run(["migrate"], variables(port)).exit == 0)
        let api = try RunningCommand(program, ["api"], directory: folder.path, environment: variables(port))
        #expect(await isServing(port))
        let load = ["load", "--url", "http://127.0.0.1:\(port)", "--rps", "50", "--seconds", "1"]
        let good = try await run(load + ["--users", "1"])
        #expect(good.exit == 0)
        #expect(good.output.contains(#""failed":0"#))
        #expect(good.output.contains(#""requests":50"#))
        try await api.stop()
        let bad = try await run(load)
        #expect(bad.exit == 4)
        #expect(bad.output.contains(#""no connection":50"#))
    }

    private func run(_ arguments: [String], _ environment: [String: String] = [:]) async throws -> CommandResult {
        try await RunningCommand(program, arguments, directory: folder.path, environment: environment).result()
    }

    private func isServing(_ port: Int) async -> Bool {
        let http = HTTPClient(name: "probe")
        defer { http.close() }
        return await eventually {
            let reply = try? await http.send(HTTPRequest("GET", "http://127.0.0.1:\(port)/health"))
            return reply?.status == 200
        }
    }

    private func variables(_ port: Int) -> [String: String] {
        [
            "ENVIRONMENT": "test", "DATABASE_URL": "sqlite:\(folder.file("state/db.sqlite"))",
            "STORAGE": "disk:\(folder.file("files"))", "JWT_SECRET": RunningAPI.secret, "PORT": "\(port)",
            "LLAMAPARSE_API_KEY": "key", "OPENAI_API_KEY": "key", "LLAMAPARSE_URL": "http://127.0.0.1:1",
            "OPENAI_URL": "http://127.0.0.1:1",
        ].reduce(into: [:]) { $0["UPLOAD_PIPELINE_" + $1.key] = $1.value }
    }
}
