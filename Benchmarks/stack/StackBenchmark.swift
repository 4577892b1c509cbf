import Foundation

/// The real stack: HAProxy, the control plane and the bundled pipeline as processes of their own, by the programs of one
/// folder.
struct StackBenchmark {
    var programs: String

    /// - Parameter rates: requests a second, one stack for each.
    func capacity(_ rates: [Int]) async throws {
        print("| Requests/s asked for | Sent | Failed | p50, p99 | Rollout and rollback | Cores |")
        print("|---|---|---|---|---|---|")
        try await StackCapacity.measure(programs: programs, rates: rates) { step in
            let sent = Double(step.load.requests) / step.load.seconds
            print(
                "| \(step.rate) | \(sent.rounded(0))/s, \(step.load.requests) | \(failures(step.load)) "
                    + "| \(step.load.p50.rounded(1)) ms, \(step.load.p99.rounded(1)) ms "
                    + "| \(step.went ? "done" : "not done") | \(text(step.cores)) |")
        }
    }

    func rounds(_ count: Int, rate: Int) async throws {
        let rounds = try await StackRounds.measure(programs: programs, rounds: count, rate: rate)
        print(
            "| \(rounds.rounds) rollouts and \(rounds.rounds) rollbacks of \(count), \(rate) requests a second | Result |\n|---|---|"
        )
        Benchmarks.row("requests that failed", failures(rounds.load))
        Benchmarks.row("requests sent, a third of them POSTs", "\(rounds.load.requests)")
        Benchmarks.row("over connections, \(StackLoad.connections) kept open", "\(rounds.load.connections)")
        Benchmarks.row(
            "answered in, p50 and p99", "\(rounds.load.p50.rounded(1)) ms, \(rounds.load.p99.rounded(1)) ms")
        Benchmarks.row("a rollout of two services", spread(rounds.rollouts))
        Benchmarks.row("a rollback of two services", spread(rounds.rollbacks))
        Benchmarks.row("of that until all work was back with the old release", spread(rounds.returns))
        Benchmarks.row("processor", text(rounds.cores))
    }

    func reactions(_ times: Int) async throws {
        let reactions = try await StackReactions.measure(programs: programs, times: times).reactions
        print("| \(times) releases that fail a fifth, \(StackReactions.rate) requests a second | Result |\n|---|---|")
        Benchmarks.row("first failed request → decision", spread(reactions.map(\.detection)))
        Benchmarks.row("decision → weight 0 in HAProxy", spread(reactions.map(\.decisionToZero)))
        Benchmarks.row("first failed request → weight 0 in HAProxy", spread(reactions.map(\.failureToZero)))
        Benchmarks.row("decision → rolled back, proved and removed", spread(reactions.map(\.rollback)))
        Benchmarks.row("failed requests", spread(reactions.map { Double($0.failed) }, unit: "", digits: 0))
        Benchmarks.row(
            "requests to the release after the decision",
            spread(reactions.map { Double($0.afterwards) }, unit: "", digits: 0))
        for reaction in reactions { FileHandle.standardError.write(Data("\(reaction)\n".utf8)) }
    }

    private func failures(_ load: StackLoad.Report) -> String {
        let kinds = load.by_status.filter { $0.key != "200" }.sorted { $0.key < $1.key }
        return "\(load.failed)"
            + (kinds.isEmpty ? "" : " (\(kinds.map { "\($0.value) × \($0.key)" }.joined(separator: ", ")))")
    }

    private func text(_ cores: [(kind: String, cores: Double)]) -> String {
        let all = cores.reduce(0) { $0 + $1.cores }
        return "\(all.rounded(2)) cores (\(cores.map { "\($0.kind) \($0.cores.rounded(2))" }.joined(separator: ", ")))"
    }

    /// Median and the most.
    private func spread(_ values: [Double], unit: String = " s", digits: Int = 2) -> String {
        let sorted = values.sorted()
        guard let most = sorted.last else { return "none" }
        return "\(sorted[sorted.count / 2].rounded(digits))\(unit) (at most \(most.rounded(digits))\(unit))"
    }
}
