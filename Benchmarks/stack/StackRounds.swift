import Foundation
import Rollouts
import TestSupport

/// Rollout after rollback after rollout under traffic, no request of which may fail.
struct StackRounds {
    var rounds: Int
    var load: StackLoad.Report
    var cores: [(kind: String, cores: Double)]
    /// Seconds by the journal, from the first record to the outcome.
    var rollouts: [Double]
    var rollbacks: [Double]
    /// Seconds from a rollback's first record until nothing of either service went to the new release.
    var returns: [Double]

    /// - Parameter rate: requests a second.
    static func measure(programs: String, rounds: Int, rate: Int) async throws -> StackRounds {
        var result: StackRounds?
        let prepare = { (stack: Stack) in
            try stack.prepareForRounds()
            // How fast answers are is the machine's doing here, and what else it does.
            try stack.rewrite("environments/dev.yaml") { $0.replacing("at-least: 100ms", with: "at-least: 30s") }
        }
        try await Stack.with(programs: programs, prepare: prepare) { stack in
            try await stack.record("v1", set: [])
            try await stack.run(["rollout", "dev", "--release", "v1", "--yes", "--json"])
            let load = try await StackLoad.begin(stack, rate: rate)
            let processor = ProcessorWatch(folders: [stack.project])
            let watching = Task { await processor.run() }
            var ids: [(rollout: String, rollback: String)] = []
            var failure: (any Error)?
            for round in 1...rounds where failure == nil {
                do { ids.append(try await self.round(round, of: rounds, stack)) } catch { failure = error }
            }
            watching.cancel()
            let cores = processor.cores()
            let report = try await load.end()
            let times = try await Times.read(ids, stack)
            // What was seen is worth as much.
            if let failure { FileHandle.standardError.write(Data("ended early: \(failure)\n".utf8)) }
            result = StackRounds(
                rounds: ids.count, load: report, cores: cores, rollouts: times.rollouts, rollbacks: times.rollbacks,
                returns: times.returns)
        }
        guard let result else { throw NoFigures() }
        return result
    }

    /// Every second round exchanges instances one by one, so that some are drained that serve.
    private static func round(
        _ number: Int, of rounds: Int, _ stack: Stack
    ) async throws -> (rollout: String, rollback: String) {
        let surge = number % 2 == 0 ? "surge: 1, " : ""
        try stack.rewrite("environments/dev.yaml") { text in
            text.replacing("{ surge: 1, health", with: "{ health").replacing("{ health", with: "{ \(surge)health")
        }
        let version = "v\(number + 1)"
        try await stack.record(version, set: ["UPLOAD_PIPELINE_DRILL_ERROR_AFTER=\(number)"])
        let rollout = try await stack.run([
            "rollout", "dev", "--release", version, "--yes", "--json", "--reason", "round \(number)",
        ])
        let rollback = try await stack.run(["rollback", "dev", "--json", "--reason", "round \(number)"])
        FileHandle.standardError.write(Data("round \(number) of \(rounds)\n".utf8))
        return (Stack.rollout(in: rollout.output), Stack.rollout(in: rollback.output))
    }

    private struct Times {
        var rollouts: [Double] = []
        var rollbacks: [Double] = []
        var returns: [Double] = []

        static func read(_ ids: [(rollout: String, rollback: String)], _ stack: Stack) async throws -> Times {
            var times = Times()
            for (rollout, rollback) in ids {
                times.rollouts.append(try await stack.journal(rollout).seconds())
                let back = try await stack.journal(rollback)
                times.rollbacks.append(try back.seconds())
                times.returns.append(try back.seconds { if case .weightsShifted = $0.event { true } else { false } })
            }
            return times
        }
    }
}

struct NoFigures: Error {}

extension [JournalEntry] {
    /// Seconds from the first record to the outcome.
    func seconds() throws -> Double { try seconds { $0.outcome != nil } }

    /// Seconds from the first record to the last that is so.
    func seconds(to isLast: (JournalEntry) -> Bool) throws -> Double {
        guard let first, let last = last(where: isLast) else { throw NoFigures() }
        return Double(last.at.microseconds - first.at.microseconds) / 1e6
    }
}
