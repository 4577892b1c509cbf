import Testing

@testable import SimulatedWorld

/// The real engine against a world that a seed decides: some seeds here, thousands by `make simulate`, which compiles the
/// same code for speed.
@Suite(.timeLimit(.minutes(5))) struct SimulationTests {
    @Test(arguments: [Simulation.Mode.storm])
    func `every rollout ends as it should, whatever happens to its engine`(mode: Simulation.Mode) async throws {
        for failure in try await Seeds(first: 1, count: 20, mode: mode).failures() {
            let again = "make simulate MODE=\(mode) FIRST=\(failure.seed) SEEDS=1 TRACE=1"
            Issue.record("seed \(failure.seed): \(failure.text)\n\(again)")
        }
    }
}
