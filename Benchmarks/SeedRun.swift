import Foundation
import SimulatedWorld

/// The engine in many simulated worlds, and what that took.
struct SeedRun {
    let seeds: Seeds
    let isTraced: Bool

    init(_ words: [String]) throws {
        guard words.count == 4, let count = Int(words[0]), let first = UInt64(words[1]),
            let mode = Simulation.Mode(rawValue: words[2])
        else { throw WrongUse(word: words.joined(separator: " ")) }
        seeds = Seeds(first: first, count: count, mode: mode)
        isTraced = words[3] == "1"
    }

    /// Whether all of them ended as they should.
    func run() async throws -> Bool {
        let (start, processor) = (ContinuousClock.now, EngineCosts.processorSeconds)
        let failures = try await seeds.failures()
        for failure in failures {
            if isTraced { print(failure.trace.joined(separator: "\n")) }
            print("seed \(failure.seed): \(failure.text)")
            print("to see it again: make simulate MODE=\(seeds.mode) FIRST=\(failure.seed) SEEDS=1 TRACE=1")
        }
        let (seconds, spent) = ((ContinuousClock.now - start) / .seconds(1), EngineCosts.processorSeconds - processor)
        print(
            "\(seeds.mode): \(seeds.count) seeds from \(seeds.first), \(failures.count) failures, in \(seconds.rounded(0)) s, "
                + "\((spent / Double(max(1, seeds.count)) * 1_000).rounded(1)) ms of processor time each")
        return failures.isEmpty
    }
}
