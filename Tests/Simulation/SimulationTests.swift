import Testing

@testable import SimulatedWorld

/// The real engine against worlds that seeds decide: these here, and any others by `make simulate`.
@Suite(.timeLimit(.minutes(60))) struct SimulationTests {
    @Test func `every rollout ends as it should, whatever happens to its engine`() async throws {
        try await passes(Seeds(first: 1, count: 1800, mode: .storm))
    }

    @Test func `every rollout ends as it should, and never under two hands, where two engines share an environment`()
        async throws
    {
        try await passes(Seeds(first: 1, count: 200, mode: .duel))
    }

    private func passes(_ seeds: Seeds) async throws {
        for failure in try await seeds.failures() {
            let again = "make simulate MODE=\(seeds.mode.rawValue) FIRST=\(failure.seed) SEEDS=1 TRACE=1"
            Issue.record("\(seeds.mode.rawValue) \(failure.seed): \(failure.text)\n\(again)")
        }
    }
}
