import Definitions
import Rollouts
import Testing

@testable import SimulatedWorld

/// The scenarios that set limits to how many instances there may be.
extension RolloutScenarioTests {
    @Test func `S01 with room for one more, one new instance is tried, and the old ones stay four`() async throws {
        // Argo keeps the bad one and is Degraded; here it is taken back.
        let play = Play(
            replicas: 4, surge: 1, unavailable: 0, services: ["api"],
            faults: ["v2": .neverReady("api"), "v3": .neverReady("api")])
        try await play.act { run in
            run.schedule(.start("v2"), at: 5)
            run.once({ $0.ends("r1") }) { run.schedule(.start("v3"), at: 1) }
            run.watchers.append { [unowned run] _ in
                let (old, new) = (run.count("api", "v1"), run.count("api", "v2") + run.count("api", "v3"))
                if old != 4 || new > 1 { run.timeline.forbid("\(old) old and \(new) new ones run") }
            }
        } _: { run in
            for release in ["v2", "v3"] {
                let rollout = try run.rollout(release)
                #expect(rollout.outcome == .rolledBack)
                #expect(rollout.started == ["api"])
                #expect(run.count("api", release) == 0)
                #expect(run.requests("api", release) == 0)
            }
            #expect(run.weight("api", "v1") == 100)
        }
    }

    @Test func `S14 where the new one took an old one's place, that one is back before the weights move`() async throws
    {
        var play = Play(
            replicas: 4, surge: 0, unavailable: 1, services: ["api"],
            steps: [.weight(25), .approve(nil), .weight(100)])
        play.weather.startSeconds = 20
        play.weather.isSupervisedElsewhere = true
        try await play.act { run in
            run.schedule(.start("v2"), at: 5)
            run.once({ $0.stage.name == "approving" }) {
                if run.count("api", "v1") != 3 || run.count("api", "v2") != 1 || run.weight("api", "v2") != 25 {
                    run.timeline.forbid("\(run.count("api", "v1")) old and \(run.count("api", "v2")) new ones run")
                }
                run.schedule(.rollback, at: 0, insists: true)
            }
            run.watchers.append { [unowned run] entry in
                guard entry.stage == .restoring, run.weight("api", "v1") != 75 else { return }
                let ready = run.world.readyCount(run.place("api", "v1"))
                if ready < 4 { run.timeline.forbid("v1 has \(run.weight("api", "v1")) % with \(ready) of 4") }
            }
        } _: { run in
            let rollout = try run.rollout("v2")
            #expect(rollout.outcome == .rolledBack)
            #expect(run.weight("api", "v1") == 100)
            #expect(run.count("api", "v1") == 4)
            #expect(run.count("api", "v2") == 0)
        }
    }

    @Test func `S22 a list that comes to everything by itself goes no further`() async throws {
        try await Play(services: ["api"], steps: [1, 2, 10, 80, 100].map { .weight($0) }).act { run in
            run.schedule(.start("v2"), at: 5)
        } _: { run in
            let rollout = try run.rollout("v2")
            #expect(rollout.outcome == .succeeded)
            let shifts = try run.entries(rollout).compactMap(\.shift)
            let old = shifts.map { shift in shift.weights.first { $0.release == "v1" }?.percent }
            #expect(old == [99, 98, 90, 20, 0])
        }
    }
}
