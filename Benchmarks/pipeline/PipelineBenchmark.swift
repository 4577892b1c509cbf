import Foundation
import HTTPClient
import TestSupport

/// The bundled pipeline beside what a team would write in Python, on one machine and one PostgreSQL: its API beside FastAPI
/// on uvicorn, its queue beside procrastinate and PgQueuer.
struct PipelineBenchmark {
    /// The folder of `pipeline`.
    var programs: String
    /// The folder of a Python with the peers in it.
    var peers: String
    /// The folder of this file, with the scripts.
    var scripts: String

    func measure() async throws {
        let server = try await PostgresServer.own()
        try await api(server)
        print("")
        try await queues(server)
    }

    private func api(_ server: PostgresServer) async throws {
        let rounds = 3
        var times = try await HTTPTimes(programs: programs, peers: peers, scripts: scripts, postgres: server)
        let rows = try await times.measure(rounds: rounds)
        print(
            "| \(HTTPTimes.connections) connections, median of \(rounds) × \(HTTPTimes.seconds) s | Tidegate's API | FastAPI |"
        )
        print("|---|---|---|")
        for row in rows {
            print("| \(row.what), requests a second | \(row.own.rate.rounded(0)) | \(row.peer.rate.rounded(0)) |")
            print(
                "| of them failed | \(row.own.failed) of \(row.own.requests) | \(row.peer.failed) of \(row.peer.requests) |"
            )
            print("| mean, p95 and p99 | \(row.own.times) | \(row.peer.times) |")
        }
        print("| memory afterwards (PSS) | \(times.memory.own.rounded(1)) MB | \(times.memory.peer.rounded(1)) MB |")
        try await steady(times)
        try await endpoints(times)
        try await times.stop()
    }

    /// Both at a rate that one of them may not bear.
    private func steady(_ times: HTTPTimes) async throws {
        let (rate, seconds) = (1_000, 20)
        let (own, peer) = try await times.load(rate: rate, seconds: seconds)
        print("\n| \(rate) requests a second for \(seconds) s, a third of them announcing | Tidegate's API | FastAPI |")
        print("|---|---|---|")
        print("| failed | \(own.failed) of \(own.requests) | \(peer.failed) of \(peer.requests) |")
        for (name, figure) in [("p50", \LoadFigures.p50), ("p95", \.p95), ("p99", \.p99)] {
            print("| \(name) | \(own[keyPath: figure].rounded(1)) ms | \(peer[keyPath: figure].rounded(1)) ms |")
        }
    }

    private func endpoints(_ times: HTTPTimes) async throws {
        let http = HTTPClient(name: "benchmark")
        defer { http.close() }
        print("\n| One request at a time | Mean, p95 | Asked for |")
        print("|---|---|---|")
        for row in try await EndpointTimes(url: times.url, http: http).measure() {
            print("| \(row.name) | \(row.mean.rounded(1)), \(row.p95.rounded(1)) ms | \(row.asked) ms |")
        }
    }

    private func queues(_ server: PostgresServer) async throws {
        let times = QueueTimes(programs: programs, peers: peers, scripts: scripts, postgres: server)
        let figures = try await times.measure(rounds: 3)
        print("| No-op jobs, median of 3 rounds | Jobs a second | Pickup p50 and p95 |")
        print("|---|---|---|")
        for figure in figures {
            let pickup = figure.pickup.sorted()
            let (p50, p95) = (pickup[pickup.count / 2], pickup[pickup.count * 95 / 100])
            print("| \(figure.name) | \(figure.rate.rounded(0)) | \(p50.rounded(1)) ms, \(p95.rounded(1)) ms |")
        }
    }
}

extension PostgresServer {
    /// The address of a new database of that name.
    func create(_ name: String) async throws -> String {
        let command = try RunningCommand(
            "/usr/bin/psql", ["-X", "-q", "-d", address, "-c", "CREATE DATABASE \(name)"], directory: "/tmp")
        let result = try await command.result()
        guard result.exit == 0 else { throw Unexpected(what: "CREATE DATABASE \(name)", result: result) }
        return address(name)
    }
}

extension Array where Element == Double {
    var median: Double { sorted()[count / 2] }
}
