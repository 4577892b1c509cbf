import Logging
import Storage

/// What an engine finds when it starts, and what another one left behind.
extension Engine {
    package func resumeAll(environments: [String]) async throws {
        for id in try await parts.database.read({ try Journal.unfinished($0) }) {
            // One that cannot be continued now is no reason to leave the others alone; its steward tries again.
            do { try await takeOver(id) } catch RolloutError.locked(_, let holder, _, _, _) {
                parts.logger.notice("rollout \(id) belongs to \(holder)")
            } catch {
                parts.logger.error("rollout \(id) could not be continued: \(error)")
            }
        }
        let busy = Set(runners.values.map(\.environment))
        for environment in environments where !busy.contains(environment) { startSteward(environment) }
    }

    /// Goes on with a rollout that no engine runs; one whose record makes no sense is quarantined.
    /// - Throws: `RolloutError.locked` where another engine runs it, `DatabaseError`.
    func takeOver(_ id: String) async throws {
        guard runners[id] == nil, !isShutDown, beginning.insert(id).inserted else { return }
        defer { beginning.remove(id) }
        do {
            try await goOn(id)
        } catch let error as RolloutError {
            guard let reason = error.quarantines else { throw error }
            let now = parts.clock.now
            // An engine of another version may understand it, and be running it.
            _ = try await taking(
                environment(of: id), for: id, lasting: Engine.leaseMargin
            ) { lease, connection in
                try Journal.quarantine(id, reason: reason, now: now, connection)
                try lease.release(connection)
            }
            parts.logger.critical("rollout \(id) is quarantined: \(reason)")
        }
    }

    private func environment(of id: String) async throws -> String {
        try await parts.database.read { try Journal.environment(of: id, $0) }
    }

    private func goOn(_ id: String) async throws {
        let (rollout, lease, permit) = try await taking(
            environment(of: id), for: id, lasting: .seconds(60) + Engine.leaseMargin
        ) { _, connection in try Journal.fold(id, connection) }
        let adopted = try await adopt(rollout, permit)
        parts.logger.info("rollout \(id) of \(rollout.environment) goes on at \(rollout.stage.name)")
        run(rollout, lease, permit, [:], adopted: adopted)
        stopSteward(rollout.environment)
    }

    /// What the rollout has put in force so far is wanted; what was there before is, where it has touched nothing.
    /// - Returns: ends when what should serve was asked for once, for the platform supervises and probes what it was asked
    ///   for since it started.
    private func adopt(_ rollout: Rollout, _ permit: Permit) async throws -> Task<Void, Never> {
        let environment = rollout.environment
        let record = try await state(environment: environment)
        await splitter.forget(environment: environment)
        for intent in SplitIntent.resting(record) { await splitter.adopt(intent) }
        guard let course = rollout.course else { return await adoptResting(record, rollout.id, permit) }
        let (from, to) = try await parts.database.read { connection in
            (
                try course.from.map { try BundleStore.bundle($0, connection) },
                try BundleStore.bundle(course.to, connection)
            )
        }
        for (service, percent) in rollout.weights.sorted(by: { $0.key < $1.key }) {
            await splitter.adopt(
                SplitIntent(environment: environment, service: service, from: from, to: to, percent: percent),
                isDoubtful: rollout.stage.isBackward)
        }
        let id = rollout.id
        var first: [Task<Bool, any Error>] = []
        if let from {
            for service in from.services {
                let count = rollout.count(of: service.name, bundle: from.digest)
                if count > 0 { first.append(supervise(from, service, count, id, permit) { true }) }
            }
        }
        // Once it turns back, the rollout itself says what should run, and the new bundle should not.
        if !rollout.stage.isBackward {
            for service in rollout.ready.compactMap(to.service) {
                let count = rollout.count(of: service.name, bundle: to.digest)
                if count > 0 { first.append(supervise(to, service, count, id, permit) { await self.goesForward(id) }) }
            }
        }
        let attempts = first
        return parts.tasks.begin { for attempt in attempts { _ = await attempt.result } }
    }

    /// Before a rollout has a course, what serves is what served before: its instances have to be watched over all the same, or one
    /// that died meanwhile makes the new release look as if it could not take over.
    private func adoptResting(_ record: EnvironmentState, _ id: String, _ permit: Permit) async -> Task<Void, Never> {
        let first = (record.current?.services ?? []).compactMap { service -> Task<Bool, any Error>? in
            guard let current = record.current else { return nil }
            let count = record.count(of: service.name, bundle: current.digest)
            return count > 0 ? supervise(current, service, count, id, permit) { true } : nil
        }
        return parts.tasks.begin { for attempt in first { _ = await attempt.result } }
    }

    /// Asks for the instances until they are there, as long as the rollout runs.
    /// - Returns: the first attempt.
    private func supervise(
        _ bundle: Bundle, _ service: BundleService, _ count: Int, _ id: String, _ permit: Permit,
        while isWanted: @Sendable @escaping () async -> Bool
    ) -> Task<Bool, any Error> {
        let first = parts.tasks.attempt { await self.ensure(bundle, service, count, permit) }
        let rest = parts.tasks.begin {
            if case .success(true) = await first.result { return }
            await self.converge(bundle, service, count, permit, while: isWanted)
        }
        adoptions[id, default: []] += [rest, parts.tasks.begin { _ = await first.result }]
        return first
    }

    private func goesForward(_ id: String) async -> Bool {
        guard let running = runners[id] else { return true }
        return await !running.runner.snapshot.stage.isBackward
    }
}

extension RolloutError {
    /// Why the rollout cannot be understood, if that is what it says.
    fileprivate var quarantines: String? {
        switch self {
        case .corrupt(_, let reason): reason
        case .unknownBundle(_, let bundle): "its bundle \(bundle.short) is not on record"
        default: nil
        }
    }
}
