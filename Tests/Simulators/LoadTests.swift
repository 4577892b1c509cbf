import Simulators
import TestSupport
import Testing

/// What a load generator says is what every claim that no request was lost rests on.
@Suite(.timeLimit(.minutes(1))) struct `The load generator` {
    private static let good = #"{"job_id":"1","max_file_size_bytes":1}"#

    private func load(_ server: ScriptedServer, requests: Int, connections: Int?) async -> LoadReport {
        let port = Int(server.url.split(separator: ":").last ?? "") ?? 0
        return await LoadGenerator(
            plan: LoadPlan(
                host: "127.0.0.1", port: port, rate: requests, seconds: 1, tokens: [], connections: connections)
        ).run()
    }

    @Test func `keeps connections open, and fills the pool first`() async throws {
        let server = try ScriptedServer { connection in
            while connection.readRequest() != nil { connection.respond(body: Self.good) }
        }
        let report = await load(server, requests: 60, connections: 8)
        #expect(report.requests == 60 && report.failed == 0, "\(report)")
        #expect(report.connections == 8 && server.accepted == 8, "\(report)")
    }

    @Test func `opens a connection for each request where none is to be kept`() async throws {
        let server = try ScriptedServer { connection in
            guard let request = connection.readRequest(), request.headers["connection"] == "close" else { return }
            connection.respond(headers: ["Connection: close"], body: Self.good)
        }
        let report = await load(server, requests: 30, connections: nil)
        #expect(report.requests == 30 && report.failed == 0, "\(report)")
        #expect(server.accepted == 30)
    }

    @Test func `takes another answer than the one asked for, and none at all, for failures, and sends nothing twice`()
        async throws
    {
        let server = try ScriptedServer { connection in
            while let request = connection.readRequest() {
                if request.line.hasPrefix("POST") { return connection.reset() }
                connection.respond(body: "a page of somebody else's")
            }
        }
        let report = await load(server, requests: 30, connections: 4)
        #expect(report.requests == 30 && report.failed == 30, "\(report)")
        #expect(report.by_status["200 with another body"] == 20, "\(report)")
    }
}
