import Rollouts
import TestSupport

/// What is wrong with the release, if anything is.
enum Fault: Equatable {
    case none
    case preflight
    case migration
    case neverReady(String)
    /// Its instances die as soon as they have work.
    case crashes(String)
    case errors(String, rate: Double)
    case slow(String, factor: Double)
    case smokeBeforeTraffic
    case smokeAtTheEnd
}

/// What happens around it.
struct Weather: Equatable {
    /// The router refuses that many times.
    var routerRefusals = 0
    /// The platform cannot start anything that many times.
    var startFailures = 0
    /// Telemetry is broken between these seconds.
    var darkness: ClosedRange<Int64>?
    /// A dependency is down for both bundles between these seconds.
    var outage: ClosedRange<Int64>?
    /// Somebody aborts at that second.
    var abortAt: Int64?
    /// Somebody pauses, and resumes a minute later.
    var pauseAt: Int64?
    var requestsPerSecond = 40
    var baseErrorRate = 0.001
}

struct Scenario: Equatable {
    var seed: UInt64
    var isFirst: Bool
    var fault: Fault
    var weather: Weather

    init(seed: UInt64) {
        var random = SplitMix(seed: seed)
        self.seed = seed
        isFirst = random.chance(0.15)
        let service = random.chance(0.6) ? "api" : "worker"
        fault = [
            .none, .none, .none, .preflight, .migration, .neverReady(service), .crashes(service),
            .errors(service, rate: Double.random(in: 0.15...1, using: &random)),
            .errors(service, rate: Double.random(in: 0.15...1, using: &random)),
            .slow(service, factor: Double.random(in: 3...20, using: &random)), .smokeBeforeTraffic, .smokeAtTheEnd,
        ].randomElement(using: &random)!
        weather = Weather()
        weather.requestsPerSecond = Int.random(in: 10...200, using: &random)
        weather.baseErrorRate = Double.random(in: 0...0.01, using: &random)
        if random.chance(0.3) { weather.routerRefusals = Int.random(in: 1...2, using: &random) }
        if random.chance(0.2) { weather.startFailures = Int.random(in: 1...2, using: &random) }
        let start = Int64.random(in: 10...150, using: &random)
        if random.chance(0.2) { weather.darkness = start...(start + Int64.random(in: 1...90, using: &random)) }
        if random.chance(0.15) { weather.outage = start...(start + Int64.random(in: 1...60, using: &random)) }
        if random.chance(0.1) { weather.abortAt = Int64.random(in: 0...200, using: &random) }
        if random.chance(0.1) { weather.pauseAt = Int64.random(in: 0...200, using: &random) }
    }
}
