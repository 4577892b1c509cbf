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

    @Test func `seed 253: a rollout asked for again after its answer was lost is the one that was begun`() async throws
    {
        // The engine died when it had recorded the request; asked again, it did the same once more.
        try await passes(253)
    }

    @Test func `seed 393: a split that nobody answered is left alone while the old instances are made sure of`()
        async throws
    {
        // Meanwhile the refresh put it in force again, and gave the release that was being taken back its traffic.
        try await passes(393)
    }

    @Test func `seed 222: what was done in time is recorded before the deadline that passed while the disk was full`()
        async throws
    {
        // Instances were ready, and a good release was taken back for not having been.
        try await passes(222, Scenario.random(222))
    }

    @Test
    func `seed 339: an instance that leaves first is withdrawn, though the answer to the rollout's request was lost`()
        async throws
    {
        // Meanwhile the steward had left the environment to the rollout, and with it the knowledge of its splits.
        try await passes(339, Scenario.random(339))
    }

    @Test func `duel 1: a rollout's lease is given back when nothing of it is on its way any more`() async throws {
        // A refresh of the split arrived while the other engine had the lease.
        try await passes(Scenario.random(1), Disturbance.duel(1))
    }

    @Test func `duel 132: an engine that comes back after another's rollout knows nothing of the splits of its own`()
        async throws
    {
        // It put the weights in force that its own rollout had when it was cut off, and the new release lost its traffic.
        try await passes(Scenario.random(132), Disturbance.duel(132))
    }

    @Test func `seed 1049: a step that was interrupted has the time that it takes again`() async throws {
        // After a step of the clock and two kills it had forty seconds for a bake of twenty that another step began anew.
        try await passes(1049, Scenario.random(1049))
    }

    @Test func `seed 1672: a deadline that passes while nothing can be recorded counts anew`() async throws {
        // The disk was full for two minutes, in which no look could be had, and a good release was taken back.
        try await passes(1672, Scenario.random(1672))
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

    private func passes(_ seed: UInt64, _ scenario: Scenario? = nil) async throws {
        try await passes(scenario ?? Scenario.plain(seed), Disturbance.random(seed))
    }

    private func passes(_ scenario: Scenario, _ disturbance: Disturbance) async throws {
        let failure = try await Simulation.onThread { Simulation.failure(scenario, disturbance).map(\.text) }
        #expect(failure == nil)
    }
}
