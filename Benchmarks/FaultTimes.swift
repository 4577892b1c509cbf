import Foundation
import TestSupport

/// A release that answers a fifth of its requests with 500, under traffic.
struct FaultTimes {
    let rate = 60
    var time = ""
    var failed = 0
    var sent = 0

    private struct Report: Decodable {
        var requests: Int
        var failed: Int
        var first_failure: Double?
        var last_failure: Double?
    }

    static func measure(programs: String) async throws -> FaultTimes {
        var result = FaultTimes()
        try await Stack.with(programs: programs) { stack in
            try await stack.firstRollout()
            _ = try await stack.release(
                "v2", set: ["UPLOAD_PIPELINE_DRILL_ERROR_RATE=0.2", "UPLOAD_PIPELINE_DRILL_ERROR_AFTER=60"])
            let load = try stack.pipeline([
                "load", "--url", stack.api, "--rps", "\(result.rate)", "--seconds", "300", "--users", "30",
            ])
            let bad = try await stack.tidegate("rollout", "dev", "--release", "v2", "--yes", "--json")
            load.signal(SIGINT)
            let report = try JSONDecoder().decode(Report.self, from: Data(try await load.result().output.utf8))
            guard bad.exit == 5 else { throw Unexpected(what: "the bad rollout", result: bad) }
            result.failed = report.failed
            result.sent = report.requests
            if let first = report.first_failure, let last = report.last_failure {
                result.time = "\((last - first).rounded(1)) s (to the last bad answer)"
            }
        }
        return result
    }
}
