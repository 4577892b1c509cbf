import Foundation
import Rollouts

/// One seed: its scenario undisturbed and disturbed, and what must be true of both ends.
package enum Simulation {
    /// Runs `body` on a thread of its own: the only one that the runs in it touch.
    static func onThread<T: Sendable>(_ body: @Sendable @escaping () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { (answer: CheckedContinuation<T, any Error>) in
            let thread = Thread { answer.resume(with: Result(catching: body)) }
            thread.stackSize = 16 << 20
            thread.start()
        }
    }

    package enum Mode: String, Sendable, CaseIterable { case storm, duel }

    /// - Returns: what went wrong, with the trace of the run in which it did.
    static func failure(seed: UInt64, _ mode: Mode) -> (text: String, trace: [String])? {
        let scenario = Scenario.random(seed)
        let disturbance = mode == .storm ? Disturbance.random(seed) : Disturbance.duel(seed)
        return failure(scenario, disturbance)
    }

    static func failure(_ scenario: Scenario, _ disturbance: Disturbance) -> (text: String, trace: [String])? {
        var trace: [String] = []
        do {
            // Where the ends need not be the same, the calm run has nothing to say that others do not say.
            let isCompared = scenario.isTimeless && disturbance.isTransparent && !disturbance.exhausts(scenario)
            let calm = isCompared ? try end(scenario, Disturbance(), &trace) : nil
            let disturbed = try end(scenario, disturbance, &trace)
            if let calm, calm != disturbed {
                throw Violation(description: "ends as \(calm) undisturbed, as \(disturbed) disturbed")
            }
            return nil
        } catch {
            return ("\(error) in \(scenario), \(disturbance)", trace)
        }
    }

    /// Runs the scenario to its end and judges it.
    static func end(_ scenario: Scenario, _ disturbance: Disturbance, _ trace: inout [String]) throws -> Ending {
        let run = try Run(scenario, disturbance)
        defer { trace = run.timeline.trace }
        do {
            run.tell(scenario)
            try run.run()
            try run.judge()
            let ending = try run.ending()
            try run.close()
            return ending
        } catch {
            do { try run.close() } catch let other { throw Violation(description: "\(error); \(other)") }
            throw error
        }
    }
}

extension Run {
    /// The scenario's plot.
    func tell(_ scenario: Scenario) {
        schedule(.start("v2"), at: Scenario.start)
        for timed in scenario.deeds {
            // Nobody leaves a rollout paused for a day because the engine that was asked first is not the one that runs it.
            schedule(timed.deed, at: timed.at, insists: timed.deed == .resume)
        }
        if scenario.needsApproval {
            watchers.append { [unowned self] entry in
                if case .approving = entry.stage, entry.event.type != "approved" {
                    schedule(.approve, at: 10, insists: true)
                }
            }
        }
        guard let sequel = scenario.sequel else { return }
        var isFirst = true
        watchers.append { [unowned self] entry in
            guard entry.outcome != nil, isFirst else { return }
            isFirst = false
            schedule(sequel.deed, at: sequel.at)
        }
    }
}
