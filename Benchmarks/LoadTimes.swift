import Foundation
import TestSupport

/// A healthy rollout and a rollback under traffic that no request of which may be lost.
struct LoadTimes {
    let rate = 500
    var sent = 0
    var failed = 0
    /// Milliseconds.
    var p50 = 0.0
    var p99 = 0.0

    private struct Report: Decodable {
        var requests: Int
        var failed: Int
        var p50: Double
        var p99: Double
    }

    static func measure(programs: String) async throws -> LoadTimes {
        var result = LoadTimes()
        try await Stack.with(programs: programs) { stack in
            try await stack.firstRollout()
            _ = try await stack.release("v2", set: ["UPLOAD_PIPELINE_LOG_LEVEL=warning"])
            let load = try stack.pipeline([
                "load", "--url", stack.api, "--rps", "\(result.rate)", "--seconds", "300", "--users", "0",
            ])
            for (what, words) in [
                ("the rollout under load", ["rollout", "dev", "--release", "v2", "--yes", "--json"]),
                ("the rollback under load", ["rollback", "dev", "--reason", "benchmark"]),
            ] {
                let command = try await stack.tidegate(words)
                guard command.exit == 0 else { throw Unexpected(what: what, result: command) }
            }
            load.signal(SIGINT)
            let report = try JSONDecoder().decode(Report.self, from: Data(try await load.result().output.utf8))
            (result.sent, result.failed) = (report.requests, report.failed)
            (result.p50, result.p99) = (report.p50, report.p99)
        }
        return result
    }
}

extension Stack {
    /// Rolls `v1` out to where nothing ran.
    func firstRollout() async throws {
        _ = try await release("v1")
        let first = try await tidegate(["rollout", "dev", "--release", "v1", "--yes", "--json"])
        guard first.exit == 0 else { throw Unexpected(what: "the first rollout", result: first) }
    }
}
