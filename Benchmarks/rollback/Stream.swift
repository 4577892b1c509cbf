import Analysis
import Foundation

/// What a rollout's ten percent and the rest did between two looks.
struct Tick {
    struct Arm {
        var requests: Int64 = 0
        var errors: Int64 = 0
        /// Answers by bucket, as the bounds of `LatencyModel`; empty in streams whose latency does not change.
        var latency: [Int64] = []
        /// Clients and those whose first request failed, where a client may have several requests in a tick.
        var clients: ArmCount?

        static func + (a: Arm, b: Arm) -> Arm {
            Arm(
                requests: a.requests + b.requests, errors: a.errors + b.errors,
                latency: a.latency.isEmpty
                    ? b.latency : b.latency.isEmpty ? a.latency : zip(a.latency, b.latency).map(+),
                clients: a.clients.map { mine in b.clients.map { mine + $0 } ?? mine } ?? b.clients)
        }
    }

    /// 1 for the first; a tick's end is `number * Stream.tick` seconds after the canary got its traffic.
    var number: Int
    var canary = Arm()
    /// As much of the stable arm as the canary gets: the deployment that Kayenta compares with.
    var baseline = Arm()
    /// The stable arm, `baseline` among it.
    var stable = Arm()
    /// Tasks of the new release that did not start, or that failed their health checks.
    var failedTasks = 0

    var seconds: Int { number * Stream.tick }
}

/// Traffic over a canary of 10 % and the stable arm beside it: independent requests by a Poisson process.
struct Stream {
    /// Seconds between two looks.
    static let tick = 2
    static let canaryShare = 0.1
    /// Of a service that is well.
    static let errorRate = 0.001

    enum Kind: Hashable {
        /// The canary answers with errors at this rate, from its first request on.
        case errors(Double)
        /// The canary takes so many times as long.
        case slow(Double)
        /// Nothing is wrong with it. Errors are independent.
        case healthy
        /// Both arms fail a fifth of their requests for five minutes of the thirty.
        case sharedIncident
        /// Load from a fifth to nine fifths of its mean over the day, and both arms' error rate with it.
        case dailyLoad
        /// A client whose request fails tries four more times within the tick, and fails, at the same instance.
        case clusters
    }

    static let cluster: Int64 = 5

    let kind: Kind
    /// Requests a second, both arms together.
    let rate: Double
    private let latency: (model: LatencyModel, canary: LatencyModel)?
    private var random: StreamRandom
    private var number = 0
    /// When in the day it begins, or when the incident does, in seconds.
    private let begins: Double

    /// - Parameter hasLatency: whether answers are counted by latency as well, which costs most of a stream's time.
    init(_ kind: Kind, rate: Double, hasLatency: Bool, random: StreamRandom) {
        self.kind = kind
        self.rate = rate
        self.random = random
        var factor = 1.0
        if case .slow(let slower) = kind { factor = slower }
        latency = hasLatency ? (LatencyModel(), LatencyModel(factor: factor)) : nil
        switch kind {
        case .sharedIncident: begins = self.random.uniform() * 1_500
        case .dailyLoad: begins = self.random.uniform() * 86_400
        default: begins = 0
        }
    }

    mutating func next() -> Tick {
        number += 1
        var tick = Tick(number: number)
        let load = rate * Double(Self.tick) * load
        let own = ownRate
        tick.canary = arm(load * Self.canaryShare, own, latency?.canary)
        tick.baseline = arm(load * Self.canaryShare, sharedRate, latency?.model)
        tick.stable = tick.baseline + arm(load * (1 - 2 * Self.canaryShare), sharedRate, latency?.model)
        return tick
    }

    private mutating func arm(_ mean: Double, _ errorRate: Double, _ model: LatencyModel?) -> Tick.Arm {
        var arm = Tick.Arm()
        if kind == .clusters {
            // So many errors as in all other streams, five at a time.
            let fine = random.poisson(mean * (1 - errorRate))
            let failing = random.poisson(mean * errorRate / Double(Self.cluster))
            arm.errors = Self.cluster * failing
            arm.requests = fine + arm.errors
            arm.clients = ArmCount(requests: fine + failing, errors: failing)
        } else {
            arm.requests = random.poisson(mean)
            arm.errors = random.binomial(arm.requests, errorRate)
        }
        if let model { arm.latency = model.sample(arm.requests, &random) }
        return arm
    }

    private var seconds: Double { Double((number - 1) * Self.tick) }

    private var load: Double {
        guard kind == .dailyLoad else { return 1 }
        return 1 + 0.8 * sin(2 * .pi * (begins + seconds) / 86_400)
    }

    private var sharedRate: Double {
        switch kind {
        case .sharedIncident where seconds >= begins && seconds < begins + 300: 0.2
        case .dailyLoad: Self.errorRate * load
        default: Self.errorRate
        }
    }

    private var ownRate: Double {
        if case .errors(let rate) = kind { rate } else { sharedRate }
    }
}

/// Lognormal answer times, counted in the buckets of HAProxy's log as Tidegate reads it.
struct LatencyModel {
    /// Milliseconds; those of `RequestCounts.bounds` that such answers fall into.
    static let bounds: [Double] = [
        10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 120, 150, 200, 250, 300, 400, 500, 600, 800, 1_000, 1_200, 1_500,
        2_000, 1e300,
    ]
    static let median = 100.0
    static let spread = 0.5

    /// The chance of each bucket among those from it on.
    private let chances: [Double]

    init(factor: Double = 1) {
        func below(_ bound: Double) -> Double {
            0.5 * erfc(-log(bound / (Self.median * factor)) / (Self.spread * 2.0.squareRoot()))
        }
        var before = 0.0
        chances = Self.bounds.map { bound in
            let upTo = bound < 1e300 ? below(bound) : 1
            defer { before = upTo }
            return before < 1 ? (upTo - before) / (1 - before) : 1
        }
    }

    func sample(_ requests: Int64, _ random: inout StreamRandom) -> [Int64] {
        var left = requests
        return chances.map { chance in
            let here = random.binomial(left, chance)
            left -= here
            return here
        }
    }

    /// As `RouterSignals` passes them on: the buckets that say something, and the one below each.
    static func histogram(_ counts: [Int64]) -> LatencyHistogram {
        let told = counts.indices.filter { counts[$0] > 0 || ($0 + 1 < counts.count && counts[$0 + 1] > 0) }
        return LatencyHistogram(told.map { (bounds[$0], counts[$0]) })
    }

    /// Of what is usual, in milliseconds: what a bake of ten million answers would have recorded as the baseline.
    static func usual(_ random: StreamRandom = StreamRandom(1)) -> LatencyHistogram {
        var random = random
        return histogram(LatencyModel().sample(10_000_000, &random))
    }
}
