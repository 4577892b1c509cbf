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
        while !Task.isCancelled {
            do {
                let row = try await parts.database.read { try EnvironmentRecord.row(environment, $0) }
                if let id = row.rollout {
                    seen = nil
                    await leave(environment)
                    try await takeOver(id)
                } else {
                    if !row.isSame(as: seen) { try await settle(environment) }
                    seen = row
                    await splitter.refresh(environment: environment)
                    try await endWindow(environment, row)
                }
            } catch RolloutError.locked {
                // Another engine runs it.
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
    private func settle(_ environment: String) async throws {
        let record = try await state(environment: environment)
        guard record.rollout == nil, !Task.isCancelled else { return }
        for intent in SplitIntent.resting(record)
        where await splitter.intent(environment: environment, service: intent.service) == nil {
            await splitter.adopt(intent)
        }
        guard !Task.isCancelled else { return }
        for task in convergences.removeValue(forKey: environment) ?? [] { task.cancel() }
        for bundle in [record.current, record.previous].compactMap(\.self) {
            for service in bundle.services {
                let count = record.count(of: service.name, bundle: bundle.digest)
                guard count > 0 else { continue }
                convergences[environment, default: []].append(
                    parts.tasks.begin { await self.converge(bundle, service, count) })
            }
        }
    }

    func converge(
        _ bundle: Bundle, _ service: BundleService, _ count: Int, while isWanted: @Sendable () async -> Bool = { true }
    ) async {
        while !Task.isCancelled, await isWanted() {
            if await ensure(bundle, service, count) { return }
            do { try await parts.clock.sleep(for: .seconds(5)) } catch { return }
        }
    }

    /// - Returns: whether all of them run.
    func ensure(_ bundle: Bundle, _ service: BundleService, _ count: Int) async -> Bool {
        let (platform, limit) = (parts.platform, service.health.start ?? .seconds(60))
        do {
            _ = try await parts.tasks.within(limit + .seconds(30), "the start of \(service.name)", parts.clock) {
                try await platform.ensure(bundle, service: service.name, count: count, deadline: limit)
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
        let (holder, now) = (parts.holder, parts.clock.now)
        let begun = try await parts.database.write { connection -> (Rollout, Lease, [JournalEntry])? in
            // A rollout may have begun since the record was read: the lease is its own then.
            let row = try EnvironmentRecord.row(environment, connection)
            guard row.rollout == nil, row.previous == previous else { return nil }
            let folded = try Journal.fold(last, connection)
            let lease = try Lease.acquire(
                environment: environment, holder: holder, purpose: last,
                until: now + .seconds(60) + Engine.leaseMargin, now: now, connection)
            guard folded.pending.isEmpty else { return (folded, lease, []) }
            let event = Event.windowEnded(.init(previous: previous))
            let step = try Journal.step(folded, event, at: now, lease: lease, connection)
            return (step.rollout, lease, [step.entry])
        }
        guard let (rollout, lease, entries) = begun else { return }
        for entry in entries { followers.announce(entry) }
        run(rollout, lease, [:])
        stopSteward(environment)
    }

    /// The rollout that made the current bundle the current one: the last, or one before it that was turned back since.
    private func lastSucceeded(_ environment: String, _ last: String) async throws -> String? {
        let recent = try await history(environment: environment, limit: 50)
        return recent.first { $0.kind == .rollout && $0.outcome == .succeeded && $0.warmUntil != nil }?.id
    }
}

extension EnvironmentRecord.Row {
    /// Whether the same bundles should run.
    fileprivate func isSame(as other: Self?) -> Bool {
        other?.current == current && other?.previous == previous && other != nil
    }
}
