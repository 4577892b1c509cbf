import Analysis
import Storage

extension Engine {
    package func rollback(
        environment: String, to bundle: Digest?, reason: String?, by actor: String, evidence: JudgedLooks?, key: String?
    ) async throws -> String {
        // What was asked for turned a rollout back, which has ended: asked again, it must not go back one more.
        if let id = try await known(key, RequestKey.rollback, environment) { return id }
        let record = try await state(environment: environment)
        if let id = record.rollout {
            let running = try await runner(id)
            _ = try Engine.target(of: await running.snapshot, asked: bundle)
            try await running.command(.rollbackRequested(.init(by: actor, reason: reason, key: key)))
            return id
        }
        let (_, restored) = try await restorable(record, bundle)
        let requested = Event.Requested(
            environment: environment, kind: .rollback, release: restored.release, actor: actor, reason: reason,
            strategy: nil, machine: Rollout.machineVersion, target: restored.digest, tick: parts.tick,
            evidence: evidence, key: key)
        return try await begin(requested, callerSecrets: [:])
    }

    package func wayBack(environment: String, to bundle: Digest?) async throws -> WayBack {
        let record = try await state(environment: environment)
        guard let id = record.rollout else {
            let (current, restored) = try await restorable(record, bundle)
            return WayBack(from: current, to: restored)
        }
        let snapshot = try await runner(id).snapshot
        guard let course = snapshot.course, let from = try Engine.target(of: snapshot, asked: bundle) else {
            throw RolloutError.nothingToRollBackTo(environment: environment)
        }
        let (to, old) = try await parts.database.read {
            (try BundleStore.bundle(course.to, $0), try BundleStore.bundle(from, $0))
        }
        let isMigrated = snapshot.history.contains { $0.stage == .migrating }
        return WayBack(from: to, to: old, turns: id, isMigrated: isMigrated)
    }

    /// Where a rollout under way goes back to.
    /// - Throws: `RolloutError.notPossible` when another bundle is asked for.
    private static func target(of rollout: Rollout, asked bundle: Digest?) throws -> Digest? {
        guard bundle == nil || bundle == rollout.course?.from else {
            throw RolloutError.notPossible(
                "rollout \(rollout.id) is under way: abort it first, then roll back to \(bundle?.short ?? "")")
        }
        return rollout.course?.from
    }

    /// What serves, and what may be restored instead.
    /// - Throws: `RolloutError.nothingToRollBackTo`, `.unknownBundle`.
    private func restorable(_ record: EnvironmentState, _ bundle: Digest?) async throws -> (Bundle, Bundle) {
        guard let current = record.current, let target = bundle ?? record.previous?.digest, target != current.digest
        else { throw RolloutError.nothingToRollBackTo(environment: record.environment) }
        let restored = try await parts.database.read { try BundleStore.bundle(target, $0) }
        guard restored.environment == record.environment else {
            throw RolloutError.unknownBundle(environment: record.environment, bundle: target)
        }
        return (current, restored)
    }
}
