import Definitions
import Logging
import Storage

/// What happens in environments in which no rollout of this engine is under way.
extension Engine {
    func startSteward(_ environment: String) {
        stopSteward(environment)
        stewards[environment] = parts.tasks.begin { await self.tend(environment) }
    }

    func stopSteward(_ environment: String) {
        stewards.removeValue(forKey: environment)?.cancel()
        for task in convergences.removeValue(forKey: environment) ?? [] { task.cancel() }
    }

    /// Makes sure that what should run runs, keeps the splits in step with the instances, stops the previous bundle when
    /// its window ends, and takes over a rollout that nobody runs. What another engine does is left alone.
    private func tend(_ environment: String) async {
        var seen: EnvironmentRecord.Row?
        await splitter.rest(environment: environment)
        while !Task.isCancelled {
            do {
                let row = try await parts.database.read { try EnvironmentRecord.row(environment, $0) }
                if let id = row.rollout {
                    seen = nil
                    // What is begun here is on record before its runner is there.
                    if !beginning.contains(id) {
                        await leave(environment)
                        try await takeOver(id)
                    }
                } else {
                    if !row.isSame(as: seen) { try await settle(environment, row) }
                    seen = row
                    try await refresh(environment, row)
                    try await endWindow(environment, row)
                }
            } catch RolloutError.locked {
                // Another engine runs it, or has its turn.
            } catch {
                if Task.isCancelled { return }
                parts.logger.warning("\(environment): \(error)")
            }
            do { try await parts.clock.sleep(for: .seconds(1)) } catch { return }
        }
    }

    /// Somebody else may be at the wheel: nothing here is wanted any more.
    private func leave(_ environment: String) async {
        for task in convergences.removeValue(forKey: environment) ?? [] { task.cancel() }
        if !runners.values.contains(where: { $0.environment == environment }) {
            await splitter.forget(environment: environment)
        }
    }

    /// Asks the platform for every service of the current bundle and the warm one, until they are ready.
    private func settle(_ environment: String, _ row: EnvironmentRecord.Row) async throws {
        let record = try await state(environment: environment)
        guard record.rollout == nil, !Task.isCancelled else { return }
        await adoptSplits(of: record)
        guard !Task.isCancelled else { return }
        for task in convergences.removeValue(forKey: environment) ?? [] { task.cancel() }
        // One whose window is over is about to be stopped, or is being: some of it may be gone already, for good.
        let warm = record.warmUntil.map { $0 > parts.clock.now } ?? true
        for bundle in [record.current, warm ? record.previous : nil].compactMap(\.self) {
            for service in bundle.services {
                let count = record.count(of: service.name, bundle: bundle.digest)
                guard count > 0 else { continue }
                convergences[environment, default: []].append(
                    parts.tasks.begin { await self.keep(bundle, service, count, row) })
            }
        }
    }

    /// What serves is known to the splitter, where nothing of it is yet.
    func adoptSplits(of record: EnvironmentState) async {
        for intent in SplitIntent.resting(record)
        where await splitter.intent(environment: record.environment, service: intent.service) == nil {
            await splitter.adopt(intent)
        }
    }

    /// Puts the splits in step with the instances, if they are not.
    private func refresh(_ environment: String, _ row: EnvironmentRecord.Row) async throws {
        guard await splitter.isDue(environment: environment) else { return }
        let splitter = splitter
        _ = try await resting(environment, as: row, for: Splitter.limit + Tasks.grace) {
            await splitter.refresh(environment: environment, $0)
        }
    }

    /// Asks for the instances until they are there, as long as the environment rests.
    private func keep(
        _ bundle: Bundle, _ service: BundleService, _ count: Int, _ row: EnvironmentRecord.Row
    ) async {
        let environment = bundle.environment
        while !Task.isCancelled {
            do {
                let isThere = try await resting(environment, as: row, for: startLimit(service) + Tasks.grace) {
                    await ensure(bundle, service, count, $0)
                }
                guard isThere == false else { return }
            } catch RolloutError.locked {
                // Another engine does that, or something else, just now.
            } catch {
                if Task.isCancelled { return }
                parts.logger.warning("\(environment)/\(service.name) at \(bundle.release): \(error)")
            }
            do { try await parts.clock.sleep(for: .seconds(5)) } catch { return }
        }
    }

    private func startLimit(_ service: BundleService) -> Duration {
        (service.health.start ?? .seconds(60)) + .seconds(30)
    }

    func converge(
        _ bundle: Bundle, _ service: BundleService, _ count: Int, _ permit: Permit,
        while isWanted: @Sendable () async -> Bool
    ) async {
        while !Task.isCancelled, await isWanted() {
            if await ensure(bundle, service, count, permit) { return }
            do { try await parts.clock.sleep(for: .seconds(5)) } catch { return }
        }
    }

    /// - Returns: whether all of them run.
    func ensure(_ bundle: Bundle, _ service: BundleService, _ count: Int, _ permit: Permit) async -> Bool {
        let (platform, limit) = (parts.platform, service.health.start ?? .seconds(60))
        do {
            _ = try await parts.tasks.within(startLimit(service), "the start of \(service.name)", parts.clock) {
                try permit.check()
                return try await platform.ensure(bundle, service: service.name, count: count, deadline: limit)
            }
            return true
        } catch {
            if !Task.isCancelled {
                parts.logger.warning("\(bundle.environment)/\(service.name) at \(bundle.release): \(error)")
            }
            return false
        }
    }

    /// Stops the previous bundle once it need not stay warm.
    private func endWindow(_ environment: String, _ row: EnvironmentRecord.Row) async throws {
        guard let previous = row.previous, let until = row.warmUntil, until <= parts.clock.now, let id = row.last,
            let last = try await lastSucceeded(environment, id), !Task.isCancelled
        else { return }
        let now = parts.clock.now
        let begun: ((Rollout, [JournalEntry]), Lease, Permit)
        do {
            begun = try await taking(
                environment, for: last, lasting: .seconds(60) + Engine.leaseMargin
            ) { lease, connection in
                // A rollout may have begun since the record was read: the lease is its own then.
                let row = try EnvironmentRecord.row(environment, connection)
                guard row.rollout == nil, row.previous == previous else { throw HasMovedOn() }
                let folded = try Journal.fold(last, connection)
                guard folded.pending.isEmpty else { return (folded, []) }
                let event = Event.windowEnded(.init(previous: previous))
                let step = try Journal.step(folded, event, at: now, lease: lease, connection)
                return (step.rollout, [step.entry])
            }
        } catch is HasMovedOn { return }
        let ((rollout, entries), lease, permit) = begun
        for entry in entries { followers.announce(entry) }
        run(rollout, lease, permit, [:])
        stopSteward(environment)
    }

    /// The rollout that made the current bundle the current one: the last, or one before it that was turned back since.
    private func lastSucceeded(_ environment: String, _ last: String) async throws -> String? {
        let recent = try await history(environment: environment, limit: 50)
        return recent.first { $0.kind == .rollout && $0.outcome == .succeeded && $0.warmUntil != nil }?.id
    }
}

/// A rollout has begun, or another bundle is the one before, since the environment's record was read.
private struct HasMovedOn: Error {}
