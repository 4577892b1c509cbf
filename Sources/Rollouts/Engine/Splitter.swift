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
    private let tasks: Tasks
    private let clock: any EngineClock
    /// The longest that one operation may take, besides a drain's own time.
    static let limit = Duration.seconds(50)

    private var intents: [Key: SplitIntent] = [:]
    private var applied: [Key: TrafficSplit] = [:]
    /// Those that were put in force here; of what was only adopted it is not known.
    private var inForce: Set<Key> = []
    /// Those that a rollout asked for without an answer: it decides what comes next, and meanwhile they are left alone.
    private var unanswered: Set<Key> = []
    private var queues: [Key: Task<Void, Never>] = [:]
    /// Instances that get no work any more, and are about to be stopped.
    private var leaving: [Key: Set<String>] = [:]

    package init(
        platform: any Platform, router: any Router, logger: Logger, tasks: Tasks = Tasks(),
        clock: any EngineClock = SystemClock()
    ) {
        self.platform = platform
        self.router = router
        self.logger = logger
        self.tasks = tasks
        self.clock = clock
    }

    /// Puts the intent in force, and keeps it so from now on.
    /// - Throws: `SplitError.noReadyInstance` when the new bundle is to have work and no instance of it is ready;
    ///   then the intent before remains.
    package func apply(_ intent: SplitIntent) async throws -> TrafficSplit { try await apply(intent, nil) }

    func apply(_ intent: SplitIntent, _ permit: Permit?) async throws -> TrafficSplit {
        try await inTurn(intent) { try await self.applyNow(intent, permit) }
    }

    private func applyNow(_ intent: SplitIntent, _ permit: Permit?) async throws -> TrafficSplit {
        // Whoever was to leave and is still there is wanted again: the rollout has turned back.
        leaving[key(intent)] = nil
        return try await enforce(intent, strictly: true, permit)
    }

    /// What is wanted, without bringing it about at once: after a restart.
    /// - Parameter isDoubtful: whether a rollout may have asked for another one since, and will say which it wants.
    package func adopt(_ intent: SplitIntent, isDoubtful: Bool = false) {
        intents[key(intent)] = intent
        inForce.remove(key(intent))
        if isDoubtful { unanswered.insert(key(intent)) } else { unanswered.remove(key(intent)) }
    }

    /// No rollout is under way that would say what comes next.
    func rest(environment: String) { unanswered = unanswered.filter { $0.environment != environment } }

    /// Nothing is wanted there any more: somebody else may be at the wheel.
    func forget(environment: String) {
        intents = intents.filter { $0.key.environment != environment }
        applied = applied.filter { $0.key.environment != environment }
        inForce = inForce.filter { $0.environment != environment }
        rest(environment: environment)
    }

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
        try await drain(environment: environment, service: service, bundle: bundle, deadline: deadline, nil)
    }

    func drain(
        environment: String, service: String, bundle: Digest, deadline: Duration, _ permit: Permit?
    ) async throws -> Int {
        guard let intent = intents[Key(environment: environment, service: service)] else { return 0 }
        return try await inTurn(intent, limit: deadline + Self.limit) {
            try await self.drainNow(intent, bundle, deadline, permit)
        }
    }

    /// Lets nothing more go to these instances, divides the service's work among the others, and waits until nothing is in
    /// flight to them, or `deadline`.
    /// - Returns: how many requests were still in flight then.
    /// - Throws: `SplitError.noReadyInstance` when nobody would be left who has work.
    package func withdraw(
        environment: String, service: String, instances ids: Set<String>, deadline: Duration
    ) async throws -> Int {
        try await withdraw(environment: environment, service: service, instances: ids, deadline: deadline, nil)
    }

    func withdraw(
        environment: String, service: String, instances ids: Set<String>, deadline: Duration, _ permit: Permit?
    ) async throws -> Int {
        guard let intent = intents[Key(environment: environment, service: service)] else {
            throw SplitError.unknownService(service)
        }
        return try await inTurn(intent, limit: deadline + Self.limit) {
            try await self.withdrawNow(intent, ids, deadline, permit)
        }
    }

    private func withdrawNow(
        _ intent: SplitIntent, _ ids: Set<String>, _ deadline: Duration, _ permit: Permit?
    ) async throws -> Int {
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
        try permit?.check()
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
    package func refresh(environment: String) async { await refresh(environment: environment, nil) }

    func refresh(environment: String, _ permit: Permit?) async {
        for intent in intents.values.filter({ $0.environment == environment }).sorted(by: { $0.service < $1.service }) {
            guard queues[key(intent)] == nil, !unanswered.contains(key(intent)) else { continue }
            do {
                _ = try await inTurn(intent) { try await self.refreshNow(intent, permit) }
            } catch {
                logger.warning("the split of \(environment)/\(intent.service) could not be refreshed: \(error)")
            }
        }
    }

    /// Whether `refresh` would put anything in force.
    func isDue(environment: String) async -> Bool {
        for intent in intents.values.filter({ $0.environment == environment }).sorted(by: { $0.service < $1.service }) {
            do {
                let before = inForce.contains(key(intent)) ? intents[key(intent)] : nil
                let split = TrafficSplit.make(intent, instances: try await staying(intent)) {
                    before?.percent(of: $0) ?? 0
                }
                if let split, !isLeft(split, intent) { return true }
            } catch {
                logger.warning("the split of \(environment)/\(intent.service) could not be looked at: \(error)")
            }
        }
        return false
    }

    /// Whether it is in force, or has an arm that has work and nobody left: that keeps what the router knows of it.
    private func isLeft(_ split: TrafficSplit, _ intent: SplitIntent) -> Bool {
        applied[key(intent)] == split || split.arms.contains { $0.percent > 0 && $0.instances.isEmpty }
    }

    private func refreshNow(_ before: SplitIntent, _ permit: Permit?) async throws {
        guard let intent = intents[key(before)], !unanswered.contains(key(before)) else { return }
        _ = try await enforce(intent, strictly: false, permit)
    }

    private func drainNow(
        _ intent: SplitIntent, _ bundle: Digest, _ deadline: Duration, _ permit: Permit?
    ) async throws -> Int {
        let instances = try await platform.instances(environment: intent.environment)
        guard let split = TrafficSplit.make(intent, instances: instances, inForce: { intent.percent(of: $0) }),
            split.arms.contains(where: { $0.bundle == bundle })
        else { return 0 }
        try permit?.check()
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
        if !hasService {
            try permit?.check()
            try await router.remove(environment: intent.environment, service: intent.service)
        }
        intents[key(intent)] = hasService ? rest : nil
        return left
    }

    private func enforce(_ intent: SplitIntent, strictly: Bool, _ permit: Permit?) async throws -> TrafficSplit {
        let instances = try await staying(intent)
        let before = inForce.contains(key(intent)) ? intents[key(intent)] : nil
        let split = TrafficSplit.make(intent, instances: instances) { before?.percent(of: $0) ?? 0 }
        guard let split else {
            throw SplitError.unknownService(intent.service)
        }
        if strictly {
            try check(split, intent)
        } else if isLeft(split, intent) {
            return split
        }
        try permit?.check()
        // Wanted from now on, and in force perhaps: the answer may be lost, and what was before must not come back.
        intents[key(intent)] = intent
        inForce.remove(key(intent))
        applied[key(intent)] = nil
        if strictly { unanswered.insert(key(intent)) }
        try await router.apply(split)
        unanswered.remove(key(intent))
        inForce.insert(key(intent))
        applied[key(intent)] = split
        return split
    }

    private func inTurn<T: Sendable>(
        _ intent: SplitIntent, limit: Duration = Splitter.limit, _ body: @Sendable @escaping () async throws -> T
    ) async throws -> T {
        let key = key(intent)
        let (before, tasks, clock) = (queues[key], tasks, clock)
        let task = tasks.attempt {
            await before?.value
            try Task.checkCancellation()
            return try await tasks.within(limit, "the split of \(intent.service)", clock, body)
        }
        let end = tasks.begin {
            do { _ = try await task.value } catch { return }
        }
        queues[key] = end
        defer { if queues[key] == end { queues[key] = nil } }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
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
