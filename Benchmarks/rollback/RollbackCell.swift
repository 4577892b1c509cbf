/// One kind of stream at one rate, so many times.
struct RollbackCell: Sendable {
    let kind: Stream.Kind
    /// Requests a second.
    let rate: Double
    let runs: Int
    var hasLatency = false

    /// Seconds after which a run without a decision is counted as that. Healthy rollouts take half an hour; Kayenta, which has not
    /// yet judged by then, gets its 50 minutes.
    func horizon(_ policy: PolicyName) -> Int {
        switch kind {
        case .errors: 6 * 3_600
        case .slow: 3_600
        default: policy == .kayenta ? 3_000 : 1_800
        }
    }

    /// What one policy did in one run.
    struct Outcome: Sendable {
        /// Seconds; nil when it never rolled back.
        var decided: Int?
        /// Requests of the canary that failed until then; where it is slow, those that it answered.
        var harmed = 0
    }

    private struct Watcher {
        let name: PolicyName
        var policy: any RollbackPolicy
    }

    /// - Parameter seed: of this cell; with the run's number, of the stream.
    func run(_ number: Int, seed: UInt64) -> [PolicyName: Outcome] {
        var stream = Stream(kind, rate: rate, hasLatency: hasLatency, random: StreamRandom(seed, UInt64(number)))
        var watching = PolicyName.allCases.map { Watcher(name: $0, policy: $0.make(seed: seed ^ UInt64(number))) }
        var outcomes = Dictionary(uniqueKeysWithValues: PolicyName.allCases.map { ($0, Outcome()) })
        var harmed = 0
        while !watching.isEmpty {
            let tick = stream.next()
            harmed += Int(isSlow ? tick.canary.requests : tick.canary.errors)
            // In place, since a copy of a policy is a copy of all that it remembers.
            for index in watching.indices.reversed() {
                let name = watching[index].name
                switch watching[index].policy.observe(tick) {
                case .rollBack: outcomes[name] = Outcome(decided: tick.seconds, harmed: harmed)
                case .pass: break
                case .watch: if tick.seconds < horizon(name) { continue }
                }
                watching.remove(at: index)
            }
        }
        return outcomes
    }

    var isSlow: Bool { if case .slow = kind { true } else { false } }

    /// Requests of the canary that one tick harms on average: no policy that looks once a tick can do with fewer.
    var harmedByTick: Double {
        let requests = rate * Stream.canaryShare * Double(Stream.tick)
        return switch kind {
        case .errors(let rate): requests * rate
        case .slow: requests
        default: 0
        }
    }
}
