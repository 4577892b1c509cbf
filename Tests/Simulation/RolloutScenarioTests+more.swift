import Analysis
import Definitions
import Foundation
import Rollouts
import TestSupport
import Testing

@testable import SimulatedWorld

extension RolloutScenarioTests {
    @Test func `S13 weights may go down and up again, and neither side is made smaller for it`() async throws {
        // Argo scales the stable side down to 2 beside 3 canaries; ours keeps both whole, and ends rolled back.
        let steps: [StrategyStep] = [.weight(100), .approve(nil), .weight(0), .approve(nil), .weight(100), .smoke]
        var play = Play(replicas: 3, services: ["api"], steps: steps)
        play.faults = ["v2": .smokeBeforeTraffic]
        try await play.act { run in
            run.schedule(.start("v2"), at: 5)
            run.approves("r1")
            run.watchers.append { [unowned run] entry in
                guard case .approving = entry.stage else { return }
                if run.count("api", "v1") != 3 || run.count("api", "v2") != 3 {
                    run.timeline.forbid("\(run.count("api", "v1")) old and \(run.count("api", "v2")) new ones run")
                }
            }
        } _: { run in
            let rollout = try run.rollout("v2")
            #expect(rollout.outcome == .rolledBack)
            let weights = try run.entries(rollout).compactMap(\.shift).map(\.percent)
            #expect(weights == [100, 0, 100, 0])
            #expect(run.count("api", "v1") == 3)
        }
    }

    @Test func `S13 with room for two more, the serving side is whole again before the traffic returns to it`()
        async throws
    {
        let steps: [StrategyStep] = [.weight(100), .approve(nil), .weight(0), .approve(nil), .weight(100), .smoke]
        var play = Play(replicas: 3, services: ["api"], steps: steps)
        (play.surge, play.unavailable) = (2, 0)
        play.faults = ["v2": .smokeBeforeTraffic]
        try await play.act { run in
            run.schedule(.start("v2"), at: 5)
            run.approves("r1")
            run.watchers.append { [unowned run] entry in
                // Going back is not held to the limits: too many for a minute are better than too few.
                guard entry.rollout == "r1", !entry.stage.isBackward, entry.outcome == nil else { return }
                let (old, new) = (run.count("api", "v1"), run.count("api", "v2"))
                if old + new > 5 { run.timeline.forbid("\(old) old and \(new) new ones run") }
                let needed = (3 * run.weight("api", "v1") + 99) / 100
                if run.world.readyCount(run.place("api", "v1")) < needed {
                    run.timeline.forbid("\(old) old ones have \(run.weight("api", "v1")) % of the traffic")
                }
            }
        } _: { run in
            let rollout = try run.rollout("v2")
            #expect(rollout.outcome == .rolledBack)
            let weights = try run.entries(rollout).compactMap(\.shift).map(\.percent)
            #expect(weights == [66, 100, 34, 0, 66, 100, 0])
            #expect(run.count("api", "v1") == 3)
        }
    }

    @Test func `S14 going back waits until the old side is whole, and the weights wait with it`() async throws {
        var play = Play(replicas: 4, services: ["api"], steps: [.weight(25), .approve(nil), .weight(100)])
        play.weather.startSeconds = 20
        // It dies while the canary waits for approval, and is not back when somebody asks to go back.
        play.weather.deaths = [.init(at: 60, service: "api", release: "v1")]
        play.weather.isSupervisedElsewhere = true
        try await play.act { run in
            run.schedule(.start("v2"), at: 5)
            run.schedule(.rollback, at: 61, insists: true)
            run.watchers.append { [unowned run] entry in
                guard entry.stage == .restoring, run.weight("api", "v1") == 100 else { return }
                let ready = run.world.readyCount(run.place("api", "v1"))
                if ready < 4 { run.timeline.forbid("v1 has everything with \(ready) of 4") }
            }
        } _: { run in
            let rollout = try run.rollout("v2")
            #expect(rollout.outcome == .rolledBack)
            #expect(rollout.turn?.cause == .request)
            let entries = try run.entries(rollout)
            let back = try #require(entries.firstIndex { $0.event.type == "rollback_requested" })
            #expect(
                entries[(back + 1)...].map(\.event.type).prefix { $0 != "weights_shifted" }.contains("instances_ready"))
            #expect(run.weight("api", "v1") == 100)
            #expect(run.count("api", "v1") == 4)
            #expect(run.count("api", "v2") == 0)
        }
    }

    @Test func `S16 smoke tests that do not end are never taken for passed`() async throws {
        // Argo records Inconclusive; ours tries them three times, each within its limit, and then goes back.
        try await Play(services: ["api"], steps: blueGreenOnly).act { run in
            run.world.endlessSmoke = ["v2"]
            run.schedule(.start("v2"), at: 5)
        } _: { run in
            let rollout = try run.rollout("v2")
            #expect(rollout.outcome == .rolledBack)
            let finished = try run.entries(rollout).count { $0.event.type == "smoke_finished" }
            #expect(finished == 0)
            #expect(run.weight("api", "v1") == 100)
        }
    }

    @Test func `S17 an abort takes each service back once, in reverse order, and every step stays on record`()
        async throws
    {
        try await Play(steps: [.weight(50), .approve(nil), .weight(100)]).act { run in
            run.schedule(.start("v2"), at: 5)
            run.once({ $0.stage.name == "approving" && $0.stage.service == "api" }) {
                run.schedule(.approve, at: 0, insists: true)
            }
            run.once({ $0.stage.name == "approving" && $0.stage.service == "worker" }) {
                run.schedule(.abort, at: 0, insists: true)
            }
        } _: { run in
            let rollout = try run.rollout("v2")
            #expect(rollout.outcome == .aborted)
            let entries = try run.entries(rollout)
            let back = try #require(entries.firstIndex { $0.event.type == "abort_requested" })
            #expect(entries[back...].compactMap(\.shift).map(\.service).sorted() == ["api", "worker"])
            #expect(entries[back...].count { $0.event.type == "instances_stopped" } == 2)
            let names = rollout.history.map(\.stage.name)
            #expect(names.prefix(3) == ["preflight", "locked", "migrating"])
            #expect(names.suffix(3).first == "proving_restored" || names.contains("proving_restored"))
            #expect(names.count { $0 == "approving" } == 2)
        }
    }

    @Test func `S20 when the old side cannot be brought back, the proven new one keeps the traffic`() async throws {
        let play = Play(services: ["api"], steps: [.weight(100), .approve(nil)], faults: ["v1": .neverReady("api")])
        try await play.act { run in
            run.schedule(.start("v2"), at: 5)
            run.once({ $0.stage.name == "approving" }) { run.schedule(.rollback, at: 0, insists: true) }
        } _: { run in
            let rollout = try run.rollout("v2")
            #expect(rollout.outcome == .rollbackFailed)
            #expect(rollout.why?.contains("api could not be restored, and serves as before") == true)
            #expect(run.weight("api", "v2") == 100)
            #expect(run.count("api", "v2") == 2)
        }
    }

    @Test func `S22 weights follow the list, and everything after it`() async throws {
        try await Play(services: ["api"], steps: [1, 2, 10, 80].map { .weight($0) }).act { run in
            run.schedule(.start("v2"), at: 5)
        } _: { run in
            let rollout = try run.rollout("v2")
            #expect(rollout.outcome == .succeeded)
            let shifts = try run.entries(rollout).compactMap(\.shift)
            let old = shifts.map { shift in shift.weights.first { $0.release == "v1" }?.percent }
            #expect(old == [99, 98, 90, 20, 0])
        }
    }

    @Test func `S23 a signal that is missing holds, and one that is out of range fails`() async throws {
        var missing = Play(services: ["api"])
        missing.weather.darkness = 0...600
        try await missing.act { run in
            run.schedule(.start("v2"), at: 5)
        } _: { run in
            let rollout = try run.rollout("v2")
            #expect(rollout.outcome == .succeeded)
            let held = rollout.history.first { $0.stage.name == "analysing" }
            let left = try #require(held?.leftAt)
            // Nothing was promoted in the dark.
            #expect(left.microseconds - SimulatedClock.epoch > 600 * Run.second)
        }
        let wrong = Play(services: ["api"], faults: ["v2": .errors("api", rate: 0.5)])
        try await wrong.act { run in
            run.schedule(.start("v2"), at: 5)
        } _: { run in
            let rollout = try run.rollout("v2")
            #expect(rollout.outcome == .rolledBack)
            #expect(rollout.verdicts.first?.verdict == .fail)
            #expect(rollout.verdicts.first?.signal == "error_rate")
        }
    }

    @Test func `S24 rolling out what runs already changes nothing, and a bad one goes back to it`() async throws {
        try await Play(services: ["api"], faults: ["v2": .crashes("api")]).act { run in
            run.schedule(.start("v1"), at: 5)
            run.once({ $0.ends("r1") }) { run.schedule(.start("v2"), at: 1) }
        } _: { run in
            let same = try run.rollout("v1")
            #expect(same.outcome == .succeeded)
            #expect(same.why == "dev runs this bundle already")
            #expect(same.history.map(\.stage) == [.preflight, .ended])
            let outcome = try run.rollout("v2").outcome
            #expect(outcome == .rolledBack)
            let current = try run.current()
            #expect(current == "v1")
            #expect(run.weight("api", "v1") == 100)
        }
    }

    @Test func `S27 when the first service never becomes ready, the second is not started, and its log is shown`()
        async throws
    {
        try await Play(faults: ["v2": .neverReady("api")]).act { run in
            run.schedule(.start("v2"), at: 5)
        } _: { run in
            let rollout = try run.rollout("v2")
            #expect(rollout.outcome == .rolledBack)
            #expect(rollout.verdicts.first?.service == "api")
            #expect(rollout.verdicts.first?.log == ["boom"])
            #expect(rollout.started == ["api"])
            for service in ["api", "worker"] {
                #expect(run.count(service, "v1") == 2)
                #expect(run.count(service, "v2") == 0)
            }
        }
    }

    @Test func `S28 a second rollout is refused while one runs, naming who has it, and goes through after its end`()
        async throws
    {
        try await Play(services: ["api"]).act { run in
            run.schedule(.start("v2"), at: 5)
            run.once({ $0.stage.name == "analysing" }) { run.schedule(.start("v3"), at: 0) }
            run.once({ $0.ends("r1") }) { run.schedule(.start("v3"), at: 1) }
        } _: { run in
            #expect(run.answers.contains { $0.contains("dev is locked by somebody for rollout r1 since 2027-") })
            let second = try run.rollout("v2").outcome
            #expect(second == .succeeded)
            let third = try run.rollout("v3").outcome
            #expect(third == .succeeded)
            let current = try run.current()
            #expect(current == "v3")
        }
    }

    @Test(arguments: [(code: Int32(75), runs: 3), (code: 1, runs: 2)])
    func `S18 a command that is never done is asked again until its time is over`(code: Int32, runs: Int) async throws {
        // Argo is Degraded at that step; ours goes back, and undoes what the steps before it did.
        let step = CommandDefinition(
            name: "outside", command: ["outside"], within: .seconds(45), again: .seconds(17), retry: .seconds(30))
        let before = CommandDefinition(name: "before", command: ["before"], undo: ["undo"])
        var play = Play(services: ["api"], steps: [.run(before), .weight(10), .run(step), .weight(100)])
        play.kills = [0]
        try await play.act { run in
            run.world.programs = ["outside": code]
            run.schedule(.start("v2"), at: 5)
        } _: { run in
            #expect(run.world.executed == ["before"] + Array(repeating: "outside", count: runs) + ["undo"])
            let rollout = try run.rollout("v2")
            #expect(rollout.outcome == .rolledBack)
            #expect(rollout.turn?.cause == .deadline)
            #expect(rollout.history.contains { $0.stage == .running(service: "api", step: 2) })
            let blocked = try run.blocked("v2")
            #expect(blocked == nil)
            #expect(run.weight("api", "v1") == 100)
        }
    }

    private var blueGreenOnly: [StrategyStep] { [.smoke, .weight(100)] }

    /// Those that wait for something that is not there yet, and for what.
    static let waiting: [String: String] = [:]

    @Test func `every scenario on the list is a test by its name, or says what it waits for`() throws {
        struct Case: Decodable { var id: String }
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let data = try Data(contentsOf: folder.appendingPathComponent("Cases/rollout_scenarios.json"))
        let sources = try ["", "+more", "+limits"].map {
            try String(contentsOf: folder.appendingPathComponent("RolloutScenarioTests\($0).swift"), encoding: .utf8)
        }.joined()
        let cases = try JSONDecoder().decode([Case].self, from: data)
        #expect(cases.count == 17)
        for one in cases where Self.waiting[one.id] == nil {
            #expect(sources.contains("func `\(one.id) "), "no test is named \(one.id)")
        }
    }
}
