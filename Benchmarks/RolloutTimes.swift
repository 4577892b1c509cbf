import Foundation
import TestSupport

/// A healthy rollout, and what the control plane needs to watch over it.
struct RolloutTimes {
    var bake: Int
    var time: String
    var memory: String

    static func measure(programs: String) async throws -> RolloutTimes {
        var result = RolloutTimes(bake: 0, time: "", memory: "")
        try await Stack.with(programs: programs) { stack in
            try await stack.firstRollout()
            _ = try await stack.release("v2", set: ["UPLOAD_PIPELINE_LOG_LEVEL=debug"])
            let start = ContinuousClock.now
            let second = try await stack.tidegate("rollout", "dev", "--release", "v2", "--yes", "--json")
            let seconds =
                Double((ContinuousClock.now - start).components.seconds)
                + Double((ContinuousClock.now - start).components.attoseconds) / 1e18
            guard second.exit == 0 else { throw Unexpected(what: "the second rollout", result: second) }
            // Two services, three bakes each.
            result.bake = stack.bake * 6
            result.time = "\((seconds - Double(result.bake)).rounded(1)) s"
            result.memory = try memory(stack)
        }
        return result
    }

    private static func memory(_ stack: Stack) throws -> String {
        guard let pid = stack.enginePid() else { return "not running" }
        return "\(try ProcessMemory.megabytes(pid).rounded(1)) MB"
    }
}

struct Unexpected: Error, CustomStringConvertible {
    let what: String
    let result: CommandResult
    var description: String { "\(what) ended with \(result.exit): \(result.output.suffix(2000))\(result.errors)" }
}
