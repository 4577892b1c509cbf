import Foundation
import Rollouts
import TestSupport
import Testing

/// The real engine against a world that a seed decides. `SIMULATION_SEEDS` sets how many seeds (40), `SIMULATION_FIRST`
/// where they start, `SIMULATION_MODE=duel` runs two engines instead, `SIMULATION_TRACE=1` prints what happened; a
/// failure says how to see it again.
@Suite struct SimulationTests {
    static let variables = ProcessInfo.processInfo.environment
    static let count = Int(variables["SIMULATION_SEEDS"] ?? "") ?? 40
    static let first = UInt64(variables["SIMULATION_FIRST"] ?? "") ?? 1
    static let isTraced = variables["SIMULATION_TRACE"] == "1"

    static let mode = Simulation.Mode(rawValue: variables["SIMULATION_MODE"] ?? "") ?? .storm

    @Test func `every rollout ends as it should, whatever happens to its engine`() async throws {
        let failures = try await Simulation.onThread {
            var failures: [(seed: UInt64, text: String, trace: [String])] = []
            for seed in Self.first..<(Self.first + UInt64(Self.count)) {
                guard let failure = Simulation.failure(seed: seed, Self.mode) else { continue }
                failures.append((seed, failure.text, failure.trace))
                if failures.count >= 10 { break }
            }
            return failures
        }
        for failure in failures {
            if Self.isTraced { print(failure.trace.joined(separator: "\n")) }
            Issue.record(
                "seed \(failure.seed): \(failure.text)\nmake simulate MODE=\(Self.mode) FIRST=\(failure.seed) SEEDS=1 TRACE=1"
            )
        }
        print("\(Self.mode): \(Self.count) seeds from \(Self.first), \(failures.count) failures")
    }
}
