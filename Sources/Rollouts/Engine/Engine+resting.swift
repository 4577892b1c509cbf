import Definitions
import Logging
import Storage

/// What happens in environments in which no rollout is under way.
extension Engine {
    package func resumeAll(environments: [String]) async throws {
        let unfinished = try await parts.database.read { try Journal.unfinished($0) }
        var busy: Set<String> = []
        for id in unfinished {
            if let environment = try await continueRollout(id) { busy.insert(environment) }
        }
        busy.formUnion(runners.values.map(\.environment))
        for environment in environments where !busy.contains(environment) { startSteward(environment) }
    }

    /// - Returns: its environment, if it goes on.
    private func continueRollout(_ id: String) async throws -> String? {
        let (holder, now) = (parts.holder, parts.clock.now)
        do {
            let (rollout, lease) = try await parts.database.write { connection in
                let rollout = try Journal.fold(id, connection)
                let lease = try Lease.acquire(
                    environment: rollout.environment, holder: holder, purpose: id,
                    until: now + .seconds(60) + Engine.leaseMargin, now: now, connection)
                return (rollout, lease)
            }
            try await adopt(rollout)
            parts.logger.info("rollout \(id) of \(rollout.environment) goes on at \(rollout.stage.name)")
            run(rollout, lease, [:])
            return rollout.environment
        } catch RolloutError.corrupt(_, let reason) {
            parts.logger.critical("rollout \(id) is quarantined: \(reason)")
            try await parts.database.write { try Journal.quarantine(id, reason: reason, now: now, $0) }
        } catch RolloutError.locked(_, let other, _, _, _) {
            parts.logger.notice("rollout \(id) belongs to \(other)")
        }
        return nil
    }

    /// What the rollout has put in force so far is wanted; what was there before is, where it has touched nothing.
    private func adopt(_ rollout: Rollout) async throws {
        let environment = rollout.environment
        let record = try await state(environment: environment)
        for intent in SplitIntent.resting(record) { await splitter.adopt(intent) }
        guard let course = rollout.course else { return }
        let (from, to) = try await parts.database.read { connection in
            (
                try course.from.map { try BundleStore.bundle($0, connection) },
                try BundleStore.bundle(course.to, connection)
            )
        }
        for (service, percent) in rollout.weights {
            await splitter.adopt(
                SplitIntent(environment: environment, service: service, from: from, to: to, percent: percent))
        }
        // The platform supervises what it was asked for since it started: what serves has to go on meanwhile.
        guard !rollout.stage.isBackward else { return }
        let running = rollout.ready.compactMap { name in to.service(name).map { (to, $0) } }
        let served = from.map { bundle in bundle.services.map { (bundle, $0) } } ?? []
        for (bundle, service) in served + running {
            let count = rollout.count(of: service.name, bundle: bundle.digest)
            guard count > 0 else { continue }
            adoptions[rollout.id, default: []].append(
                Task { await self.converge(bundle, service, count) { await self.goesForward(rollout.id) } })
        }
    }

    /// Once it turns back, the rollout itself says what should run, and the new bundle should not.
    private func goesForward(_ id: String) async -> Bool {
        guard let running = runners[id] else { return true }
        return await !running.runner.snapshot.stage.isBackward
    }

    func startSteward(_ environment: String) {
        stewards[environment]?.cancel()
        stewards[environment] = Task { await self.tend(environment) }
    }

    func stopSteward(_ environment: String) {
        stewards[environment]?.cancel()
        stewards[environment] = nil
    }

    /// Makes sure that what should run runs, keeps the splits in step with the instances, and stops the previous bundle
    /// when its window ends.
    private func tend(_ environment: String) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.converge(environment) }
            group.addTask {
                await self.everySecond(environment) {
                    await self.splitter.refresh(environment: environment)
                    try await self.endWindow(try await self.state(environment: environment))
                }
            }
        }
    }

    private func everySecond(_ environment: String, _ body: @Sendable () async throws -> Void) async {
        while !Task.isCancelled {
            do { try await body() } catch {
                if Task.isCancelled { return }
                parts.logger.warning("\(environment): \(error)")
            }
            do { try await parts.clock.sleep(for: .seconds(1)) } catch { return }
        }
    }

    /// Asks the platform for every service of the current bundle and the warm one, until they are ready.
    private func converge(_ environment: String) async {
        guard let record = await readState(environment) else { return }
        for intent in SplitIntent.resting(record)
        where await splitter.intent(environment: environment, service: intent.service) == nil {
            await splitter.adopt(intent)
        }
        await withTaskGroup(of: Void.self) { group in
            for bundle in [record.current, record.previous].compactMap(\.self) {
                for service in bundle.services {
                    let count = record.count(of: service.name, bundle: bundle.digest)
                    if count > 0 { group.addTask { await self.converge(bundle, service, count) } }
                }
            }
        }
    }

    private func converge(
        _ bundle: Bundle, _ service: BundleService, _ count: Int, while isWanted: @Sendable () async -> Bool = { true }
    ) async {
        while !Task.isCancelled, await isWanted() {
            do {
                _ = try await parts.platform.ensure(
                    bundle, service: service.name, count: count, deadline: service.health.start ?? .seconds(60))
                return
            } catch {
                if Task.isCancelled { return }
                parts.logger.warning("\(bundle.environment)/\(service.name) at \(bundle.release): \(error)")
            }
            do { try await parts.clock.sleep(for: .seconds(5)) } catch { return }
        }
    }

    private func readState(_ environment: String) async -> EnvironmentState? {
        do { return try await state(environment: environment) } catch {
            parts.logger.error("\(environment): \(error)")
            return nil
        }
    }

    /// Stops the previous bundle once it need not stay warm.
    private func endWindow(_ record: EnvironmentState) async throws {
        guard record.rollout == nil, let previous = record.previous, let until = record.warmUntil,
            until <= parts.clock.now,
            let id = record.last, let last = try await lastSucceeded(record.environment, id)
        else { return }
        let (holder, now, environment) = (parts.holder, parts.clock.now, record.environment)
        let begun = try await parts.database.write { connection -> (Rollout, Lease, JournalEntry?)? in
            // A rollout may have begun since the record was read: the lease is its own then.
            let row = try EnvironmentRecord.row(environment, connection)
            guard row.rollout == nil, row.previous == previous.digest else { return nil }
            let folded = try Journal.fold(last, connection)
            let lease = try Lease.acquire(
                environment: environment, holder: holder, purpose: last,
                until: now + .seconds(60) + Engine.leaseMargin, now: now, connection)
            guard folded.pending.isEmpty else { return (folded, lease, nil) }
            let event = Event.windowEnded(.init(previous: previous.digest))
            let step = try Journal.step(folded, event, at: now, lease: lease, connection)
            return (step.rollout, lease, step.entry)
        }
        guard let (rollout, lease, entry) = begun else { return }
        if let entry { followers.announce(entry) }
        stopSteward(environment)
        run(rollout, lease, [:])
    }

    /// The rollout that made the current bundle the current one: the last, or one before it that was turned back since.
    private func lastSucceeded(_ environment: String, _ last: String) async throws -> String? {
        let recent = try await history(environment: environment, limit: 50)
        return recent.first { $0.kind == .rollout && $0.outcome == .succeeded && $0.warmUntil != nil }?.id
    }
}
