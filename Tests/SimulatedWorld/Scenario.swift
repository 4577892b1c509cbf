import Definitions
import TestSupport

/// What is wrong with a release, if anything is.
enum Fault: Equatable {
    case none
    case preflight
    case migration
    case neverReady(String)
    /// Its instances are ready, and report another release than the one that was asked for.
    case lies(String)
    /// Its instances die as soon as they have work.
    case crashes(String)
    case errors(String, rate: Double)
    case slow(String, factor: Double)
    case smokeBeforeTraffic
    case smokeAtTheEnd

    var isBad: Bool { self != .none }

    func slowness(_ service: String) -> Double? {
        if case .slow(service, let factor) = self { factor } else { nil }
    }
}

/// What happens around the release, whatever the engine does.
struct Weather: Equatable {
    /// The router refuses that many times.
    var routerRefusals = 0
    /// The platform cannot start anything new that many times.
    var startFailures = 0
    /// Telemetry is broken between these seconds.
    var darkness: ClosedRange<Int64>?
    /// A dependency is down for both bundles between these seconds.
    var outage: ClosedRange<Int64>?
    /// Counters begin anew at that second.
    var counterReset: Int64?
    /// Nothing is known of one release between these seconds.
    var blindness: Blindness?
    /// An instance of that service dies at that second: of the old bundle, or of the new one.
    var deaths: [Death] = []
    var requestsPerSecond = 40
    var baseErrorRate = 0.001
    /// From start to ready.
    var startSeconds: Int64 = 3
    /// Whether instances are restarted while no engine runs, and known at once to a new one.
    var isSupervisedElsewhere = false

    struct Blindness: Equatable {
        var release: String
        var seconds: ClosedRange<Int64>
    }

    struct Death: Equatable {
        var at: Int64
        var service: String
        var release: String
    }
}

/// What a person does.
enum Deed: Equatable {
    case start(String)
    case rollback
    case pause
    case resume
    case abort
    case approve
}

/// One run's plot: what the seed decided.
struct Scenario: Equatable {
    var seed: UInt64
    var isFirst = false
    /// The new release's.
    var fault = Fault.none
    var weather = Weather()
    /// What people do at which second, besides starting the rollout.
    var deeds: [Timed] = []
    /// What somebody does once the rollout has ended, and how many seconds later.
    var sequel: Timed?
    var needsApproval = false
    /// Whether a program is run after the first weight, and undone on the way back.
    var runsCommand = false
    /// How many instances more or fewer than a service needs there may be; nil: as many as it likes, and none.
    var limits: Limits?

    struct Limits: Equatable {
        var surge: Int
        var unavailable: Int
    }

    struct Timed: Equatable {
        var at: Int64
        var deed: Deed
    }

    /// The second at which somebody rolls v2 out.
    static let start: Int64 = 5

    init(seed: UInt64, fault: Fault = .none, weather: Weather = Weather()) {
        self.seed = seed
        self.fault = fault
        self.weather = weather
    }

    /// Everything drawn from the seed.
    static func random(_ seed: UInt64) -> Scenario {
        var scenario = plain(seed)
        var random = SplitMix(seed: seed ^ 0x0E57_4A50)
        scenario.runsCommand = random.chance(0.2)
        if random.chance(0.25) {
            scenario.limits = random.chance(0.6) ? Limits(surge: 1, unavailable: 0) : Limits(surge: 0, unavailable: 1)
        }
        if random.chance(0.1) {
            let start = Int64.random(in: 10...150, using: &random)
            scenario.weather.blindness = Weather.Blindness(
                release: random.chance(0.5) ? "v1" : "v2",
                seconds: start...(start + Int64.random(in: 1...90, using: &random)))
        }
        return scenario
    }

    /// Without commands, limits and blindness.
    static func plain(_ seed: UInt64) -> Scenario {
        var random = SplitMix(seed: seed)
        var scenario = Scenario(seed: seed)
        scenario.isFirst = random.chance(0.15)
        let service = random.chance(0.6) ? "api" : "worker"
        scenario.fault = [
            .none, .none, .none, .none, .preflight, .migration, .neverReady(service), .lies(service), .crashes(service),
            .errors(service, rate: Double.random(in: 0.15...1, using: &random)),
            .errors(service, rate: Double.random(in: 0.15...1, using: &random)),
            .slow(service, factor: Double.random(in: 3...20, using: &random)), .smokeBeforeTraffic, .smokeAtTheEnd,
        ].randomElement(using: &random)!
        scenario.weather = Weather(&random)
        scenario.needsApproval = random.chance(0.1)
        let deeds: [Deed] = [.pause, .resume, .abort, .rollback, .approve, .start("v3"), .pause, .pause, .resume]
        if random.chance(0.25) {
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let deed = deeds.randomElement(using: &random)!
                let at = Int64.random(in: 0...250, using: &random)
                scenario.deeds.append(Timed(at: at, deed: deed))
                if deed == .pause { scenario.deeds.append(Timed(at: at + 60, deed: .resume)) }
            }
        }
        if random.chance(0.3) {
            let deed: Deed = [.start("v3"), .start("v3"), .rollback, .start("v2")].randomElement(using: &random)!
            scenario.sequel = Timed(at: random.chance(0.5) ? 3 : 100, deed: deed)
        }
        return scenario
    }
}

extension Weather {
    init(_ random: inout SplitMix) {
        requestsPerSecond = Int.random(in: 10...200, using: &random)
        baseErrorRate = Double.random(in: 0...0.01, using: &random)
        startSeconds = Int64.random(in: 1...10, using: &random)
        isSupervisedElsewhere = random.chance(0.3)
        if random.chance(0.3) { routerRefusals = Int.random(in: 1...2, using: &random) }
        if random.chance(0.2) { startFailures = Int.random(in: 1...2, using: &random) }
        let start = Int64.random(in: 10...150, using: &random)
        if random.chance(0.15) { darkness = start...(start + Int64.random(in: 1...90, using: &random)) }
        if random.chance(0.12) { outage = start...(start + Int64.random(in: 1...60, using: &random)) }
        if random.chance(0.1) { counterReset = Int64.random(in: 10...150, using: &random) }
        if random.chance(0.15) {
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                deaths.append(
                    Death(
                        at: Int64.random(in: 5...200, using: &random), service: random.chance(0.5) ? "api" : "worker",
                        release: random.chance(0.5) ? "v1" : "v2"))
            }
        }
    }
}

/// What is done to the control plane itself: the same scenario without it is the run to compare with.
struct Disturbance: Equatable {
    /// The chance that the engine is killed when it has recorded something, and how often at most.
    var killChance = 0.0
    var kills = 0
    /// Microseconds until it is started again.
    var restart: ClosedRange<Int64> = 1_000_000...20_000_000
    /// Answers of the world that are errors though what was asked for happened, or that never come.
    var lostAnswers = 0
    var silences = 0
    /// The calls that never come back are deaf to cancellation as well.
    var isDeaf = false
    var lostCommits = 0
    /// When the database refuses, in seconds, and how.
    var databaseTrouble: [Trouble] = []
    /// The wall's clock is stepped by so many seconds, at these seconds.
    var clockSteps: [Step] = []
    /// The engine is stopped and goes on later, while another one may take over.
    var freeze: ClosedRange<Int64>?
    /// A second engine of another state directory, on the same database, from this second on.
    var secondEngine: Int64?

    struct Trouble: Equatable {
        enum Kind: Equatable { case busy, full, gone }
        var seconds: ClosedRange<Int64>
        var kind: Kind
        /// Whom it refuses; nil: everybody.
        var holder: String?

        /// A full disk lasts until somebody has come.
        var lengthened: Trouble {
            guard kind == .full else { return self }
            let (from, length) = (seconds.lowerBound, seconds.upperBound - seconds.lowerBound)
            return Trouble(seconds: from...(from + 5 * length), kind: kind, holder: holder)
        }
    }

    struct Step: Equatable {
        var at: Int64
        var by: Int64
        /// Whose; nil: everybody's.
        var holder: String?
    }

    /// True when the end must be the same as without it.
    var isTransparent: Bool { silences == 0 && freeze == nil && secondEngine == nil && !isDeaf }

    static func random(_ seed: UInt64) -> Disturbance {
        var random = SplitMix(seed: seed ^ 0xD157_04B3)
        var disturbance = Disturbance()
        if random.chance(0.7) {
            disturbance.killChance = [0.02, 0.05, 0.15].randomElement(using: &random)!
            disturbance.kills = Int.random(in: 1...6, using: &random)
            if random.chance(0.2) { disturbance.restart = 20_000_000...600_000_000 }
        }
        if random.chance(0.3) { disturbance.lostAnswers = Int.random(in: 1...2, using: &random) }
        if random.chance(0.15) {
            disturbance.silences = Int.random(in: 1...3, using: &random)
            disturbance.isDeaf = random.chance(0.3)
        }
        if random.chance(0.3) { disturbance.lostCommits = Int.random(in: 1...3, using: &random) }
        if random.chance(0.3) {
            let from = Int64.random(in: 1...200, using: &random)
            disturbance.databaseTrouble.append(
                Trouble(
                    seconds: from...(from + Int64.random(in: 1...60, using: &random)),
                    kind: [.busy, .full, .gone].randomElement(using: &random)!
                ).lengthened)
        }
        if random.chance(0.25) {
            for _ in 0..<Int.random(in: 1...2, using: &random) {
                disturbance.clockSteps.append(
                    Step(
                        at: Int64.random(in: 1...200, using: &random),
                        by: [-3_600, -60, -5, 5, 60, 3_600].randomElement(using: &random)!))
            }
        }
        return disturbance
    }

    /// Two engines, one of which is stopped or cut off for a while; their clocks differ and are stepped.
    static func duel(_ seed: UInt64) -> Disturbance {
        var random = SplitMix(seed: seed ^ 0x0D0E_1A57)
        var disturbance = Disturbance()
        disturbance.secondEngine = Int64.random(in: 0...60, using: &random)
        let from = Int64.random(in: 6...150, using: &random)
        let span = from...(from + Int64.random(in: 5...400, using: &random))
        let isCut = random.chance(0.3)
        if isCut {
            disturbance.databaseTrouble = [Trouble(seconds: span, kind: .gone, holder: "a")]
        } else {
            disturbance.freeze = span
        }
        if random.chance(0.4) {
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                disturbance.clockSteps.append(
                    Step(
                        at: Int64.random(in: 1...200, using: &random),
                        by: [-3_600, -600, -60, 60, 600, 3_600].randomElement(using: &random)!,
                        holder: ["a", "b", nil].randomElement(using: &random)!))
            }
        }
        if random.chance(0.3) {
            disturbance.killChance = 0.03
            disturbance.kills = 2
        }
        return disturbance
    }
}
