import Analysis
import Definitions
import Foundation
import Rollouts
import TestSupport
import Testing

@testable import SimulatedWorld

/// What peers' own tests ask of rollouts (`Cases/rollout_scenarios.json` names each one's source), asked of the real engine,
/// undisturbed and killed now and then. Where a peer ends "Degraded" and keeps the bad copy, ours ends rolled back.
@Suite(.timeLimit(.minutes(5))) struct RolloutScenarioTests {
    private let blueGreen: [StrategyStep] = [.smoke, .weight(100)]

    @Test func `S01 two releases in a row that never become ready leave the old one whole`() async throws {
        // Argo keeps one bad copy and is Degraded; here both are taken back, and nothing of them is left.
        let play = Play(
            replicas: 4, services: ["api"], faults: ["v2": .neverReady("api"), "v3": .neverReady("api")])
        try await play.act { run in
            run.schedule(.start("v2"), at: 5)
            run.once({ $0.ends("r1") }) { run.schedule(.start("v3"), at: 1) }
        } _: { run in
            for release in ["v2", "v3"] {
                let outcome = try run.rollout(release).outcome
                #expect(outcome == .rolledBack)
                #expect(run.count("api", release) == 0)
                #expect(run.requests("api", release) == 0)
            }
            #expect(run.count("api", "v1") == 4)
            #expect(run.weight("api", "v1") == 100)
            let served = run.world.counters[run.place("api", "v1")] ?? (0, 0)
            #expect(served.errors <= served.requests * 0.0011)
        }
    }

    @Test func `S02 a first release that crashes is taken away, and a good one takes its place`() async throws {
        // Argo stays Degraded with v1's copies. With nothing to go back to, ours ends with nothing that serves.
        let play = Play(replicas: 4, services: ["api"], faults: ["v1": .crashes("api")], isFirst: true)
        try await play.act { run in
            run.schedule(.start("v1"), at: 5)
            run.once({ $0.ends("r1") }) { run.schedule(.start("v2"), at: 1) }
        } _: { run in
            let first = try run.rollout("v1").outcome
            #expect(first == .rolledBack)
            let second = try run.rollout("v2").outcome
            #expect(second == .succeeded)
            #expect(run.count("api", "v1") == 0)
            #expect(run.count("api", "v2") == 4)
            #expect(run.weight("api", "v2") == 100)
        }
    }

    @Test func `S02 after a bad first release, a bad second one is taken away as well`() async throws {
        let faults: [String: Fault] = ["v1": .crashes("api"), "v2": .neverReady("api")]
        try await Play(replicas: 4, services: ["api"], faults: faults, isFirst: true).act { run in
            run.schedule(.start("v1"), at: 5)
            run.once({ $0.ends("r1") }) { run.schedule(.start("v2"), at: 1) }
        } _: { run in
            let outcome = try run.rollout("v2").outcome
            #expect(outcome == .rolledBack)
            #expect(run.world.groups.isEmpty)
            let current = try run.current()
            #expect(current == nil)
        }
    }

    @Test func `S04 without evidence either way nothing is promoted, and the deadline's outcome ends it`() async throws
    {
        // Argo pauses as Inconclusive for a person to decide. Ours holds the weight, a person may end it at any time, and
        // an hour beyond the step's time it is rolled back; the release is not blocked, for nothing speaks against it.
        var play = Play(services: ["api"], kills: [0, 2])
        play.weather.darkness = 0...6_000
        try await play.act { run in
            run.schedule(.start("v2"), at: 5)
        } _: { run in
            let rollout = try run.rollout("v2")
            #expect(rollout.outcome == .rolledBack)
            #expect(rollout.turn?.cause == .deadline)
            let blocked = try run.blocked("v2")
            #expect(blocked == nil)
            let weights = try run.entries(rollout).compactMap(\.shift)
            #expect(weights.map(\.percent) == [10, 0])
        }
    }

    @Test func `S05 a blue-green release whose smoke tests fail gets no request, and all of them once they pass`()
        async throws
    {
        // Argo keeps the preview and is Degraded; ours is taken back and blocked until somebody unblocks it.
        try await Play(services: ["api"], steps: blueGreen).act { run in
            run.world.smokeFails = ["v2"]
            run.schedule(.start("v2"), at: 5)
            run.once({ $0.ends("r1") }) { run.schedule(.start("v2"), at: 1) }
            run.once({ $0.ends("r2") }) {
                run.world.smokeFails = []
                run.unblock("v2")
                run.schedule(.start("v2"), at: 1)
            }
        } _: { run in
            let first = try run.rollout("v2")
            #expect(first.outcome == .rolledBack)
            let isUntouched = try run.entries(first).compactMap(\.shift).isEmpty
            #expect(isUntouched)
            let blocked = try run.rollout("v2", 1)
            #expect(blocked.outcome == .refused)
            #expect(blocked.why?.contains("unblock") == true, "\(blocked.why ?? "")")
            let outcome = try run.rollout("v2", 2).outcome
            #expect(outcome == .succeeded)
            #expect(run.weight("api", "v2") == 100)
        }
    }

    @Test func `S07 after an abort the next release goes through without any clean-up`() async throws {
        try await Play(steps: [.smoke, .weight(10), .approve(nil), .weight(100)]).act { run in
            run.schedule(.start("v2"), at: 5)
            run.once({ $0.stage.name == "approving" }) { run.schedule(.abort, at: 0, insists: true) }
            run.once({ $0.ends("r1") }) { run.schedule(.start("v3"), at: 1) }
            run.approves("r2")
        } _: { run in
            let aborted = try run.rollout("v2").outcome
            #expect(aborted == .aborted)
            let outcome = try run.rollout("v3").outcome
            #expect(outcome == .succeeded)
            for service in ["api", "worker"] {
                #expect(run.weight(service, "v3") == 100)
                #expect(run.count(service, "v2") == 0)
            }
        }
    }

    @Test func `S09 what was aborted at its first step begins there again, and goes through when approved`()
        async throws
    {
        try await Play(services: ["api"], steps: [.weight(10), .approve(nil), .weight(100)]).act { run in
            run.schedule(.start("v2"), at: 5)
            run.once({ $0.stage.name == "approving" }) { run.schedule(.abort, at: 0, insists: true) }
            run.once({ $0.ends("r1") }) { run.schedule(.start("v2"), at: 1) }
            run.approves("r2")
        } _: { run in
            let (first, second) = (try run.rollout("v2"), try run.rollout("v2", 1))
            #expect(first.outcome == .aborted)
            let firstWeights = try run.entries(first).compactMap(\.shift).map(\.percent)
            #expect(firstWeights == [10, 0])
            #expect(second.outcome == .succeeded)
            let secondWeights = try run.entries(second).compactMap(\.shift).map(\.percent)
            #expect(secondWeights == [10, 100])
            let types = try run.entries(second).map(\.event.type)
            let order = ["requested", "preflight_passed", "instances_ready", "weights_shifted", "approved"]
            #expect(types.filter(Set(order).contains).prefix(5) == order[...])
        }
    }
}

extension Run {
    /// Approves whatever that rollout waits for.
    func approves(_ id: String) {
        var last: Stage?
        watchers.append { [unowned self] entry in
            guard entry.rollout == id, case .approving = entry.stage, entry.stage != last else { return }
            last = entry.stage
            schedule(.approve, at: 2, insists: true)
        }
    }
}

extension JournalEntry {
    var shift: Event.WeightsShifted? {
        if case .weightsShifted(let shift) = event { shift } else { nil }
    }
}
