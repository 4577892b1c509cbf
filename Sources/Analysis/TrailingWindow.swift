/// What happened within the last while, in both arms.
struct TrailingWindow: Codable, Sendable, Equatable {
    struct Arm: Codable, Sendable, Equatable {
        var requests: Int64 = 0
        var errors: Int64 = 0
        var latency = LatencyHistogram()
        /// Clients, and those whose first request failed; nil where they are not told apart.
        var clients: ArmCount?
        /// What its jobs cost; nil where nobody tells.
        var costs: JobCosts?

        static func + (a: Arm, b: Arm) -> Arm {
            Arm(requests: a.requests + b.requests, errors: a.errors + b.errors, latency: a.latency + b.latency)
        }

        var count: ArmCount { ArmCount(requests: requests, errors: errors) }
        var errorRate: Double? { requests > 0 ? Double(errors) / Double(requests) : nil }
    }

    private struct Slice: Codable, Sendable, Equatable {
        var at: Int64
        var candidate: Arm
        var reference: Arm?
    }

    private var slices: [Slice] = []
    let length: Int64

    /// - Parameter rule: how long a breach has to last. The window is a fifth of it, and at least ten seconds, so that a
    ///   breach is seen soon after it began and forgotten soon after it ended.
    init(rule: Duration) {
        let whole = microseconds(rule)
        length = max(1, min(whole, max(whole / 5, 10_000_000)))
    }

    mutating func add(at: Int64, candidate: Arm, reference: Arm?) {
        slices.append(Slice(at: at, candidate: candidate, reference: reference))
        slices.removeAll { $0.at <= at - length }
    }

    mutating func reset() { slices = [] }

    var candidate: Arm { slices.reduce(Arm()) { $0 + $1.candidate } }
    var reference: Arm { slices.reduce(Arm()) { $0 + ($1.reference ?? Arm()) } }
}

func microseconds(_ duration: Duration) -> Int64 {
    let (seconds, attoseconds) = duration.components
    return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
}
