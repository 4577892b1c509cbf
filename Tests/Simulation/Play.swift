import Definitions
import Rollouts
import Storage
import Testing

@testable import SimulatedWorld

/// A run with a plot of its own, for scenarios that are told and not drawn.
struct Play {
    var replicas = 2
    /// How many instances more or fewer than `replicas` there may be; nil: as many as it needs, and none.
    var surge: Int?
    var unavailable: Int?
    var services = ["api", "worker"]
    var steps = canary
    var faults: [String: Fault] = [:]
    var weather = Weather()
    var isFirst = false
    /// How often the engine is killed, run by run.
    var kills = [0, 3, 3]

    /// Runs the plot undisturbed, and by an engine that is killed now and then: it ends the same.
    func act(_ plot: @Sendable @escaping (Run) -> Void, _ check: @Sendable @escaping (Run) throws -> Void) async throws
    {
        let play = self
        for number in 0..<kills.count {
            let (run, failure) = try await Simulation.onThread { () -> (Run, (any Error)?) in
                let run = try play.run(number)
                do {
                    plot(run)
                    try run.run()
                    return (run, nil)
                } catch {
                    return (run, error)
                }
            }
            // The run's thread is over: whoever looks at it now is alone again.
            do {
                if let failure { throw failure }
                try check(run)
            } catch {
                let trace = run.timeline.trace.filter { !$0.contains(" sampled ") }.joined(separator: "\n")
                Issue.record("run \(number), killed \(run.kills) times: \(error)\n\(trace)")
            }
            try await Simulation.onThread { try run.close() }
        }
    }

    private func run(_ number: Int) throws -> Run {
        var scenario = Scenario(seed: UInt64(number), weather: weather)
        scenario.isFirst = isFirst
        var disturbance = Disturbance()
        disturbance.killChance = 0.1
        disturbance.kills = kills[number]
        let bundles = (1...3).map {
            bundle(
                $0, environment: Run.environment, release: "v\($0)", services: services, replicas: replicas,
                surge: surge, unavailable: unavailable, steps: steps)
        }
        return try Run(scenario, disturbance, bundles: bundles, faults: faults)
    }
}

extension Run {
    /// Does something once, after the first record that is so.
    func once(_ isIt: @escaping (JournalEntry) -> Bool, _ body: @escaping () -> Void) {
        var isOver = false
        openDeeds += 1
        watchers.append { [unowned self] entry in
            guard !isOver, isIt(entry) else { return }
            isOver = true
            // Not in the middle of a transaction, which may yet be rolled back.
            timeline.plan(Run.second) {
                body()
                self.openDeeds -= 1
            }
        }
    }

    func place(_ service: String, _ release: String) -> SimulatedWorld.Place {
        Place(service: service, bundle: world.bundles[release]!.digest)
    }

    func count(_ service: String, _ release: String) -> Int { world.groups[place(service, release)]?.copies.count ?? 0 }

    func weight(_ service: String, _ release: String) -> Int { world.weight(place(service, release)) }

    /// How many requests the release had.
    func requests(_ service: String, _ release: String) -> Double {
        world.counters[place(service, release)]?.requests ?? 0
    }

    func rollout(_ release: String, _ number: Int = 0) throws -> Rollout {
        try #require(try rollouts().filter { $0.release == release }.dropFirst(number).first)
    }

    func entries(_ rollout: Rollout) throws -> [JournalEntry] {
        try store.memory.write { try Journal.entries(rollout.id, after: 0, $0) }
    }

    func blocked(_ release: String) throws -> String? {
        try store.memory.write { try ReleaseRecord.release(release, $0).blocked }
    }

    func unblock(_ release: String) {
        do { try store.memory.write { try ReleaseRecord.setBlocked(release, nil, $0) } } catch {
            timeline.forbid("cannot unblock: \(error)")
        }
    }

    func current() throws -> String? {
        try store.memory.write { try EnvironmentRecord.state(Run.environment, $0).current?.release }
    }
}

extension JournalEntry {
    func ends(_ id: String) -> Bool { rollout == id && outcome != nil }
}
