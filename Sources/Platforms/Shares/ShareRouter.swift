import FoundationEssentials
import HTTPClient
import Rollouts
import Secrets

/// Splits jobs between bundles: each worker is told its range of job buckets over its control path. Whoever gets less
/// is told first, so that no bucket is ever claimed twice.
package actor ShareRouter: Router {
    private static let pace = Duration.milliseconds(100)

    private let folder: String?
    private let http: any HTTPSending
    private let controlToken: @Sendable (_ environment: String) async throws -> Secret
    private let nonce: String
    private let turnstile = Turnstile()
    /// By environment, then service. Drained bundles have an arm of 0 %.
    private var splits: [String: [String: TrafficSplit]] = [:]
    private var tallies: [String: WorkerTally] = [:]

    /// - Parameters:
    ///   - stateDirectory: `shares/ENVIRONMENT.json` in it tells the next engine what was asked for; nil forgets it.
    ///   - nonce: differs between engines: counters of two engines do not continue each other.
    package init(
        stateDirectory: String? = nil, http: any HTTPSending, nonce: String = "",
        controlToken: @Sendable @escaping (_ environment: String) async throws -> Secret
    ) {
        folder = stateDirectory.map { "\($0)/shares" }
        self.http = http
        self.nonce = nonce
        self.controlToken = controlToken
    }

    package func apply(_ split: TrafficSplit) async throws(RouterError) {
        await turnstile.enter()
        defer { turnstile.leave() }
        try remember(split)
        try await bring(split)
    }

    package func drain(
        _ split: TrafficSplit, bundle: Digest, deadline: Duration
    ) async throws(RouterError) -> Int {
        let end = ContinuousClock.now + deadline
        guard let arm = split.arms.first(where: { $0.bundle == bundle }) else { return 0 }
        try await release(arm.instances, split)
        return try await waitIdle(arm.instances, split, until: end)
    }

    package func withdraw(
        _ leaving: [TrafficSplit.Target], for split: TrafficSplit, deadline: Duration
    ) async throws(RouterError) -> Int {
        let end = ContinuousClock.now + deadline
        try await release(leaving, split)
        try await apply(split)
        return try await waitIdle(leaving, split, until: end)
    }

    /// Takes their buckets away. Workers without a control path take jobs until they are told to end.
    private func release(_ targets: [TrafficSplit.Target], _ split: TrafficSplit) async throws(RouterError) {
        guard split.sharePath != nil else { return }
        let control = try await control(split)
        for target in targets where try await control.share(of: target) != nil {
            try await control.set(.none, of: target)
        }
    }

    private func waitIdle(
        _ targets: [TrafficSplit.Target], _ split: TrafficSplit, until end: ContinuousClock.Instant
    ) async throws(RouterError) -> Int {
        guard split.sharePath != nil else { return 0 }
        let control = try await control(split)
        while true {
            var busy = 0
            for target in targets { busy += await control.counters(of: target)?.inFlight ?? 0 }
            if busy == 0 || ContinuousClock.now >= end { return busy }
            await uncancelled(Self.pace)
        }
    }

    package func remove(environment: String, service: String) async throws(RouterError) {
        await turnstile.enter()
        defer { turnstile.leave() }
        try load(environment)
        guard splits[environment]?.removeValue(forKey: service) != nil else { return }
        try record(environment)
    }

    package func observe(environment: String, service: String) async throws(RouterError) -> RouterObservation {
        try load(environment)
        guard let split = splits[environment]?[service] else { throw .unknownService(service) }
        let control = try await control(split)
        var arms: [RouterObservation.Arm] = []
        var silent: [String] = []
        for arm in split.arms {
            var sum = WorkerCounters()
            for target in arm.instances {
                if let counters = await control.counters(of: target) {
                    tallies[target.id, default: WorkerTally()].saw(counters)
                } else {
                    silent.append(target.id)
                    tallies[target.id]?.sawNothing()
                }
                sum = sum + (tallies[target.id]?.total ?? WorkerCounters())
            }
            arms.append(
                .init(
                    bundle: arm.bundle, requests: sum.done + sum.failed, errors: sum.failed, inFlight: sum.inFlight,
                    latency: sum.durations.sorted { $0.key < $1.key }.map { .init(upTo: $0.key, count: $0.value) },
                    percent: arm.percent, costs: sum.costs))
        }
        // A worker that is being restarted says nothing for a while; when none says anything, nothing is known.
        let all = split.arms.reduce(0) { $0 + $1.instances.count }
        let broken =
            all > 0 && silent.count == all ? "No worker tells its counters: \(silent.joined(separator: ", "))." : nil
        return RouterObservation(epoch: "shares-\(nonce)", arms: arms, broken: broken)
    }

    /// Tells workers their shares again that have another one, such as those that were restarted.
    /// - Parameter ports: where instances listen now, if that has changed.
    package func reconcile(environment: String, ports: [String: Int] = [:]) async throws(RouterError) {
        await turnstile.enter()
        defer { turnstile.leave() }
        try load(environment)
        for split in (splits[environment] ?? [:]).values.sorted(by: { $0.service < $1.service }) {
            let current = split.moved(to: ports)
            if current != split { try remember(current) }
            try await bring(current)
        }
    }

    private func control(_ split: TrafficSplit) async throws(RouterError) -> WorkerControl {
        do {
            let token = try await controlToken(split.environment)
            return WorkerControl(http: http, path: split.sharePath ?? "/control/share", token: token)
        } catch {
            throw .unreachable(reason: "The control token of \(split.environment) cannot be had: \(error)")
        }
    }

    private func bring(_ split: TrafficSplit) async throws(RouterError) {
        guard split.sharePath != nil else { return }
        let control = try await control(split)
        let wanted = ShareRanges.ranges(split.arms)
        var growing: [(TrafficSplit.Target, Share)] = []
        for target in split.arms.flatMap(\.instances) {
            let share = wanted[target.id] ?? .none
            guard let now = try await control.share(of: target) else {
                // Nobody is there, so it claims nothing, and that is right only if it is to claim nothing.
                if share.isEmpty { continue }
                throw .unreachable(reason: "The worker \(target.id) does not listen on port \(target.port).")
            }
            guard now != share else { continue }
            let common = now.common(with: share)
            if common != now { try await control.set(common, of: target) }
            if common != share { growing.append((target, share)) }
        }
        for (target, share) in growing { try await control.set(share, of: target) }
    }

    // MARK: What was asked for

    private func remember(_ split: TrafficSplit) throws(RouterError) {
        try load(split.environment)
        splits[split.environment, default: [:]][split.service] = split
        try record(split.environment)
    }

    private func record(_ environment: String) throws(RouterError) {
        guard let folder else { return }
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let data = try JSONEncoder().encode(splits[environment])
            try data.write(to: URL(filePath: "\(folder)/\(environment).json"), options: .atomic)
        } catch {
            throw .cannotStart(reason: "\(folder) cannot be written: \(error). Free space or mend permissions.")
        }
    }

    private func load(_ environment: String) throws(RouterError) {
        guard splits[environment] == nil else { return }
        splits[environment] = [:]
        guard let folder else { return }
        let path = "\(folder)/\(environment).json"
        guard FileManager.default.fileExists(atPath: path) else { return }
        do {
            let data = try Data(contentsOf: URL(filePath: path))
            splits[environment] = try JSONDecoder().decode([String: TrafficSplit].self, from: data)
        } catch {
            throw .cannotStart(reason: "\(path) cannot be read: \(error). Remove it; the next rollout writes it anew.")
        }
    }
}

extension TrafficSplit {
    /// The same split, with instances where they listen now.
    func moved(to ports: [String: Int]) -> TrafficSplit {
        var split = self
        for arm in split.arms.indices {
            for index in split.arms[arm].instances.indices {
                let id = split.arms[arm].instances[index].id
                if let port = ports[id] { split.arms[arm].instances[index].port = port }
            }
        }
        return split
    }
}
