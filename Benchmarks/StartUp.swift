import Foundation
import TestSupport

/// How long commands take that need no control plane.
struct StartUp {
    let runs = 30
    var validate: String
    var version: String

    static func measure(programs: String) async throws -> StartUp {
        let stack = try Stack(programs: programs)
        return StartUp(
            validate: try await median(stack, ["validate"]),
            version: try await median(stack, ["doctor", "--help"]))
    }

    private static func median(_ stack: Stack, _ arguments: [String]) async throws -> String {
        var times: [Double] = []
        for _ in 0..<31 {
            let start = ContinuousClock.now
            _ = try await stack.tidegate(arguments)
            let elapsed = ContinuousClock.now - start
            times.append(Double(elapsed.components.attoseconds) / 1e15 + Double(elapsed.components.seconds) * 1e3)
        }
        // The first run fills the page cache.
        let sorted = times.dropFirst().sorted()
        return "\(sorted[sorted.count / 2].rounded(1)) ms"
    }
}
