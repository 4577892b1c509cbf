import Logging

/// Keeps the router's splits as they are wanted, whatever happens to the instances: one operation at a time for each
/// service, so that an older split never overtakes a newer one.
package actor Splitter {
    private struct Key: Hashable {
        var environment: String
        var service: String
    }

    private let platform: any Platform
    private let router: any Router
    private let logger: Logger
    private var intents: [Key: SplitIntent] = [:]
    private var applied: [Key: TrafficSplit] = [:]
    private var queues: [Key: Task<Void, Never>] = [:]
    /// Instances that get no work any more, and are about to be stopped.
    private var leaving: [Key: Set<String>] = [:]

    package init(platform: any Platform, router: any Router, logger: Logger) {
        self.platform = platform
        self.router = router
        self.logger = logger
    }

    /// Puts the intent in force, and keeps it so from now on.
    /// - Throws: `SplitError.noReadyInstance` when the new bundle is to have work and no instance of it is ready;
    ///   then the intent before remains.
    package func apply(_ intent: SplitIntent) async throws -> TrafficSplit {
        try await inTurn(intent) { try await self.applyNow(intent) }
    }

    private func applyNow(_ intent: SplitIntent) async throws -> TrafficSplit {
        // Whoever was to leave and is still there is wanted again: the rollout has turned back.
        leaving[key(intent)] = nil
        return try await enforce(intent, strictly: true)
    }

    /// What is wanted, without bringing it about at once: after a restart.
    package func adopt(_ intent: SplitIntent) { intents[key(intent)] = intent }

    package func intent(environment: String, service: String) -> SplitIntent? {
        intents[Key(environment: environment, service: service)]
    }

    /// Where clients reach a service of the bundle that has a port.
    package func door(_ bundle: Bundle, port: Int) async throws(RouterError) -> RouterDoor {
        try await router.door(bundle, port: port)
    }

    /// Lets nothing more go to the bundle and waits until nothing is in flight to it, or `deadline`.
    /// - Returns: how many requests were still in flight then.
    package func drain(environment: String, service: String, bundle: Digest, deadline: Duration) async throws -> Int {
        guard let intent = intents[Key(environment: environment, service: service)] else { return 0 }
        return try await inTurn(intent) { try await self.drainNow(intent, bundle, deadline) }
    }

    /// Lets nothing more go to these instances, divides the service's work among the others, and waits until nothing is in
    /// flight to them, or `deadline`.
    /// - Returns: how many requests were still in flight then.
    /// - Throws: `SplitError.noReadyInstance` when nobody would be left who has work.
    package func withdraw(
        environment: String, service: String, instances ids: Set<String>, deadline: Duration
    ) async throws -> Int {
        guard let intent = intents[Key(environment: environment, service: service)] else { return 0 }
        return try await inTurn(intent) { try await self.withdrawNow(intent, ids, deadline) }
    }

    private func withdrawNow(_ intent: SplitIntent, _ ids: Set<String>, _ deadline: Duration) async throws -> Int {
        let instances = try await platform.instances(environment: intent.environment)
        let rest = instances.filter { !ids.contains($0.id) }
        guard let split = TrafficSplit.make(intent, instances: rest, inForce: { intent.percent(of: $0) }) else {
            return 0
        }
        try check(split, intent)
        leaving[key(intent)] = ids
        let targets = instances.filter { ids.contains($0.id) }.compactMap { instance in
            instance.port.map { TrafficSplit.Target(id: instance.id, port: $0) }
        }
        applied[key(intent)] = nil
        let left = try await router.withdraw(targets, for: split, deadline: deadline)
        applied[key(intent)] = split
        return left
    }

    private func check(_ split: TrafficSplit, _ intent: SplitIntent) throws(SplitError) {
        for arm in split.arms where arm.percent > 0 && arm.instances.isEmpty {
            throw .noReadyInstance(service: intent.service, release: arm.release)
        }
    }

    /// What runs and is to have work: those that are about to be stopped are none of it.
    private func staying(_ intent: SplitIntent) async throws -> [Instance] {
        let gone = leaving[key(intent)] ?? []
        return try await platform.instances(environment: intent.environment).filter { !gone.contains($0.id) }
    }

    /// Applies again what the instances' comings and goings changed.
    package func refresh(environment: String) async {
        for intent in intents.values.filter({ $0.environment == environment }).sorted(by: { $0.service < $1.service }) {
            guard queues[key(intent)] == nil else { continue }
            do {
                _ = try await inTurn(intent) { try await self.refreshNow(intent) }
            } catch {
                logger.warning("the split of \(environment)/\(intent.service) could not be refreshed: \(error)")
            }
        }
    }

    private func refreshNow(_ before: SplitIntent) async throws {
        guard let intent = intents[key(before)] else { return }
        _ = try await enforce(intent, strictly: false)
    }

    private func drainNow(_ intent: SplitIntent, _ bundle: Digest, _ deadline: Duration) async throws -> Int {
        let instances = try await platform.instances(environment: intent.environment)
        guard let split = TrafficSplit.make(intent, instances: instances, inForce: { intent.percent(of: $0) }),
            split.arms.contains(where: { $0.bundle == bundle })
        else { return 0 }
        let left = try await router.drain(split, bundle: bundle, deadline: deadline)
        var rest = intent
        if rest.from?.digest == bundle { rest.from = nil }
        if rest.to?.digest == bundle {
            rest.to = rest.from
            rest.from = nil
            rest.percent = rest.to == nil ? 0 : 100
        }
        applied[key(intent)] = nil
        let hasService = [rest.to, rest.from].contains { $0?.service(intent.service) != nil }
        if !hasService { try await router.remove(environment: intent.environment, service: intent.service) }
        intents[key(intent)] = hasService ? rest : nil
        return left
    }

    private func enforce(_ intent: SplitIntent, strictly: Bool) async throws -> TrafficSplit {
        let instances = try await staying(intent)
        let before = intents[key(intent)]
        let split = TrafficSplit.make(intent, instances: instances) { before?.percent(of: $0) ?? 0 }
        guard let split else {
            throw SplitError.unknownService(intent.service)
        }
        if strictly {
            try check(split, intent)
        } else if applied[key(intent)] == split
            || split.arms.contains(where: { $0.percent > 0 && $0.instances.isEmpty })
        {
            return split  // An arm that has work and nobody left keeps what the router knows of it.
        }
        try await router.apply(split)
        intents[key(intent)] = intent
        applied[key(intent)] = split
        return split
    }

    private func inTurn<T: Sendable>(
        _ intent: SplitIntent, _ body: @Sendable @escaping () async throws -> T
    ) async throws -> T {
        let key = key(intent)
        let before = queues[key]
        let task = Task {
            await before?.value
            return try await body()
        }
        let end = Task {
            do { _ = try await task.value } catch { return }
        }
        queues[key] = end
        defer { if queues[key] == end { queues[key] = nil } }
        return try await task.value
    }

    private func key(_ intent: SplitIntent) -> Key { Key(environment: intent.environment, service: intent.service) }
}

package enum SplitError: Error, Sendable, Equatable, CustomStringConvertible {
    case noReadyInstance(service: String, release: String)
    case unknownService(String)

    package var description: String {
        switch self {
        case .noReadyInstance(let service, let release): "no instance of \(service) at release \(release) is ready"
        case .unknownService(let service): "no bundle that runs has a service \(service)"
        }
    }
}
