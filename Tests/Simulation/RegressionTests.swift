import Rollouts
import TestSupport
import Testing

@testable import SimulatedWorld

/// Seeds that found something, each with what it showed.
@Suite(.timeLimit(.minutes(5))) struct RegressionTests {
    @Test
    func `seed 3: an engine killed on the way back asks for the old instances again before it moves work to them`()
        async throws
    {
        // Nobody kept them running or had probed them since: the split was refused ten times, and the rollback failed.
        try await passes(3)
    }

    @Test func `seed 151: a split whose answer was lost is not undone by what was wanted before it`() async throws {
        // The next refresh gave all work back to the release that was being taken away.
        try await passes(151)
    }

    @Test func `seed 138: an engine killed before the preflight watches over what serves`() async throws {
        // An old instance died unseen; the split found nobody ready, and a good release was taken back.
        try await passes(138)
    }

    @Test func `seed 347: what was stopped after its window is not started again by the next engine`() async throws {
        // Killed between the stops of two services, it was followed by one that started both, and then stopped only the other.
        try await passes(347)
    }

    @Test(arguments: [UInt64(8), 9])
    func `a seed replays exactly`(seed: UInt64) async throws {
        let traces = try await Simulation.onThread {
            try (0..<2).map { _ -> [String] in
                var trace: [String] = []
                _ = try Simulation.end(Scenario.random(seed), Disturbance.random(seed), &trace)
                return trace
            }
        }
        #expect(traces[0].count > 20)
        #expect(traces[0] == traces[1])
    }

    private func passes(_ seed: UInt64) async throws {
        let failure = try await Simulation.onThread { Simulation.failure(seed: seed, .storm).map(\.text) }
        #expect(failure == nil)
    }
}
