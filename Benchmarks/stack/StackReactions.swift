import Analysis
import Foundation
import Rollouts
import TestSupport

/// A release that fails a fifth of its requests from some time on, again and again: from its first failed request, and from the
/// decision, until the router sends it nothing more.
struct StackReactions {
    /// Seconds but for the counts.
    struct Reaction {
        /// From the first failed request to the decision's record.
        var detection: Double
        /// From the decision's record until all its instances have weight 0 in HAProxy.
        var decisionToZero: Double
        /// From the first failed request until all its instances have weight 0 in HAProxy.
        var failureToZero: Double
        /// From the decision's record to that of the outcome.
        var rollback: Double
        var failed: Int
        /// Requests that the release was sent after the decision.
        var afterwards: Int
        var why: String
    }

    static let rate = 50
    /// Requests to the API's own paths after which an instance begins to fail: the smoke tests have passed by then.
    private static let goodAtFirst = 40

    var reactions: [Reaction] = []

    static func measure(programs: String, times: Int) async throws -> StackReactions {
        var result = StackReactions()
        try await Stack.with(programs: programs, prepare: { try $0.prepareForRounds() }) { stack in
            try await stack.record("v1", set: [])
            try await stack.run(["rollout", "dev", "--release", "v1", "--yes", "--json"])
            // Nobody goes beyond a fifth of the traffic before the verdict.
            try stack.setCourse(["smoke", "weight: 20%", "bake: { for: 60s, requests: 20 }", "weight: 100%"])
            let load = try await StackLoad.begin(stack, rate: rate)
            for number in 1...times { result.reactions.append(try await reaction(number, stack)) }
            _ = try await load.end()
        }
        return result
    }

    private static func reaction(_ number: Int, _ stack: Stack) async throws -> Reaction {
        let version = "bad-\(number)"
        try await stack.record(
            version,
            set: [
                "UPLOAD_PIPELINE_DRILL_ERROR_RATE=0.2",
                // Another number for each, so that each is another release.
                "UPLOAD_PIPELINE_DRILL_ERROR_AFTER=\(goodAtFirst + number)",
            ])
        let watch = RouterWatch(folder: "\(stack.state)/haproxy/dev", service: "api")
        let old = try await watch.servers()
        var id = ""
        try await watch.during {
            let ended = try await stack.run(
                ["rollout", "dev", "--release", version, "--yes", "--json", "--reason", "measurement"], exits: 5)
            id = Stack.rollout(in: ended.output)
        }
        let journal = try await stack.journal(id)
        let failures = watch.answers(except: old).filter { $0.status >= 500 }
        guard let decision = journal.first(where: { $0.verdicts.contains { $0.verdict == .fail } }),
            let end = journal.first(where: { $0.outcome != nil }), let first = failures.first,
            let zero = watch.weightless(except: old, after: decision.at.microseconds)
        else { throw NoFigures() }
        func seconds(_ from: Int64, _ to: Int64) -> Double { Double(to - from) / 1e6 }
        let decided = decision.at.microseconds
        return Reaction(
            detection: seconds(first.at, decided), decisionToZero: seconds(decided, zero),
            failureToZero: seconds(first.at, zero), rollback: seconds(decided, end.at.microseconds),
            failed: failures.count, afterwards: watch.answers(except: old).count { $0.at > decided },
            why: decision.verdicts.first { $0.verdict == .fail }?.why ?? "")
    }
}
