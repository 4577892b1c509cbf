import Contract
import Definitions
import Rollouts

/// A service at a bundle.
struct Place: Hashable, Comparable, CustomStringConvertible {
    var service: String
    var bundle: Digest

    static func < (a: Place, b: Place) -> Bool { (a.service, a.bundle.text) < (b.service, b.bundle.text) }
    var description: String { "\(service)@\(bundle.short)" }
}

/// Instances, traffic and smoke tests in virtual time. Its faults depend on the time and the scenario only, never on how
/// often it is asked, so that an engine that was killed meets the same world.
// Only the thread that runs the simulation ever touches it.
final class World: @unchecked Sendable {
    struct Copy {
        var number: Int
        var readyAt: Int64
        var isDead = false
        var restarts = 0
    }

    struct Group {
        var bundle: Bundle
        var copies: [Copy]
        /// Whether somebody starts again what dies.
        var isKept: Bool
    }

    let timeline: Timeline
    let rules: Rules
    let weather: Weather
    let bundles: [String: Bundle]
    let faults: [String: Fault]
    var groups: [Place: Group] = [:]
    var splits: [String: TrafficSplit] = [:]
    var counters: [Place: (requests: Double, errors: Double)] = [:]
    var epoch = 1
    var refusals: Int
    var startFailures: Int
    /// Releases whose smoke tests fail for now, besides those with a fault.
    var smokeFails: Set<String> = []
    /// Releases whose smoke tests never end.
    var endlessSmoke: Set<String> = []
    /// Exit codes of programs that do not end with 0, and the programs that were run.
    var programs: [String: Int32] = [:]
    var executed: [String] = []
    /// The same by rollout.
    var commands: [String: [String]] = [:]
    /// Places that had work and were not drained since, and when they last had any.
    var undrained: [Place: Int64] = [:]
    private var counted: Int64 = 0

    init(_ timeline: Timeline, _ rules: Rules, weather: Weather, bundles: [Bundle], faults: [String: Fault]) {
        self.timeline = timeline
        self.rules = rules
        self.weather = weather
        self.bundles = Dictionary(uniqueKeysWithValues: bundles.map { ($0.release, $0) })
        self.faults = faults
        refusals = weather.routerRefusals
        startFailures = weather.startFailures
        for death in weather.deaths { timeline.plan(death.at * 1_000_000) { self.die(death) } }
        if let second = weather.counterReset {
            timeline.plan(second * 1_000_000) {
                self.advance()
                self.timeline.note("world", "counters begin anew")
                self.counters = [:]
                self.epoch += 1
            }
        }
    }

    /// The bundle runs and serves from the beginning.
    func begin(_ bundle: Bundle) {
        for service in bundle.services {
            let copies = (0..<service.replicas).map { Copy(number: $0, readyAt: 0) }
            groups[Place(service: service.name, bundle: bundle.digest)] = Group(
                bundle: bundle, copies: copies, isKept: weather.isSupervisedElsewhere)
            let intent = SplitIntent(
                environment: bundle.environment, service: service.name, from: nil, to: bundle, percent: 100)
            splits[service.name] = TrafficSplit.make(intent, instances: instances { _ in true }) { _ in 0 }
            undrained[Place(service: service.name, bundle: bundle.digest)] = 0
        }
    }

    private func within(_ range: ClosedRange<Int64>?) -> Bool {
        guard let range else { return false }
        return range.lowerBound * 1_000_000 <= timeline.now && timeline.now <= range.upperBound * 1_000_000
    }

    var isOut: Bool { within(weather.outage) }
    var isDark: Bool { within(weather.darkness) }

    /// Whether nothing is known of the bundle now.
    func isBlind(to bundle: Bundle) -> Bool {
        weather.blindness.map { $0.release == bundle.release && within($0.seconds) } ?? false
    }

    func fault(_ bundle: Bundle) -> Fault { faults[bundle.release] ?? .none }

    func weight(_ place: Place) -> Int {
        splits[place.service]?.arms.first { $0.bundle == place.bundle }?.percent ?? 0
    }

    // MARK: Instances

    func isReady(_ copy: Copy, _ place: Place, _ group: Group) -> Bool {
        guard !copy.isDead, timeline.now >= copy.readyAt, !isOut else { return false }
        switch fault(group.bundle) {
        case .neverReady(place.service): return false
        case .crashes(place.service): return weight(place) == 0
        default: return true
        }
    }

    func isProved(_ place: Place, _ group: Group) -> Bool { fault(group.bundle) != .lies(place.service) }

    func readyCount(_ place: Place) -> Int {
        guard let group = groups[place], isProved(place, group) else { return 0 }
        return group.copies.count { isReady($0, place, group) }
    }

    /// - Parameter isKnown: whether the one who asks has probed the group already.
    func instances(_ isKnown: (Place) -> Bool) -> [Instance] {
        groups.sorted { $0.key < $1.key }.flatMap { place, group -> [Instance] in
            let known = isKnown(place)
            return group.copies.map { copy in
                let isReady = known && isReady(copy, place, group)
                let isProved = known && isProved(place, group)
                return Instance(
                    id: "\(place)/\(copy.number)", environment: group.bundle.environment, service: place.service,
                    release: group.bundle.release, bundle: place.bundle, pid: copy.isDead ? nil : 1,
                    port: copy.isDead ? nil : 10_000 + copy.number + 10 * copy.restarts, alive: !copy.isDead,
                    ready: isReady && isProved, proof: isProved && isReady ? .reported : .none,
                    restarts: copy.restarts, since: Timestamp(microseconds: 0))
            }
        }
    }

    private func die(_ death: Weather.Death) {
        guard let bundle = bundles[death.release] else { return }
        let place = Place(service: death.service, bundle: bundle.digest)
        guard var group = groups[place], !group.copies.isEmpty else { return }
        timeline.note("world", "an instance of \(place) dies")
        group.copies[0].isDead = true
        groups[place] = group
        if group.isKept { timeline.plan(2_000_000) { self.revive(place) } }
    }

    func revive(_ place: Place) {
        guard var group = groups[place], group.isKept else { return }
        for index in group.copies.indices where group.copies[index].isDead {
            group.copies[index].isDead = false
            group.copies[index].restarts += 1
            group.copies[index].readyAt = timeline.now + weather.startSeconds * 1_000_000
        }
        groups[place] = group
    }

    /// The engine that kept instances running is gone.
    func abandon() {
        guard !weather.isSupervisedElsewhere else { return }
        for place in groups.keys { groups[place]?.isKept = false }
    }

    // MARK: Traffic

    /// Adds the requests since the last time, by the weights in force, deterministically.
    func advance() {
        let elapsed = Double(timeline.now - counted) / 1_000_000
        counted = timeline.now
        for (service, split) in splits {
            for arm in split.arms where arm.percent > 0 {
                let place = Place(service: service, bundle: arm.bundle)
                let requests = elapsed * Double(weather.requestsPerSecond * arm.percent) / 100
                let before = counters[place] ?? (0, 0)
                counters[place] = (before.requests + requests, before.errors + requests * errorRate(place))
            }
        }
    }

    private func errorRate(_ place: Place) -> Double {
        guard let group = groups[place] else { return 1 }
        if isOut { return 0.9 }
        switch fault(group.bundle) {
        case .errors(place.service, let rate): return rate
        case .crashes(place.service): return 1
        default: return readyCount(place) == 0 ? 1 : weather.baseErrorRate
        }
    }
}
