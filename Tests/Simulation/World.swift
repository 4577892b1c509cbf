import Rollouts

/// What a rule of the design forbids, seen in simulation.
struct Violation: Error, CustomStringConvertible {
    var description: String
}

/// Instances, traffic and smoke tests on a virtual clock. Its faults depend on the time and the scenario only, never on
/// how often the engine asks, so that an engine that was killed meets the same world.
final class World {
    struct Group {
        var count: Int
        var readyAt: Int64
        var restarts = 0
    }

    let scenario: Scenario
    let old: Bundle?
    let new: Bundle
    private(set) var groups: [String: Group] = [:]
    private(set) var splits: [String: TrafficSplit] = [:]
    private var counters: [String: (requests: Double, errors: Double)] = [:]
    private var clock: Int64 = 0
    private var refusals: Int
    private var startFailures: Int
    private(set) var touched = false

    init(_ scenario: Scenario, old: Bundle?, new: Bundle) throws {
        self.scenario = scenario
        self.old = old
        self.new = new
        refusals = scenario.weather.routerRefusals
        startFailures = scenario.weather.startFailures
        guard let old else { return }
        for service in old.services {
            groups[key(service.name, old.digest)] = Group(count: service.replicas, readyAt: 0)
            let intent = SplitIntent(
                environment: old.environment, service: service.name, from: nil, to: old, percent: 100)
            splits[service.name] = TrafficSplit.make(intent, instances: instances(at: 0)) { _ in 0 }
        }
    }

    func key(_ service: String, _ bundle: Digest) -> String { "\(service) \(bundle)" }
    private func seconds(_ now: Int64) -> Int64 { now / 1_000_000 }
    private func isOut(_ now: Int64) -> Bool { scenario.weather.outage?.contains(seconds(now)) ?? false }

    func weight(_ service: String, _ bundle: Digest) -> Int {
        splits[service]?.arms.first { $0.bundle == bundle }?.percent ?? 0
    }

    // MARK: The platform

    func isReady(_ service: String, _ bundle: Digest, _ now: Int64) -> Bool {
        guard let group = groups[key(service, bundle)], group.count > 0, now >= group.readyAt, !isOut(now) else {
            return false
        }
        guard bundle == new.digest else { return true }
        if scenario.fault == .neverReady(service) { return false }
        return !(scenario.fault == .crashes(service) && weight(service, bundle) > 0)
    }

    func instances(at now: Int64) -> [Instance] {
        groups.sorted { $0.key < $1.key }.flatMap { name, group -> [Instance] in
            let parts = name.split(separator: " ")
            let (service, bundle) = (String(parts[0]), Digest(String(parts[1]))!)
            let isReady = isReady(service, bundle, now)
            return (0..<group.count).map { index in
                Instance(
                    id: "\(name)/\(index)", environment: new.environment, service: service,
                    release: bundle == new.digest ? new.release : old?.release ?? "", bundle: bundle, pid: 1,
                    port: 10_000 + index, alive: true, ready: isReady, proof: isReady ? .reported : .none,
                    since: Timestamp(microseconds: 0))
            }
        }
    }

    enum Ensured { case ready, notReady, failed }

    func ensure(_ service: String, _ bundle: Digest, _ count: Int, _ now: Int64) -> Ensured {
        touched = true
        if startFailures > 0, bundle == new.digest {
            startFailures -= 1
            return .failed
        }
        if groups[key(service, bundle)] == nil { groups[key(service, bundle)] = Group(count: count, readyAt: now) }
        return isReady(service, bundle, now) ? .ready : .notReady
    }

    func shrink(_ service: String, _ bundle: Digest, to count: Int) {
        guard let group = groups[key(service, bundle)] else { return }
        groups[key(service, bundle)]?.count = min(count, group.count)
    }

    func stop(_ service: String, _ bundle: Digest) throws {
        guard weight(service, bundle) == 0 else {
            throw Violation(description: "\(service) was stopped with \(weight(service, bundle)) % of the traffic")
        }
        groups[key(service, bundle)] = nil
    }

    // MARK: The router

    /// - Returns: false when it refuses.
    func apply(_ intent: SplitIntent, _ now: Int64) throws -> Bool {
        touched = true
        advance(to: now)
        if refusals > 0 {
            refusals -= 1
            return false
        }
        let made = TrafficSplit.make(intent, instances: instances(at: now)) { self.weight(intent.service, $0) }
        guard let split = made else { return true }
        for arm in split.arms where arm.percent > 0 {
            guard !arm.instances.isEmpty else { return false }
            let replicas = [old, new].compactMap { $0 }.first { $0.digest == arm.bundle }?.service(intent.service)?
                .replicas
            let before = splits[intent.service]?.arms.first { $0.bundle == arm.bundle }?.percent ?? 0
            if arm.percent > before, arm.bundle == new.digest, !isReady(intent.service, arm.bundle, now) {
                throw Violation(description: "\(intent.service) got \(arm.percent) % without being ready")
            }
            if arm.percent == 100, arm.instances.count < replicas ?? 0 {
                throw Violation(description: "\(intent.service) serves with \(arm.instances.count) of \(replicas ?? 0)")
            }
        }
        splits[intent.service] = split
        return true
    }

    /// Adds the requests since the last time, by the weights in force, deterministically.
    func advance(to now: Int64) {
        let elapsed = Double(now - clock) / 1_000_000
        clock = now
        for (service, split) in splits {
            for arm in split.arms where arm.percent > 0 {
                let requests = elapsed * Double(scenario.weather.requestsPerSecond * arm.percent) / 100
                counters[key(service, arm.bundle), default: (0, 0)].requests += requests
                counters[key(service, arm.bundle), default: (0, 0)].errors +=
                    requests * errorRate(service, arm.bundle, now)
            }
        }
    }

    private func errorRate(_ service: String, _ bundle: Digest, _ now: Int64) -> Double {
        if isOut(now) { return 0.9 }
        guard bundle == new.digest else { return scenario.weather.baseErrorRate }
        switch scenario.fault {
        case .errors(service, let rate): return rate
        case .crashes(service): return 1
        default: return scenario.weather.baseErrorRate
        }
    }

    func sample(_ service: String, _ now: Int64) -> SignalSample {
        advance(to: now)
        let isDark = scenario.weather.darkness?.contains(seconds(now)) ?? false
        let arms = [old, new].compactMap { $0 }.filter { groups[key(service, $0.digest)] != nil }.map { bundle in
            let count = counters[key(service, bundle.digest)] ?? (0, 0)
            let isSlow = bundle.digest == new.digest ? scenario.fault.slowness(service) : nil
            let milliseconds = 100 * (isSlow ?? 1)
            let isReady = isReady(service, bundle.digest, now)
            let dead = isReady ? 0 : 2
            return SignalSample.Arm(
                bundle: bundle.digest, requests: Int64(count.requests), errors: Int64(count.errors),
                latency: [.init(upTo: milliseconds, count: Int64(count.requests))],
                instances: groups[key(service, bundle.digest)]?.count ?? 0, ready: isReady ? 2 : 0,
                healthFailures: dead, restarts: 0)
        }
        return SignalSample(
            service: service, at: Timestamp(microseconds: now), epoch: "1", arms: arms,
            broken: isDark ? "nobody answers" : nil)
    }

    // MARK: Smoke tests

    func smoke(_ stage: SmokeRequest.Stage, _ bundle: Digest, _ now: Int64) -> Bool {
        if isOut(now) { return false }
        guard bundle == new.digest else { return true }
        return !(scenario.fault == .smokeBeforeTraffic && stage == .beforeTraffic)
            && !(scenario.fault == .smokeAtTheEnd && stage == .final)
    }
}

extension Fault {
    func slowness(_ service: String) -> Double? {
        if case .slow(service, let factor) = self { factor } else { nil }
    }
}
